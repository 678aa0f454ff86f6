from reports.models.code import ExchangeCode
from reports.models.definition import Audience, Language, PeriodKind, ReportDefinition
from reports.models.report import Report, ReportFile, Snapshot, State

__all__ = (
    "Audience",
    "ExchangeCode",
    "Language",
    "PeriodKind",
    "Report",
    "ReportDefinition",
    "ReportFile",
    "Snapshot",
    "State",
)
