"""Everything that changes a report, its definition or a code of exchange."""

from reports.services.building import build, retry, sweep
from reports.services.codes import drop_code, set_code
from reports.services.definitions import ask_what_is_due, define, redefine, switch
from reports.services.reports import (
    NotNow,
    approve,
    ask,
    late_records,
    note_download,
    note_reading,
    publish,
    withdraw,
)

__all__ = (
    "NotNow",
    "approve",
    "ask",
    "ask_what_is_due",
    "build",
    "define",
    "drop_code",
    "late_records",
    "note_download",
    "note_reading",
    "publish",
    "redefine",
    "retry",
    "set_code",
    "sweep",
    "switch",
    "withdraw",
)
