"""Rows of the scales of a consultation. Totals and bands are computed here, never taken over."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from accounts.fields import COULD_NOT_ASK
from consultations.models import Consultation, ScaleAnswer, ScaleResult
from consultations.scales import TOTAL, answers_of, of, result_of, score, taken

Payload = Mapping[str, Any]
Measured = tuple[ScaleResult, Payload]

# Ratings that are fields of a form. Performance and satisfaction are rated on an activity of the
# person's choice: no published scale.
SCORES: dict[str, str | None] = {
    "distress": "distress",
    "functioning": "functioning",
    "pain": "pain",
    "cgi_s": "cgi_s",
    "cgi_i": "cgi_i",
    "function": "functioning",
    "performance": None,
    "satisfaction": None,
}


def scores(header: Consultation, payload: Payload, sex: str) -> Iterator[Measured]:
    """Each result with the sheet that its answers stand in."""
    for name, scale in SCORES.items():
        if name in payload:
            yield _rating(header, name, scale, payload[name]), {}
    for code, sheet in (payload.get("scales") or {}).items():
        yield _scale(header, code, sheet, sex), sheet


def answers(measured: Iterable[Measured]) -> Iterator[ScaleAnswer]:
    for result, sheet in measured:
        for item, value in (sheet.get("items") or {}).items():
            yield ScaleAnswer(result_id=result.pk, item=item, value=value)


def _rating(header: Consultation, name: str, scale: str | None, answer: int | str) -> ScaleResult:
    value, band = _number(answer), None
    if scale is not None and value is not None:
        found = score(scale, {TOTAL: value}).band
        band = found.key if found else None
    return ScaleResult(
        consultation_id=header.pk,
        patient_id=header.patient_id,
        scale_id=f"scales:{scale}" if scale else None,
        field=name,
        value=value,
        state=ScaleResult.State.NOT_ASKED if value is None else ScaleResult.State.COMPLETE,
        band_id=band,
        local_date=header.local_date,
    )


def _number(answer: int | str) -> int | None:
    """The number; a band of CGI ends in it. None: it could not be asked."""
    if answer == COULD_NOT_ASK:
        return None
    return answer if isinstance(answer, int) else int(answer.rpartition("_")[2])


def _scale(header: Consultation, code: str, sheet: Payload, sex: str) -> ScaleResult:
    found = result_of(code, sheet, age=header.age_years, sex=sex)
    used = taken(code, sheet)
    return ScaleResult(
        consultation_id=header.pk,
        patient_id=header.patient_id,
        scale_id=f"scales:{used}",
        field=used,
        value=found.total,
        state=found.state,
        band_id=found.band.key if found.band else None,
        language=sheet.get("language", "") if answers_of(sheet) else "",
        wording=_wording(used),
        informant=sheet.get("informant", ""),
        form=sheet.get("form", ""),
        local_date=header.local_date,
    )


def _wording(code: str) -> str:
    """Whether the words read were the published ones; empty where the application has none."""
    scale = of(code)
    if not scale.texts:
        return ""
    return "working" if scale.is_working else "published"
