"""Blank forms for days without power, from the same definitions as those on the screen."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from accounts.policy import Discipline
from consultations.definitions import FORMS, HEADER, Field, form_of
from consultations.forms.vitals import ROW
from consultations.vitals import SIGNS
from terminology import lists

BOXES = 24  # options printed; of a longer list the frequent ones and a line for the others
ROWS = 4
_HEADER = ("visit_type", "mode", "mediation", "treatment_consent", "late_reason")
_ROWS: dict[str, tuple[Any, ...]] = {
    "medicines": (
        _("Medicine"), _("Dose with its unit"), _("Route"), _("Frequency"), _("Days"),
        _("Quantity given"),
    ),
    "rapid_tests": (_("Test"), _("Result")),
    "items_distributed": (_("Item"), _("Quantity")),
    "care_plan_goal_status": (_("Goal, in the person's words"), _("Where it stands")),
}  # fmt: skip
_NEEDS = (_("Need"), _("Action"), _("State"), _("Partner"))
# Part of another field on paper, or nothing to be written down.
_LEFT_OUT = {"link", "auto"}
_WITH_NEEDS = {(Discipline.SOCIAL_WORK, "actions"), (Discipline.SOCIAL_WORK, "outcome")}


class Blank(NamedTuple):
    """One question on paper: boxes to tick, lines to write on, or a table."""

    label: str
    boxes: Sequence[str] = ()
    columns: Sequence[Any] = ()
    write: str = ""  # line, tall
    first_visit: bool = False

    @property
    def rows(self) -> range:
        return range(ROWS if len(self.columns) < 9 else 1)


def header() -> list[Blank]:
    """The part of the frame that is answered on paper."""
    return [_blank(FORMS[HEADER][code]) for code in _HEADER]


def blanks(discipline: str) -> Iterator[Blank]:
    for field in form_of(discipline).values():
        if field.type in _LEFT_OUT or (discipline, field.code) in _WITH_NEEDS:
            continue
        if (discipline, field.code) == (Discipline.SOCIAL_WORK, "needs"):
            yield Blank(field.label, columns=_NEEDS)
        else:
            yield _blank(field)


def _blank(field: Field) -> Blank:
    once = field.first_visit_only
    if field.type == "lines":
        name = field.list.partition(";")[0].partition("(")[0]
        return Blank(field.label, columns=_ROWS[name], first_visit=once)
    if field.code == "vitals":
        return Blank(field.label, columns=[_sign(sign) for sign in ROW])
    if field.type == "slider":
        numbers = [str(number) for number in range(11)]
        return Blank(field.label, boxes=[*numbers, str(_("Could not ask"))])
    if field.type == "yes_no":
        return Blank(field.label, boxes=[str(_("Yes")), str(_("No"))], first_visit=once)
    if field.list and not field.list.startswith(("vital_signs", "sites", "muac")):
        return _boxes(field, once)
    tall = field.type in ("text", "long_text")
    return Blank(field.label, write="tall" if tall else "line", first_visit=once)


def _boxes(field: Field, once: bool) -> Blank:
    offered = lists.all(field.list)
    shown = offered if len(offered) <= BOXES else lists.quick(field.list)
    open_end = len(shown) < len(offered) or field.type == "chips_text"
    return Blank(
        field.label,
        boxes=[entry.full_label for entry in shown],
        write="line" if open_end else "",
        first_visit=once,
    )


def _sign(sign: str) -> str:
    return f"{SIGNS[sign].label} ({SIGNS[sign].unit})"
