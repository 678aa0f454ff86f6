"""What a role may read, write and do: three tables, and the guard every view must name.

Reading is by privacy class; `Reach` says how far a "yes" goes. Which notes are one's own and
who is the treating team is answered by the app that owns the notes; this table says when to ask.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.privacy import PrivacyClass

if TYPE_CHECKING:
    from accounts.models import User

View = TypeVar("View", bound=Callable[..., Any])


class Discipline(models.TextChoices):
    """The closed set of `consultation_disciplines`; labels shown to people come from the list."""

    MEDICAL = "medical", _("Medical (primary health care)")
    NURSING = "nursing", _("Nursing")
    SRH = "srh", _("Sexual and reproductive health")
    SGBV = "sgbv", _("Sexual-violence care")
    PSYCHOLOGY = "psychology", _("Mental health (psychology)")
    PSYCHIATRY = "psychiatry", _("Psychiatry / mhGAP")
    SOCIAL_WORK = "social_work", _("Social work")
    HEALTH_PROMOTION = "health_promotion", _("Health promotion (individual)")
    CULTURAL_MEDIATION = "cultural_mediation", _("Cultural mediation")
    PHYSIOTHERAPY = "physiotherapy", _("Physiotherapy")
    OCCUPATIONAL = "occupational", _("Occupational therapy")


class Role(models.TextChoices):
    DOCTOR = "doctor", _("medical staff (doctor)")
    NURSE = "nurse", _("nursing staff")
    PHYSIO = "physio", _("physiotherapy staff")
    PSYCHOLOGIST = "psychologist", _("psychology staff")
    PSYCHIATRIST = "psychiatrist", _("psychiatry staff")
    SOCIAL_WORKER = "social_worker", _("social work staff")
    MEDIATOR = "mediator", _("intercultural mediator")
    PROMOTER = "promoter", _("health promoter")
    COORDINATOR = "coordinator", _("coordinator")
    MANAGER = "manager", _("manager")
    DPO = "dpo", _("data protection focal point")
    ADMINISTRATOR = "administrator", _("administrator")


PRACTITIONERS = (
    Role.DOCTOR,
    Role.NURSE,
    Role.PHYSIO,
    Role.PSYCHOLOGIST,
    Role.PSYCHIATRIST,
    Role.SOCIAL_WORKER,
    Role.MEDIATOR,
    Role.PROMOTER,
)
CARE = (*PRACTITIONERS, Role.COORDINATOR)  # roles that may meet a person's record at all
ROLES_WITHOUT_PROGRAMME = (Role.MANAGER, Role.DPO, Role.ADMINISTRATOR)

# Forms one may write, by role (psychiatry and trained colleagues also write psychology).
WRITES: dict[Role, tuple[Discipline, ...]] = {
    Role.DOCTOR: (Discipline.MEDICAL, Discipline.NURSING, Discipline.SRH),
    Role.NURSE: (Discipline.NURSING, Discipline.SRH),
    Role.PHYSIO: (Discipline.PHYSIOTHERAPY, Discipline.OCCUPATIONAL),
    Role.PSYCHOLOGIST: (Discipline.PSYCHOLOGY,),
    Role.PSYCHIATRIST: (Discipline.PSYCHIATRY, Discipline.PSYCHOLOGY),
    Role.SOCIAL_WORKER: (Discipline.SOCIAL_WORK,),
    Role.MEDIATOR: (Discipline.CULTURAL_MEDIATION,),
    Role.PROMOTER: (Discipline.HEALTH_PROMOTION,),
}


class Reach(StrEnum):
    """How far the right to read a class goes."""

    ALL = "all"  # every row in scope
    TREATING_TEAM = (
        "treating_team"  # same discipline group with a draft, a recent note, the episode
    )
    OWN_NOTES = "own_notes"  # recorded by the user or the same discipline in the same programme
    SHARED_SUMMARY = "shared_summary"  # diagnosis names, risk, allergies, plan, next appointments
    NONE = "none"


_ALL, _TEAM, _OWN, _SUMMARY, _NONE = (
    Reach.ALL,
    Reach.TREATING_TEAM,
    Reach.OWN_NOTES,
    Reach.SHARED_SUMMARY,
    Reach.NONE,
)
# Columns: open, identity, sensitive, clinical, protected, session notes of mental health.
_READS: dict[Role, tuple[frozenset[Reach], ...]] = {
    role: tuple(frozenset(cell if isinstance(cell, tuple) else (cell,)) for cell in cells)
    for roles, cells in (
        ((Role.DOCTOR, Role.NURSE, Role.PHYSIO), (_ALL, _ALL, _ALL, _ALL, _TEAM, _NONE)),
        ((Role.PSYCHOLOGIST, Role.PSYCHIATRIST), (_ALL, _ALL, _ALL, _ALL, _TEAM, _TEAM)),
        ((Role.SOCIAL_WORKER,), (_ALL, _ALL, _ALL, (_OWN, _SUMMARY), _OWN, _NONE)),
        ((Role.MEDIATOR, Role.PROMOTER), (_ALL, _ALL, _OWN, _OWN, _NONE, _NONE)),
        ((Role.COORDINATOR,), (_ALL, _ALL, _ALL, _SUMMARY, _NONE, _NONE)),
        (ROLES_WITHOUT_PROGRAMME, (_NONE, _NONE, _NONE, _NONE, _NONE, _NONE)),
    )
    for role in roles
}


class Permission(models.TextChoices):
    """What a view, an API call or a command needs. `public` and `signed_in` are explicit too."""

    PUBLIC = "public", _("public")
    SIGNED_IN = "signed_in", _("signed in")
    SEE_TODAY = "see_today", _("see today's work")
    SEARCH_PEOPLE = "search_people", _("find people")
    REGISTER_PERSON = "register_person", _("register people")
    READ_PERSON = "read_person", _("read a person's record")
    EDIT_PERSON = "edit_person", _("change a person's record")
    MERGE_PEOPLE = "merge_people", _("merge two records of one person")
    WORK_OUTING = "work_outing", _("open and close outings")
    READ_OUTINGS = "read_outings", _("see outings")
    RECORD_CONSULTATION = "record_consultation", _("record consultations")
    READ_CONSULTATION = "read_consultation", _("read consultations")
    TAKE_VITALS = "take_vitals", _("take vital signs")
    RECORD_ACTIVITY = "record_activity", _("record group activities")
    RECORD_TRAINING = "record_training", _("record trainings of partners")
    CLOSE_DRAFTS = "close_drafts", _("close the drafts of colleagues who left")
    REFER = "refer", _("refer")
    TRIAGE_REFERRAL = "triage_referral", _("answer referrals")
    MANAGE_EPISODE = "manage_episode", _("manage episodes of care")
    MANAGE_CAPACITY = "manage_capacity", _("offer places and decide beyond them")
    REVIEW_CONTACT = "review_contact", _("allow contact again after it was stopped")
    READ_PARTNERS = "read_partners", _("read the directory of partners")
    EDIT_PARTNERS = "edit_partners", _("change partners and agreements")
    EDIT_SITES = "edit_sites", _("change sites")
    READ_FIGURES = "read_figures", _("read figures")
    OPEN_FIGURE_LIST = "open_figure_list", _("open the list behind a figure")
    READ_REPORTS = "read_reports", _("read and ask for reports")
    APPROVE_REPORT = "approve_report", _("approve reports")
    PUBLISH_REPORT = "publish_report", _("publish and withdraw reports")
    MAP_CODES = "map_codes", _("set the codes of other systems")
    USE_LISTS = "use_lists", _("search the reference lists")
    EDIT_LISTS = "edit_lists", _("change the reference lists")
    READ_ACCESS_LOG = "read_access_log", _("read the access log")
    MANAGE_BLOCKING = "manage_blocking", _("block and erase records")
    MANAGE_ACCOUNTS = "manage_accounts", _("manage accounts and postings")


_EVERYBODY = tuple(Role)
MAY: dict[Permission, tuple[Role, ...]] = {
    Permission.SEE_TODAY: CARE,
    Permission.SEARCH_PEOPLE: CARE,
    Permission.REGISTER_PERSON: CARE,
    Permission.READ_PERSON: CARE,
    Permission.EDIT_PERSON: CARE,
    Permission.MERGE_PEOPLE: (Role.COORDINATOR,),
    Permission.WORK_OUTING: CARE,
    Permission.READ_OUTINGS: CARE,
    Permission.RECORD_CONSULTATION: PRACTITIONERS,
    Permission.READ_CONSULTATION: CARE,
    Permission.TAKE_VITALS: (Role.DOCTOR, Role.NURSE, Role.PHYSIO, Role.PSYCHIATRIST),
    Permission.RECORD_ACTIVITY: CARE,
    Permission.RECORD_TRAINING: CARE,
    Permission.CLOSE_DRAFTS: (Role.COORDINATOR,),
    Permission.REFER: CARE,
    Permission.TRIAGE_REFERRAL: (Role.COORDINATOR,),
    Permission.MANAGE_EPISODE: CARE,
    Permission.MANAGE_CAPACITY: (Role.COORDINATOR,),
    Permission.REVIEW_CONTACT: (Role.COORDINATOR,),
    Permission.READ_PARTNERS: (*CARE, Role.MANAGER, Role.ADMINISTRATOR),
    Permission.EDIT_PARTNERS: (Role.COORDINATOR,),
    Permission.EDIT_SITES: (Role.COORDINATOR, Role.ADMINISTRATOR),
    Permission.READ_FIGURES: (*CARE, Role.MANAGER),
    Permission.OPEN_FIGURE_LIST: CARE,
    Permission.READ_REPORTS: (Role.COORDINATOR, Role.MANAGER),
    Permission.APPROVE_REPORT: (Role.COORDINATOR, Role.MANAGER),
    Permission.PUBLISH_REPORT: (Role.MANAGER,),
    Permission.MAP_CODES: (Role.ADMINISTRATOR,),
    Permission.USE_LISTS: _EVERYBODY,
    Permission.EDIT_LISTS: (Role.ADMINISTRATOR,),
    Permission.READ_ACCESS_LOG: (Role.DPO,),
    Permission.MANAGE_BLOCKING: (Role.DPO,),
    Permission.MANAGE_ACCOUNTS: (Role.ADMINISTRATOR,),
}


def allows(
    user: Any, permission: Permission, programme: UUID | str | models.Model | None = None
) -> bool:
    """Whether one of the user's postings in force carries the permission.

    With a programme, only postings to it and postings to no programme count. System actors may
    do what their task or command calls for.
    """
    if permission == Permission.PUBLIC:
        return True
    if not user.is_authenticated or not user.is_active:
        return False
    if permission == Permission.SIGNED_IN or user.is_system:
        return True
    return bool(roles_in(user, programme).intersection(MAY[permission]))


def require(
    user: Any, permission: Permission, programme: UUID | str | models.Model | None = None
) -> None:
    """Raise `PermissionDenied` (403) unless `allows`."""
    if not allows(user, permission, programme):
        raise PermissionDenied(f"{permission} is not given to this role")


def roles_in(user: "User", programme: UUID | str | models.Model | None = None) -> set[Role]:
    """Roles the user holds today, in one programme (and for the organisation) or anywhere."""
    wanted = str(getattr(programme, "pk", programme)) if programme is not None else None
    return {
        Role(posting.role)
        for posting in user.active_postings
        if wanted is None or posting.programme_id is None or str(posting.programme_id) == wanted
    }


def programmes_where(user: "User", permission: Permission) -> list[UUID]:
    """Ids of the programmes in which the user holds the permission."""
    return [
        posting.programme_id
        for posting in user.active_postings
        if posting.programme_id and posting.role in MAY[permission]
    ]


def reach(roles: Iterable[str], privacy_class: PrivacyClass) -> set[Reach]:
    """How far these roles together may read a class; never empty (`Reach.NONE`)."""
    return _widest(_READS[Role(role)][privacy_class.rank] for role in roles)


def reach_session_notes(roles: Iterable[str]) -> set[Reach]:
    """How far these roles read session notes of psychology and psychiatry."""
    return _widest(_READS[Role(role)][len(PrivacyClass)] for role in roles)


def _widest(cells: Iterable[frozenset[Reach]]) -> set[Reach]:
    found = set().union(*cells) - {Reach.NONE}
    return found or {Reach.NONE}


def disciplines_of(user: "User", programme: UUID | str | models.Model | None = None) -> list[str]:
    """Disciplines whose forms the user may write, the user's own first."""
    allowed = {
        discipline for role in roles_in(user, programme) for discipline in WRITES.get(role, ())
    }
    own = user.discipline
    return sorted(allowed, key=lambda d: (d != own, Discipline.values.index(d)))


def requires(permission: Permission, **by_method: Permission) -> Callable[[View], View]:
    """Name the permission of a view; `post=` and the like name another one for that method.

    The middleware refuses a view that names none, so forgetting this shuts the door.
    """

    def guard(view: View) -> View:
        permissions = {method.upper(): value for method, value in by_method.items()}
        view.permissions = {"*": permission, **permissions}  # type: ignore[attr-defined]
        return view

    return guard


def needed(view: Callable[..., Any], method: str) -> Permission | None:
    """The permission a view names for a method, or None when it names none."""
    permissions: dict[str, Permission] | None = getattr(view, "permissions", None)
    if permissions is None:
        return None
    if method in ("HEAD", "OPTIONS"):
        method = "GET"
    return permissions.get(method, permissions["*"])
