"""Referring: a draft, and the moment of sending, in which what the receiver sees is frozen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import crypto, policy
from accounts.disclosure import Disclosure
from accounts.models import Programme, User
from accounts.policy import Permission
from accounts.privacy import PrivacyClass
from accounts.rows import uuid7
from accounts.services import disclose, record
from partners.models import Service
from patients import idempotency
from patients.models import Access, DataKey, Patient
from patients.queries import age_at, consent_in_force
from patients.services import follow_risk, grant_access, key_of
from patients.services.access import shares_internally
from patients.services.locking import locked
from referrals import rules
from referrals.machine import Move, Side
from referrals.models import (
    Origin,
    Referral,
    ReferralContact,
    ReferralCriterion,
    ReferralMove,
    ReferralReason,
    Status,
)
from referrals.models.referral import NOTHING
from referrals.models.status import clock_of
from referrals.queries.asks import Ask
from referrals.queries.consents import agreement_for, consent_for
from referrals.queries.facts import facts_of
from referrals.queries.package import Package, package_class, package_preview
from referrals.services import checks
from referrals.services.conflict import MoveNotPossible

INTERNAL = "consent_types:sharing_internal"
_TEXTS = (
    "lowered_reason",
    "voice_handover_to",
    "summary",
    "whereabouts",
    "danger_reason",
)


def refer(
    ask: Ask,
    *,
    by: User,
    id: UUID | None = None,
    body: bytes = b"",
    permit: Disclosure | None = None,
) -> Referral:
    """Write a referral and send it, in one transaction.

    The same id and body again gives the same referral (`SameIdOtherBody`, `DoesNotExist`
    otherwise); what must hold and does not raises `Refused`. `permit` is a disclosure of the
    person of `package_class(ask.data_scope)`; without one it is written here, so do not call
    inside a transaction.
    """
    id = id or uuid7()
    policy.require(by, Permission.REFER, checks.holder(ask))
    there = _earlier(id, ask, body, by)
    if there is not None:
        return there
    _require_in_reach(ask.patient, by)
    package = _package(ask, by, permit)
    return _once(id, ask, body, by, lambda: _write(id, ask, body, by, package))


def prepare(ask: Ask, *, by: User, id: UUID | None = None, body: bytes = b"") -> Referral:
    """Keep a referral as a draft of the programme that refers: nothing leaves, no clock runs.

    Sent by `send`, thrown away by `Move.DISCARD`. Ids as in `refer`.
    """
    id = id or uuid7()
    policy.require(by, Permission.REFER, checks.holder(ask))
    there = _earlier(id, ask, body, by)
    if there is not None:
        return there
    _require_in_reach(ask.patient, by)
    return _once(id, ask, body, by, lambda: _write(id, ask, body, by, None))


def send(
    referral: Referral,
    *,
    by: User,
    expected: int,
    permit: Disclosure | None = None,
    data_scope: str | None = None,
    danger_reason: str = "",
    alternative: Service | None = None,
    alternative_note: str = "",
) -> Referral:
    """Send a draft. What is shared may be chosen anew; the rest stands as it was written.

    `permit` as in `refer`; the alternative as in `Ask`.
    """
    draft = Referral.objects.visible_to(by).select_related(*_SIDES).get(pk=referral.pk)
    policy.require(by, Permission.REFER, draft.from_programme or draft.to_programme)
    if draft.status != Status.DRAFT or draft.version != expected:
        raise MoveNotPossible(draft)
    _require_in_reach(draft.patient.merged_into or draft.patient, by)
    scope = data_scope or draft.data_scope_id
    permit = permit or _permit(draft.patient, scope, by)
    ask = replace(
        _ask_of(draft, permit, key_of(draft.patient), danger_reason),
        data_scope=scope,
        alternative=alternative,
        alternative_note=alternative_note,
    )
    package = package_preview(ask, by=by, permit=permit)
    return _send_draft(draft, ask, package, by, expected)


_SIDES = (
    "patient", "from_programme", "from_partner", "from_site", "to_programme", "to_partner",
    "to_service__organisation", "consultation",
)  # fmt: skip


# -- Ids ---------------------------------------------------------------------------------------
def _earlier(id: UUID, ask: Ask, body: bytes, by: User) -> Referral | None:
    there = Referral.objects.filter(pk=id).first()
    if there is None:
        return None
    if there.written_by_id != by.pk:
        raise Referral.DoesNotExist
    if there.mark != _mark(ask, body):
        raise idempotency.SameIdOtherBody(there)
    return there


def _mark(ask: Ask, body: bytes) -> str:
    # What a form says does not name the person: the same words about somebody else are others.
    said = body or idempotency.payload(ask.said())
    return crypto.mac("payload:referrals.referral", str(ask.patient.pk).encode(), said).hex()


def _once(id: UUID, ask: Ask, body: bytes, by: User, write: Callable[[], Referral]) -> Referral:
    try:
        return write()
    except IntegrityError:
        # The same id, or a referral to the same place, was faster.
        there = _earlier(id, ask, body, by)
        if there is not None:
            return there
        checks.check_none_open(ask)
        raise


def _require_in_reach(patient: Patient, by: User) -> None:
    if not Patient.objects.within_reach_of(by).filter(pk=patient.pk).exists():
        raise Patient.DoesNotExist


# -- Writing -----------------------------------------------------------------------------------
@transaction.atomic
def _write(id: UUID, ask: Ask, body: bytes, by: User, package: Package | None) -> Referral:
    patient = locked(ask.patient)
    there = _earlier(id, ask, body, by)
    if there is not None:  # a double tap waited for the lock
        return there
    now = timezone.now()
    today = checks.holder(ask).today()
    facts = facts_of(
        ask.patient,
        reasons=ask.reasons,
        risk=ask.risk_now,
        on=today,
        identity=ask.identity,
        event=ask.event,
        pep_given=ask.pep_given,
        ec_given=ask.ec_given,
    )
    floor = rules.floor(facts, now)
    checks.check_ask(ask, floor, now)
    if package is not None:
        checks.check_sending(ask, now, pending=rules.prophylaxis_pending(facts, now))
    checks.check_none_open(ask)
    row = _build(id, ask, patient, floor, by)
    row.mark = _mark(ask, body)
    key = key_of(patient)
    _seal(row, ask, floor, key)
    if package is not None:
        _submit(row, ask, package, key, now)
    row.save(force_insert=True)
    _add_parts(row, ask)
    if package is not None:
        _after_sending(row, ask, key, by, now)
    else:
        _record(row, patient, by, "referral.prepared")
    return row


def _build(id: UUID, ask: Ask, patient: Patient, floor: rules.Floor, by: User) -> Referral:
    return Referral(
        id=id,
        patient=patient,
        origin=ask.origin,
        from_programme=ask.from_programme,
        from_partner=ask.from_partner,
        from_site=ask.from_site,
        consultation=ask.consultation,
        written_by=by,
        target_id=checks.target_of(ask),
        to_programme=ask.to_programme,
        to_partner=ask.partner,
        to_service=ask.to_service,
        destination=ask.destination,
        urgency=ask.urgency,
        urgency_floor=floor.urgency,
        window_ends_at=floor.window_ends_at,
        voice_handover_at=ask.voice_handover_at,
        risk_now_id=ask.risk_now,
        language_id=ask.language,
        mediator=ask.mediator,
        whereabouts_type_id=ask.whereabouts_type or None,
        data_scope_id=ask.data_scope,
    )


def _seal(row: Referral, ask: Ask, floor: rules.Floor, key: DataKey) -> None:
    why = "\n".join(filter(None, (*floor.words, ask.urgency_reason.strip())))
    row.seal(key, urgency_reason=why, **{name: getattr(ask, name).strip() for name in _TEXTS})


def _add_parts(row: Referral, ask: Ask) -> None:
    ReferralReason.objects.bulk_create(
        ReferralReason(referral=row, reason_id=key, position=n)
        for n, key in enumerate(dict.fromkeys(ask.reasons))
    )
    ReferralCriterion.objects.bulk_create(
        ReferralCriterion(referral=row, criterion_id=key) for key in dict.fromkeys(ask.criteria)
    )
    ReferralContact.objects.bulk_create(
        ReferralContact(referral=row, method_id=key) for key in dict.fromkeys(ask.contacts)
    )


# -- Sending -----------------------------------------------------------------------------------
@transaction.atomic
def _send_draft(draft: Referral, ask: Ask, package: Package, by: User, expected: int) -> Referral:
    patient = locked(ask.patient)
    row = Referral.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if row.status != Status.DRAFT or row.version != expected:
        raise MoveNotPossible(row)
    now = timezone.now()
    # The hour of the event is not kept; the window that follows from it is.
    pending = row.window_ends_at is not None and row.window_ends_at > now
    checks.check_sending(ask, now, pending=pending)
    key = key_of(patient)
    row.data_scope_id = ask.data_scope
    row.seal(key, danger_reason=ask.danger_reason.strip())
    _submit(row, ask, package, key, now)
    row.version += 1
    row.save(force_update=True)
    _after_sending(row, ask, key, by, now)
    return row


def _package(ask: Ask, by: User, permit: Disclosure | None) -> Package:
    permit = permit or _permit(ask.patient, ask.data_scope, by)
    return package_preview(ask, by=by, permit=permit)


def _permit(patient: Patient, data_scope: str, by: User) -> Disclosure:
    return disclose(
        by=by,
        action="referral.package_built",
        subjects=[patient],
        privacy_class=package_class(data_scope),
    )


def _submit(row: Referral, ask: Ask, package: Package, key: DataKey, now: datetime) -> None:
    """Freeze what the receiver sees, and start the clock."""
    programme = checks.holder(ask)
    row.submitted_at = now
    row.submitted_on = programme.today()
    row.age_years = age_at(ask.patient, row.submitted_on, ask.identity).years
    _say_why_it_may_be_shared(row, ask, programme)
    content = package.dumps()
    row.seal(key, package=content)
    row.package_mark = crypto.mac("referral-package", str(row.pk).encode(), content.encode()).hex()
    row.status = Status.SUBMITTED
    row.clock = clock_of(row.status)
    row.due_at = rules.due_at(row.status, row.urgency, now, window=row.window_ends_at)


def _say_why_it_may_be_shared(row: Referral, ask: Ask, programme: Programme) -> None:
    on = programme.today()
    if ask.partner is None:
        shares = shares_internally(ask.patient)
        row.consent = consent_in_force(ask.patient, INTERNAL) if shares else None
        return
    row.agreement = agreement_for(ask.partner, on, programme)
    sharing = consent_for(ask.patient, ask.partner, on)
    row.consent = sharing.consent if sharing.holds and ask.data_scope != NOTHING else None


def _after_sending(row: Referral, ask: Ask, key: DataKey, by: User, now: datetime) -> None:
    move = ReferralMove(
        referral=row,
        position=0,
        move=Move.SEND,
        from_status=Status.DRAFT,
        to_status=Status.SUBMITTED,
        side=Side.SENDER,
        actor=by,
        at=now,
        alternative=ask.alternative,
    )
    move.seal(key, text=ask.alternative_note.strip())
    move.save(force_insert=True)
    # Who goes along without data is known to the receiver once they are there.
    if row.to_programme_id is not None and row.data_scope_id != "data_scopes:none":
        grant_access(ask.patient, programme=row.to_programme_id, basis=Access.Basis.REFERRAL)
    follow_risk(ask.patient, ask.risk_now, programme_id=checks.holder(ask).pk, at=now, by=by)
    _record(row, ask.patient, by, "referral.sent")


def _record(row: Referral, patient: Patient, by: User, action: str) -> None:
    record(
        by=by,
        action=action,
        subjects=[patient],
        privacy_class=PrivacyClass.CLINICAL,
        programme=row.from_programme_id or row.to_programme_id,
    )


def _ask_of(draft: Referral, permit: Disclosure, key: DataKey, danger_reason: str) -> Ask:
    """A draft as it was asked."""
    return Ask(
        patient=draft.patient,
        target=draft.target_id,
        reasons=tuple(draft.reasons.values_list("reason", flat=True)),
        urgency=draft.urgency,
        summary=permit.open(draft, "summary", key),
        risk_now=draft.risk_now_id,
        language=draft.language_id,
        contacts=tuple(draft.contacts.values_list("method", flat=True)),
        to_programme=draft.to_programme,
        to_service=draft.to_service,
        to_partner=draft.to_partner,
        criteria=tuple(draft.criteria.values_list("criterion", flat=True)),
        mediator=draft.mediator,
        whereabouts=permit.open(draft, "whereabouts", key),
        whereabouts_type=draft.whereabouts_type_id,
        danger_reason=danger_reason or permit.open(draft, "danger_reason", key),
        origin=Origin(draft.origin),
        from_programme=draft.from_programme,
        from_partner=draft.from_partner,
        from_site=draft.from_site,
        consultation=draft.consultation,
    )
