"""Signing: the typed rows of a consultation are born whole, in one transaction."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.builders import Built, build_details, build_header
from consultations.definitions import form_of
from consultations.models import Consultation, Draft, Episode, Need, Outing, Visit
from consultations.queries.reach import of_person
from consultations.scales import higher, risk_of
from consultations.services import appointments, drafts, visits
from consultations.services.rights import require_discipline
from patients.models import Access, DataKey, Patient
from patients.queries import age_at
from patients.services import apply_rules, follow_risk, grant_access, key_of

# A form that lay open for longer tells nothing about how long the consultation took.
LONGEST = timedelta(hours=8)
RISK_LIST = "mh_risk_levels"


class OtherBody(Exception):
    """Another body was sent under the id of a signed note. `there` is what was signed."""

    def __init__(self, there: Consultation) -> None:
        super().__init__("this id holds another note")
        self.there = there


def sign(
    *,
    id: UUID,
    patient: Patient,
    discipline: str,
    outing: Outing,
    payload: Mapping[str, Any],
    mark: str,
    by: User,
    body: Mapping[str, Any] | None = None,
    expected: int = 0,
) -> Consultation:
    """Sign a note from the payload of a valid form (`form.payload()`).

    `mark` is the HMAC of what was sent (`marks.mark`): the same id and mark again give the same
    row; another mark raises `OtherBody`, the id of another author `Consultation.DoesNotExist`.
    `body` and `expected` guard the draft that the note is written from, as in `drafts.save`.
    """
    require_discipline(by, discipline, outing.programme)
    for last_try in (False, True):
        there = signed_before(id, mark, by)
        if there is not None:
            return there
        try:
            with transaction.atomic():
                visit = visits.lock_or_create(patient, outing, state=Visit.State.IN_CARE)
                # A double tap waited for the lock: its note stands now.
                there = signed_before(id, mark, by)
                if there is not None:
                    return there
                draft = drafts.find(id, patient=patient, discipline=discipline, by=by)
                key = key_of(patient)
                if draft is not None and body is not None:
                    drafts.check_current(draft, body, key, expected)
                header, built = _build(id, visit, discipline, payload, mark, by, draft, key)
                _save(header, built)
                _follow(header, payload, patient, visit, draft, by)
                _record(header, patient, outing, by)
                return header
        except IntegrityError:
            # The same id, or the same need opened elsewhere, was faster: look again once.
            if last_try:
                raise
    raise AssertionError("unreachable")


def signed_before(id: UUID, mark: str, by: User) -> Consultation | None:
    """The note that the same id and body made before. Raises as `sign`."""
    there = Consultation.objects.filter(pk=id).first()
    if there is None:
        return None
    if there.professional_id != by.pk:
        raise Consultation.DoesNotExist
    if there.mark != mark:
        raise OtherBody(there)
    return there


def _build(
    id: UUID,
    visit: Visit,
    discipline: str,
    payload: Mapping[str, Any],
    mark: str,
    by: User,
    draft: Draft | None,
    key: DataKey,
) -> tuple[Consultation, Built]:
    outing, patient, now = visit.outing, visit.patient, timezone.now()
    started = draft.started_at if draft is not None else opened_at(id, now)
    header = build_header(
        payload,
        key,
        id=id,
        patient_id=patient.pk,
        visit_id=visit.pk,
        outing_id=outing.pk,
        programme_id=outing.programme_id,
        site_id=outing.site_id,
        professional_id=by.pk,
        discipline=discipline,
        local_date=outing.local_date,
        age_years=max(0, age_at(patient, outing.local_date).years),
        started_at=min(started, now),
        signed_at=now,
        minutes=_minutes(started, now, outing),
        episode_id=_episode(patient, outing),
        mark=mark,
    )
    header.outing = outing
    needs = _open_needs(patient, outing) if payload.get("needs") else {}
    return header, build_details(header, payload, key, open_needs=needs, sex=patient.sex)


def _save(header: Consultation, built: Built) -> None:
    header.save(force_insert=True)
    for rows in built.rows:
        type(rows[0])._default_manager.bulk_create(rows)
    if built.needs_closed:
        Need.objects.bulk_update(built.needs_closed, ("closed_on", "outcome"))
    appointments.keep(header)
    if built.appointment is not None:
        appointments.book(built.appointment)


def _follow(
    header: Consultation,
    payload: Mapping[str, Any],
    patient: Patient,
    visit: Visit,
    draft: Draft | None,
    by: User,
) -> None:
    """What a signed note changes around it."""
    if draft is not None:
        drafts.finish(draft, Draft.End.SIGNED, by)
    visits.settle(visit, done=header.discipline)
    if _is_latest(header, patient):
        told = facts(header, payload)
        apply_rules(patient, told, by=by, on=header.local_date)
        follow_risk(
            patient,
            told.get("suicide_risk"),
            programme_id=header.programme_id,
            at=header.signed_at,
            by=by,
        )
    grant_access(patient, programme=header.programme_id, basis=Access.Basis.CONSULTED)


def _record(header: Consultation, patient: Patient, outing: Outing, by: User) -> None:
    record(
        by=by,
        action="consultation.signed",
        subjects=[patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=outing.programme,
    )


def facts(header: Consultation, payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the rules of vulnerability may take from a note, as `form.field` and by their words."""
    form = form_of(header.discipline)
    found: dict[str, Any] = {
        f"{form.code}.{name}": value
        for name, value in payload.items()
        if name in form and isinstance(value, (str, list))
    }
    if "pregnancy" in payload:  # asked in three forms, judged by one rule
        found["medical.pregnancy"] = payload["pregnancy"]
    for name, field in form.items():
        if field.list == RISK_LIST and payload.get(name) not in (None, f"{RISK_LIST}:not_assessed"):
            found["suicide_risk"] = payload[name]
    risk = higher(found.get("suicide_risk"), risk_of(payload.get("scales"), header.age_years))
    if risk is not None:
        found["suicide_risk"] = risk
    if header.age_years is not None:
        found["age"] = header.age_years
    return found


def opened_at(id: UUID, now: datetime) -> datetime:
    """When the form was opened, as its UUIDv7 tells; now where it tells nothing likely."""
    if id.version != 7:
        return now
    opened = datetime.fromtimestamp((id.int >> 80) / 1000, tz=UTC)
    return opened if now - LONGEST <= opened <= now else now


def _minutes(started: datetime, now: datetime, outing: Outing) -> int | None:
    """From opening to signing, at least one; none for a note written on another day."""
    if outing.local_date != outing.programme.today() or not timedelta() <= now - started <= LONGEST:
        return None
    return max(1, round((now - started).total_seconds() / 60))


def _episode(patient: Patient, outing: Outing) -> UUID | None:
    episodes = Episode.objects.open_on(outing.local_date)
    mine = episodes.filter(patient=patient, programme=outing.programme_id)
    return mine.values_list("pk", flat=True).first()


def _open_needs(patient: Patient, outing: Outing) -> dict[str, Need]:
    rows = Need.objects.select_for_update().filter(
        patient=patient, programme=outing.programme_id, closed_on__isnull=True
    )
    return {row.need_id: row for row in rows}


def _is_latest(header: Consultation, patient: Patient) -> bool:
    """A late entry says nothing about today once somebody has seen the person again."""
    if header.outing.local_date == header.outing.programme.today():
        return True
    later = Consultation.objects.filter(of_person(patient), local_date__gt=header.local_date)
    return not later.exists()
