"""How urgent a referral is at least, how long each step may take, and where it may go. Pure.

Sources: `referral_urgency` (floor rules and norms, which settings may override), `domain.md` on
referral. What is computed is a floor: a clinician raises it freely and lowers it with a reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Programme
from referrals.models.status import Clock, Urgency, clock_of
from terminology import lists

PEP_HOURS = 72  # prophylaxis after exposure to HIV; 72.0 still counts
EC_HOURS = 120  # emergency contraception; 120.0 still counts
# Whoever could be pregnant is asked; where the age is unknown it excludes nobody.
EC_AGES = range(9, 56)
RECHECK_DAYS = 7  # the risk of who waits is asked again every week
UNREACHABLE_DAYS = 3  # days with an attempt before somebody is called unreachable


# -- Least urgency -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Event:
    """When an assault happened, as far as it is known.

    What is still possible is judged by the latest time it may have been, deadlines by the
    earliest.
    """

    earliest: datetime
    latest: datetime

    @classmethod
    def at(cls, moment: datetime) -> "Event":
        return cls(moment, moment)


@dataclass(frozen=True)
class Facts:
    """What is recorded about the person and the reasons to refer, as codes without their list."""

    reasons: frozenset[str] = frozenset()
    criteria: frozenset[str] = frozenset()  # open `vulnerability_criteria`
    risk: str = "not_assessed"
    age: int | None = None
    sex: str = ""
    unaccompanied: bool = False
    psychosis: bool = False
    event: Event | None = None
    pep_given: bool = False
    ec_given: bool = False


def _pep_pending(facts: Facts, at: datetime) -> bool:
    return not facts.pep_given and _within(facts.event, PEP_HOURS, at)


def _ec_pending(facts: Facts, at: datetime) -> bool:
    possible = facts.sex != "male" and (facts.age is None or facts.age in EC_AGES)
    return possible and not facts.ec_given and _within(facts.event, EC_HOURS, at)


def _within(event: Event | None, hours: int, at: datetime) -> bool:
    return event is not None and at - event.latest <= timedelta(hours=hours)


def _any_of(facts: Facts, *codes: str) -> bool:
    return any(code in facts.reasons or code in facts.criteria for code in codes)


# The words of `floor_rules`. Protected: only the treating team reads why.
_RULES: dict[str, tuple[Callable[[Facts, datetime], bool], "str | Promise"]] = {
    "pep_pending": (_pep_pending, _("Prophylaxis (72 h) is still possible and was not given.")),
    "ec_pending": (
        _ec_pending,
        _("Emergency contraception (120 h) is still possible and was not given."),
    ),
    "suicide_risk_high": (lambda facts, _at: facts.risk == "high", _("High suicide risk.")),
    "suicide_risk_moderate": (
        lambda facts, _at: facts.risk == "moderate",
        _("Moderate suicide risk."),
    ),
    "psychosis_acute": (lambda facts, _at: facts.psychosis, _("Acute psychosis.")),
    "child_unaccompanied": (
        lambda facts, _at: facts.unaccompanied,
        _("Child without an adult of their family."),
    ),
    "survivor_torture": (
        lambda facts, _at: _any_of(facts, "torture", "survivor_torture"),
        _("Survivor of torture."),
    ),
    "survivor_sexual_violence": (
        lambda facts, _at: (
            _any_of(facts, "sexual_violence", "survivor_sexual_violence") or facts.event is not None
        ),
        _("Survivor of sexual violence."),
    ),
}


@dataclass(frozen=True)
class Floor:
    """The least urgency, the rules of `referral_urgency.floor_rules` that ask for it or for less,
    the most pressing first, and when the next window of care closes."""

    urgency: str
    rules: tuple[str, ...] = ()
    window_ends_at: datetime | None = None

    @property
    def words(self) -> list[str]:
        return [str(_RULES[rule][1]) for rule in self.rules]


def floor(facts: Facts, at: datetime) -> Floor:
    found = [
        (urgency, rule)
        for urgency in Urgency.values
        for rule in lists.get(f"referral_urgency:{urgency}").values("floor_rules")
        if _RULES[rule][0](facts, at)
    ]
    urgency = found[0][0] if found else str(Urgency.ROUTINE)
    return Floor(urgency, tuple(rule for _urgency, rule in found), window_ends_at(facts, at))


def window_ends_at(facts: Facts, at: datetime) -> datetime | None:
    """The end of the next window of care that is open and in which nothing was given yet."""
    if facts.event is None:
        return None
    ends = [
        facts.event.earliest + timedelta(hours=hours)
        for pending, hours in ((_pep_pending, PEP_HOURS), (_ec_pending, EC_HOURS))
        if pending(facts, at)
    ]
    # Where the earliest time has passed and the latest has not, it is now or never.
    return max(min(ends), at) if ends else None


def prophylaxis_pending(facts: Facts, at: datetime) -> bool:
    return _pep_pending(facts, at) or _ec_pending(facts, at)


def is_lower(urgency: str, than: str) -> bool:
    return Urgency(urgency).rank > Urgency(than).rank


# -- Clocks ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Norm:
    """Hours to the decision, to the first contact and to a new contact; days to the answer."""

    triage_hours: float
    first_contact_hours: float
    recontact_hours: float
    feedback_days: float


def norm(urgency: str) -> Norm:
    """Of `referral_urgency`, each value overridden by `settings.REFERRAL_NORMS`."""
    entry = lists.get(f"referral_urgency:{urgency}")
    own: Mapping[str, float] = settings.REFERRAL_NORMS.get(urgency, {})
    names = ("triage_hours", "first_contact_hours", "recontact_hours", "feedback_days")
    return Norm(*(float(own.get(name, entry.attributes[name])) for name in names))


def time_for(clock: str, urgency: str) -> timedelta:
    """How long a clock runs."""
    allowed = norm(urgency)
    return {
        Clock.TRIAGE: timedelta(hours=allowed.triage_hours),
        Clock.FIRST_CONTACT: timedelta(hours=allowed.first_contact_hours),
        Clock.RECONTACT: timedelta(hours=allowed.recontact_hours),
        Clock.FEEDBACK: timedelta(days=allowed.feedback_days),
    }[Clock(clock)]


def due_at(
    status: str,
    urgency: str,
    started: datetime,
    *,
    paused: timedelta = timedelta(),
    window: datetime | None = None,
) -> datetime | None:
    """When the clock of a state runs out; None where none runs.

    The earlier of the norm, with pauses left out, and the end of the open window of care, which
    no pause holds up and which no longer counts once the person is there.
    """
    clock = clock_of(status)
    if clock == Clock.NONE:
        return None
    due = started + time_for(clock, urgency)
    if clock == Clock.TRIAGE:
        due += paused
    if clock not in (Clock.TRIAGE, Clock.FIRST_CONTACT):
        return due
    return min(due, window) if window is not None and window > started else due


def escalation_levels(due: datetime, urgency: str, at: datetime) -> list[int]:
    """Whom a clock that ran out concerns by now: 0 the team, 1 coordination, 2 management.

    The next role hears of it `settings.REFERRAL_ESCALATION_HOURS` later.
    """
    step = timedelta(hours=float(settings.REFERRAL_ESCALATION_HOURS[urgency]))
    return [level for level in range(3) if at > due + level * step]


# -- Where to ----------------------------------------------------------------------------------
def centre_is_open(at: datetime, time_zone: str) -> bool:
    """Whether a day centre receives people at this moment; holidays are not known here."""
    local = at.astimezone(ZoneInfo(time_zone))
    opens, closes = (time.fromisoformat(text) for text in settings.CENTRE_HOURS)
    return local.weekday() in settings.CENTRE_WEEKDAYS and opens <= local.time() < closes


def needs_open_service(
    kind: str | None, facts: Facts, urgency: str, at: datetime, time_zone: str
) -> bool:
    """Whether a referral to a programme of this kind must name a service open at all hours too."""
    pending = prophylaxis_pending(facts, at)
    return is_not_enough(kind, pending=pending, urgency=urgency, at=at, time_zone=time_zone)


def is_not_enough(
    kind: str | None, *, pending: bool, urgency: str, at: datetime, time_zone: str
) -> bool:
    """The centre cannot be the only place to go while prophylaxis is pending, nor for what cannot
    wait while it is closed."""
    if kind != Programme.Kind.CENTRE:
        return False
    pressing = urgency in (Urgency.IMMEDIATE, Urgency.URGENT)
    return pending or (pressing and not centre_is_open(at, time_zone))


class Group(models.TextChoices):
    """Reasons by what they are about: a filter that names no diagnosis."""

    SURVIVOR = "survivor", _("After violence")
    MENTAL_HEALTH = "mental_health", _("Mental health")
    HEALTH = "health", _("Health")
    PROTECTION = "protection", _("Protection and legal aid")
    SOCIAL = "social", _("Social support")


@dataclass(frozen=True)
class _Reason:
    group: Group
    services: tuple[str, ...] = field(default=())


_REASONS: dict[str, _Reason] = {
    "torture": _Reason(Group.SURVIVOR, ("torture_rehab", "mhpss_specialised")),
    "sexual_violence": _Reason(Group.SURVIVOR, ("sgbv_clinical", "gbv_response")),
    "extreme_violence": _Reason(
        Group.SURVIVOR, ("torture_rehab", "anti_trafficking", "mhpss_specialised")
    ),
    "severe_mh": _Reason(Group.MENTAL_HEALTH, ("mhpss_specialised", "hospital")),
    "suicide_risk": _Reason(
        Group.MENTAL_HEALTH, ("mhpss_specialised", "emergency_care", "hospital")
    ),
    "complex_case": _Reason(Group.MENTAL_HEALTH, ("mhpss_specialised", "case_management")),
    "psychiatry": _Reason(Group.MENTAL_HEALTH, ("mhpss_specialised",)),
    "physiotherapy": _Reason(Group.HEALTH, ("physiotherapy",)),
    "psychology": _Reason(Group.MENTAL_HEALTH, ("mhpss_psychological", "mhpss_person_focused")),
    "medical_followup": _Reason(Group.HEALTH, ("primary_care", "ncd")),
    "social_work": _Reason(Group.SOCIAL, ("case_management",)),
    "cultural_mediation": _Reason(Group.SOCIAL, ("interpretation",)),
    "emergency_medical": _Reason(Group.HEALTH, ("emergency_care", "hospital")),
    "hospital_specialist": _Reason(Group.HEALTH, ("specialist", "hospital")),
    "obstetric": _Reason(Group.HEALTH, ("obstetric_care", "hospital")),
    "top": _Reason(Group.HEALTH, ("top",)),
    "hiv_tb": _Reason(Group.HEALTH, ("hiv_sti", "tb")),
    "lab_imaging": _Reason(Group.HEALTH, ("lab_imaging",)),
    "dental_vision": _Reason(Group.HEALTH, ("dental",)),
    "rehab_substance": _Reason(Group.MENTAL_HEALTH, ("addiction",)),
    "shelter": _Reason(
        Group.SOCIAL, ("shelter_general", "shelter_women", "shelter_lgbtiq", "shelter_uasc")
    ),
    "legal": _Reason(Group.PROTECTION, ("legal_asylum", "legal_migration", "legal_criminal")),
    "protection": _Reason(
        Group.PROTECTION, ("case_management", "safe_house", "anti_trafficking", "gbv_response")
    ),
    "child_protection": _Reason(Group.PROTECTION, ("child_protection", "shelter_uasc")),
    "gbv_shelter": _Reason(Group.SURVIVOR, ("shelter_women", "safe_house", "gbv_response")),
    "documentation": _Reason(Group.PROTECTION, ("documentation", "legal_migration")),
    "family_tracing": _Reason(Group.PROTECTION, ("family_tracing",)),
    "livelihood": _Reason(Group.SOCIAL, ("employment", "language_course")),
    "education": _Reason(Group.SOCIAL, ("education", "language_course")),
    "cash_food": _Reason(Group.SOCIAL, ("cash", "food", "nfi")),
    "other": _Reason(Group.SOCIAL),
}


def code(key: Any) -> str:
    """The code in a concept key."""
    return str(key or "").rpartition(":")[2]


def group_of(reason: str) -> Group:
    found = _REASONS.get(code(reason))
    return found.group if found else Group.SOCIAL


def reasons_of(group: str) -> list[str]:
    """Keys of the reasons of a group."""
    return [f"referral_reasons:{name}" for name, kind in _REASONS.items() if kind.group == group]


def services_for(reasons: Iterable[str]) -> list[str]:
    """Keys of `service_taxonomy` that answer the reasons, those of the first reason first."""
    found = (
        f"service_taxonomy:{service}"
        for reason in reasons
        for service in (_REASONS[code(reason)].services if code(reason) in _REASONS else ())
    )
    return list(dict.fromkeys(found))


def suggested_targets(reasons: Iterable[str]) -> list[str]:
    """Codes of `referral_targets` that `referral_reasons` names for these, the most named first."""
    named: dict[str, int] = {}
    for reason in reasons:
        for target in lists.get(f"referral_reasons:{code(reason)}").values("target"):
            if target != "any":
                named[target] = named.get(target, 0) + 1
    return sorted(named, key=lambda target: -named[target])


def kind_of_target(programme: Programme) -> str:
    """The code of `referral_targets` that a programme of ours is."""
    return "cai" if programme.kind == Programme.Kind.CENTRE else "mobile_team"
