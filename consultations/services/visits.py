"""Visits: a person at an outing, from arrival to seen; triage and its measurements."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import policy
from accounts.models import User
from accounts.policy import Discipline, Permission
from accounts.privacy import PrivacyClass
from accounts.services import record
from consultations.builders import build_vitals
from consultations.models import Consultation, Draft, Outing, Visit, VitalSigns
from consultations.services.refusal import Refused
from patients.models import Access, Patient
from patients.services import grant_access

State = Visit.State


@transaction.atomic
def receive(patient: Patient, *, outing: Outing, by: User, waits_for: Iterable[str] = ()) -> Visit:
    """Put a person on the list of an open outing, or let them wait for more; the programme
    may know of them from now on."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    if not outing.is_open:
        raise Refused(_("This outing is not open."))
    visit = lock_or_create(patient, outing, waits_for=waits_for)
    grant_access(patient, programme=outing.programme, basis=Access.Basis.CONSULTED)
    record(by=by, action="visit.received", subjects=[patient], programme=outing.programme)
    return visit


@transaction.atomic
def receive_together(
    patients: Iterable[Patient], *, outing: Outing, by: User, waits_for: Iterable[str] = ()
) -> None:
    """The members of a family that came together, each with a visit of their own."""
    policy.require(by, Permission.WORK_OUTING, outing.programme)
    if not outing.is_open:
        raise Refused(_("This outing is not open."))
    family = list(patients)
    for patient in family:
        lock_or_create(patient, outing, waits_for=waits_for)
        grant_access(patient, programme=outing.programme, basis=Access.Basis.CONSULTED)
    record(by=by, action="visit.received", subjects=family, programme=outing.programme)


@transaction.atomic
def move(
    visit: Visit, *, by: User, expected: int, to: str, waits_for: Iterable[str] | None = None
) -> Visit:
    """Say where the person stands and, given, which disciplines they wait for. `EditConflict`."""
    policy.require(by, Permission.WORK_OUTING, visit.outing.programme)
    visit.state = State(to)
    if waits_for is not None:
        visit.waits_for = known(waits_for)
    if visit.state in (State.SEEN, State.LEFT):
        visit.waits_for = []
    visit.save_version(expected=expected)
    record(by=by, action="visit.moved", subjects=[visit.patient], programme=visit.outing.programme)
    return visit


@transaction.atomic
def measure(visit: Visit, *, by: User, id: UUID, payload: Mapping[str, Any]) -> VitalSigns:
    """Measurements of triage from `VitalsForm.payload()`, born signed; the same id again gives
    the same row, the id of another measurement raises `VitalSigns.DoesNotExist`."""
    policy.require(by, Permission.TAKE_VITALS, visit.outing.programme)
    # Taken in turn, so that a double tap finds the first row.
    Visit.objects.select_for_update().get(pk=visit.pk)
    there = VitalSigns.objects.filter(pk=id).first()
    if there is not None:
        if there.taken_by_id != by.pk or there.visit_id != visit.pk:
            raise VitalSigns.DoesNotExist
        return there
    vitals = build_vitals(
        payload,
        visit_id=visit.pk,
        patient_id=visit.patient_id,
        taken_by_id=by.pk,
        taken_at=timezone.now(),
    )
    vitals.id = id
    vitals.save(force_insert=True)
    record(
        by=by,
        action="vitals.taken",
        subjects=[visit.patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=visit.outing.programme,
    )
    return vitals


def lock_or_create(
    patient: Patient,
    outing: Outing,
    *,
    waits_for: Iterable[str] = (),
    state: str = State.WAITING,
) -> Visit:
    """The visit of the day, locked until the transaction ends: whatever happens to one person
    on one day happens in turn. For services, inside their transaction."""
    wanted = known(waits_for)
    visit, created = Visit.objects.select_for_update().get_or_create(
        outing=outing, patient=patient, defaults={"state": state, "waits_for": wanted}
    )
    visit.outing, visit.patient = outing, patient
    if created:
        return visit
    added = [discipline for discipline in wanted if discipline not in visit.waits_for]
    back = state == State.WAITING and (bool(added) or visit.state == State.LEFT)
    begins = state == State.IN_CARE and visit.state != State.IN_CARE
    if added or back or begins:
        visit.waits_for = known([*visit.waits_for, *added])
        if begins or visit.state != State.IN_CARE:
            visit.state = state
        _save(visit)
    return visit


def settle(visit: Visit, *, done: str = "") -> None:
    """Where a person stands after a note was signed or a draft given up: in care while anybody
    writes, waiting while a discipline is missing, else seen. `done` is no longer waited for."""
    here = Visit.objects.filter(pk=visit.pk).annotate(
        drafted=Exists(Draft.objects.open().filter(visit=OuterRef("pk"))),
        served=Exists(Consultation.objects.filter(visit=OuterRef("pk"))),
    )
    drafted, served = here.values_list("drafted", "served").get()
    visit.waits_for = [discipline for discipline in visit.waits_for if discipline != done]
    if drafted:
        visit.state = State.IN_CARE
    elif visit.waits_for or not served:
        visit.state = State.WAITING if visit.outing.is_open else State.LEFT
    else:
        visit.state = State.SEEN
    if not visit.outing.is_open:
        visit.waits_for = []
        visit.state = State.SEEN if served else visit.state
    _save(visit)


def _save(visit: Visit) -> None:
    """Save a row that the transaction holds locked."""
    visit.version += 1
    visit.save(update_fields=("state", "waits_for", "version"))


def known(disciplines: Iterable[str]) -> list[str]:
    """Known disciplines, each once, in their usual order."""
    wanted = set(disciplines)
    return [discipline.value for discipline in Discipline if discipline.value in wanted]
