"""The 5W table of coordination bodies: who does what, where, when, for whom."""

from typing import Any

from django.utils.translation import gettext as _

from partners.models import Site
from reports import labels
from reports.outputs.book import Book
from reports.outputs.contents import Edition
from terminology import lists

HXL = (
    "#org+name", "#activity+type", "#loc+name", "#adm1+name", "#adm1+code", "#adm2+code",
    "#date+start", "#date+end", "#value+consultations", "#reached+monthly_total",
    "#reached+unduplicated",
)  # fmt: skip


def make(edition: Edition) -> bytes:
    """A row for each place with work in the period. Two counts of people, named apart: the sum
    of the months, and each person once."""
    book = Book(edition)
    sheet = book.sheet("5W", (18, 44, 36, 24, 10, 12, 12, 12, 14, 16, 16))
    sheet.write_string(0, 0, f"{edition.name}, {edition.period}", book.title)
    book.heads(
        sheet,
        2,
        (
            _("Who"), _("What"), _("Where"), _("State"), _("State code"), _("Municipality code"),
            _("From"), _("To"), _("Consultations"), _("People, monthly total"),
            _("People, unduplicated"),
        ),
    )  # fmt: skip
    for column, tag in enumerate(HXL):
        sheet.write_string(3, column, tag)
    sites = {site.code: site for site in Site.objects.all()}
    lines = sorted(edition.document["places"], key=lambda line: str(line["site"]))
    for row, line in enumerate(lines, start=4):
        texts = _texts(edition, line, sites.get(line["site"]))
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text, book.wrap)
        for column, name in enumerate(("consultations", "monthly_total", "unduplicated"), start=8):
            book.value(sheet, row, column, line[name])
    row = len(lines) + 6
    for text in (
        edition.standing,
        _(
            "People, monthly total: the people of each month added up; one person can be in several."
        ),
        _("People, unduplicated: each person once in the period and place."),
        f"{edition.pk} {edition.sha256}",
    ):
        sheet.write_string(row, 0, text)
        row += 1
    sheet.freeze_panes(4, 0)
    return book.bytes()


def _texts(edition: Edition, line: dict[str, Any], site: Site | None) -> list[str]:
    place = lists.get(site.place_id).attributes if site and site.place_id else {}
    services = [str(labels.SERVICES[s]) for s in labels.SERVICES if s in line["services"]]
    programmes = edition.document["programmes"]
    return [
        ", ".join(programmes) or _("all programmes"),
        ", ".join(services),
        site.name if site else line["site"],
        _state(place.get("adm1_pcode", "")),
        place.get("adm1_pcode", ""),
        place.get("adm2_pcode", ""),
        edition.start.isoformat(),
        edition.end.isoformat(),
    ]


def _state(pcode: str) -> str:
    states = lists.all("mexico_states", retired=True)
    return next((s.label for s in states if s.code == pcode), "")
