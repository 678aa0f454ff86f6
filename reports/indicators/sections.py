"""The parts of the Activity page: which figures, which numbers first, which charts."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.indicators.registry import INDICATORS

Drawn = tuple[str, str]  # figure, breakdown


@dataclass(frozen=True)
class Section:
    """`families` are the letters that its codes begin with; `more` further figures that it shows.
    `headline` stand at the top, as far as the scope can speak of them."""

    code: str
    label: str | Promise
    families: tuple[str, ...]
    headline: tuple[str, ...]
    drawn: tuple[Drawn, ...]
    more: tuple[str, ...] = ()
    has_funnel: bool = False

    @property
    def codes(self) -> list[str]:
        return [
            code
            for code in INDICATORS
            if code in self.more or code.rstrip("0123456789") in self.families
        ]

    def breakdowns(self, code: str) -> Iterator[str]:
        """What is drawn of a figure."""
        return (name for drawn, name in self.drawn if drawn == code)


SECTIONS: dict[str, Section] = {
    section.code: section
    for section in (
        Section(
            "overview",
            _("Overview"),
            ("GEN",),
            ("GEN01", "GEN03", "GEN04", "GEN21", "CA01", "CA02", "MH02", "CM01"),
            (
                ("GEN01", "service"),
                ("GEN01", "month"),
                ("GEN01", "site"),
                ("GEN03", "age"),
                ("GEN03", "sex"),
                ("GEN03", "nationality"),
            ),
            more=("CA01", "CA02", "MH02", "CM01"),
        ),
        Section(
            "services",
            _("Services"),
            ("MED", "MH", "SW", "CM", "HP", "SV", "VI"),
            ("GEN01", "MH02", "CM01", "HP04"),
            (
                ("GEN01", "discipline"),
                ("GEN01", "visit_type"),
                ("MH02", "month"),
                ("CM01", "language"),
                ("HP04", "month"),
            ),
            more=("GEN01", "GEN02", "GEN05", "GEN06"),
        ),
        Section(
            "centre",
            _("Centre"),
            ("CA",),
            ("CA01", "CA02", "CA04", "CA05", "CA09", "CA16"),
            (
                ("CA01", "month"),
                ("CA05", "month"),
                ("CA06", "outcome"),
                ("CA16", "discipline"),
                ("CA20", "diagnosis"),
            ),
        ),
        Section(
            "referrals",
            _("Referrals"),
            ("RF",),
            ("RF01", "RF02", "RF03", "RF05", "RF10", "RF11"),
            (
                ("RF01", "target"),
                ("RF01", "urgency"),
                ("RF01", "reason"),
                ("RF04", "reason"),
                ("RF11", "outcome"),
            ),
            has_funnel=True,
        ),
        Section(
            "partners",
            _("Partners"),
            ("PA",),
            ("PA01", "PA02", "PA04", "PA05", "PA06", "PA08"),
            (
                ("PA01", "published_group"),
                ("PA03", "stage"),
                ("PA06", "topic"),
                ("PA08", "partner"),
            ),
        ),
    )
}
