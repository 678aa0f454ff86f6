"""The three tables, cell by cell as design.md has them, and the guard on every view."""

import ast
import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied

from accounts import policy
from accounts.models import User
from accounts.policy import CARE, MAY, PRACTITIONERS, Discipline, Permission, Reach, Role
from accounts.privacy import PrivacyClass, stricter
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory

P, C = Permission, PrivacyClass
CARE_CAN = (
    P.SEE_TODAY, P.SEARCH_PEOPLE, P.REGISTER_PERSON, P.READ_PERSON, P.EDIT_PERSON, P.WORK_OUTING,
    P.READ_OUTINGS, P.READ_CONSULTATION, P.RECORD_ACTIVITY, P.RECORD_TRAINING, P.REFER,
    P.MANAGE_EPISODE, P.READ_PARTNERS, P.READ_FIGURES, P.OPEN_FIGURE_LIST, P.USE_LISTS,
)  # fmt: skip
VITALS = (Role.DOCTOR, Role.NURSE, Role.PHYSIO, Role.PSYCHIATRIST)

# Written down once more on purpose: whoever changes the policy changes it in two places.
EXPECTED: dict[str, set[Permission]] = {
    **{role: {*CARE_CAN, P.RECORD_CONSULTATION} for role in PRACTITIONERS},
    Role.COORDINATOR: {
        *CARE_CAN, P.CLOSE_DRAFTS, P.TRIAGE_REFERRAL, P.EDIT_PARTNERS, P.EDIT_SITES,
        P.MERGE_PEOPLE, P.REVIEW_CONTACT, P.MANAGE_CAPACITY, P.READ_REPORTS, P.APPROVE_REPORT,
    },
    Role.MANAGER: {
        P.READ_PARTNERS, P.READ_FIGURES, P.USE_LISTS, P.READ_REPORTS, P.APPROVE_REPORT,
        P.PUBLISH_REPORT,
    },
    Role.DPO: {P.READ_ACCESS_LOG, P.MANAGE_BLOCKING, P.USE_LISTS},
    Role.ADMINISTRATOR: {
        P.READ_PARTNERS, P.EDIT_SITES, P.EDIT_LISTS, P.MAP_CODES, P.MANAGE_ACCOUNTS, P.USE_LISTS,
    },
}  # fmt: skip
for _role in VITALS:
    EXPECTED[_role].add(P.TAKE_VITALS)

ALL, TEAM, OWN, SUMMARY, NONE = (
    {Reach.ALL}, {Reach.TREATING_TEAM}, {Reach.OWN_NOTES}, {Reach.SHARED_SUMMARY}, {Reach.NONE},
)  # fmt: skip
READS = {
    # role: open, identity, sensitive, clinical, protected, session notes
    Role.DOCTOR: (ALL, ALL, ALL, ALL, TEAM, NONE),
    Role.NURSE: (ALL, ALL, ALL, ALL, TEAM, NONE),
    Role.PHYSIO: (ALL, ALL, ALL, ALL, TEAM, NONE),
    Role.PSYCHOLOGIST: (ALL, ALL, ALL, ALL, TEAM, TEAM),
    Role.PSYCHIATRIST: (ALL, ALL, ALL, ALL, TEAM, TEAM),
    Role.SOCIAL_WORKER: (ALL, ALL, ALL, OWN | SUMMARY, OWN, NONE),
    Role.MEDIATOR: (ALL, ALL, OWN, OWN, NONE, NONE),
    Role.PROMOTER: (ALL, ALL, OWN, OWN, NONE, NONE),
    Role.COORDINATOR: (ALL, ALL, ALL, SUMMARY, NONE, NONE),
    Role.MANAGER: (NONE,) * 6,
    Role.DPO: (NONE,) * 6,
    Role.ADMINISTRATOR: (NONE,) * 6,
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", MAY)
def test_each_role_has_its_permissions_and_no_other(role, permission):
    assert (role in MAY[permission]) == (permission in EXPECTED[role])


def test_every_permission_is_in_the_table_or_explicit():
    assert set(MAY) | {P.PUBLIC, P.SIGNED_IN} == set(Permission)


@pytest.mark.parametrize("role", Role)
def test_each_role_reads_each_class_as_far_as_the_table_says(role):
    found = tuple(policy.reach([role], privacy_class) for privacy_class in C)

    assert (*found, policy.reach_session_notes([role])) == READS[role]


def test_nobody_outside_care_meets_a_record():
    outside = set(Role) - set(CARE)

    assert all(policy.reach([role], C.OPEN) == NONE for role in outside)
    assert not outside & set(MAY[P.READ_PERSON])


def test_two_roles_together_read_as_far_as_either():
    assert policy.reach([Role.COORDINATOR, Role.SOCIAL_WORKER], C.PROTECTED) == OWN
    assert policy.reach([Role.MANAGER, Role.MEDIATOR], C.SENSITIVE) == OWN


@pytest.mark.parametrize("role", sorted(set(Role) - set(PRACTITIONERS)))
def test_who_does_not_care_for_people_writes_no_form(role):
    assert not policy.WRITES.get(role)


@pytest.mark.django_db
def test_own_discipline_comes_first_among_the_forms():
    user = UserFactory(role="psychiatrist", discipline=Discipline.PSYCHIATRY)
    assert policy.disciplines_of(user) == ["psychiatry", "psychology"]

    user = UserFactory(role="doctor", discipline=Discipline.SRH)
    assert policy.disciplines_of(user) == ["srh", "medical", "nursing"]


@pytest.mark.django_db
def test_a_permission_counts_in_the_programme_of_its_posting_only():
    here, there = ProgrammeFactory(), ProgrammeFactory()
    user = UserFactory(role="coordinator", programme=here)
    PostingFactory(user=user, role="nurse", programme=there)

    assert policy.allows(user, P.TRIAGE_REFERRAL)
    assert policy.allows(user, P.TRIAGE_REFERRAL, here)
    assert not policy.allows(user, P.TRIAGE_REFERRAL, there)
    assert policy.allows(user, P.READ_PERSON, there.pk)
    assert policy.programmes_where(user, P.TRIAGE_REFERRAL) == [here.pk]
    with pytest.raises(PermissionDenied):
        policy.require(user, P.TRIAGE_REFERRAL, there)


@pytest.mark.django_db
def test_a_posting_of_the_organisation_counts_in_every_programme():
    assert policy.allows(UserFactory(role="manager"), P.READ_FIGURES, ProgrammeFactory())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("since", "until", "allowed"),
    [
        ("2026-01-02", None, False),
        ("2026-01-01", None, True),
        ("2025-01-01", "2025-12-31", False),
        ("2025-01-01", "2026-01-01", True),
    ],
)
def test_a_posting_counts_from_its_first_to_its_last_day(since, until, allowed, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *a, **k: dt.date(2026, 1, 1))
    posting = PostingFactory(role="doctor", since=since, until=until)

    assert policy.allows(posting.user, P.READ_PERSON) is allowed


@pytest.mark.django_db
def test_a_deactivated_account_may_nothing():
    user = UserFactory(role="doctor", is_active=False)

    assert not policy.allows(user, P.SIGNED_IN)
    assert not policy.allows(user, P.READ_PERSON)


@pytest.mark.django_db
def test_a_system_actor_does_what_its_task_calls_for():
    assert policy.allows(User.objects.system("nightly"), P.READ_PERSON)


def test_a_view_without_a_permission_needs_none_that_exists():
    assert policy.needed(lambda request: None, "GET") is None


def test_a_view_may_ask_more_of_those_who_write():
    @policy.requires(P.READ_PARTNERS, post=P.EDIT_PARTNERS)
    def view(request):
        return None

    assert policy.needed(view, "GET") == policy.needed(view, "HEAD") == P.READ_PARTNERS
    assert policy.needed(view, "POST") == P.EDIT_PARTNERS
    assert policy.needed(view, "DELETE") == P.READ_PARTNERS


def test_the_stricter_of_two_classes_counts():
    assert stricter("open", "protected", "", "clinical") == C.PROTECTED
    assert stricter() == C.OPEN


def test_sealed_text_is_opened_in_one_module_only():
    """`crypto.unseal` belongs to `accounts.disclosure`: no log, no disclosure."""
    root = Path(__file__).parents[2]
    callers = {
        str(path.relative_to(root))
        for app in root.iterdir()
        if (app / "__init__.py").exists()
        for path in app.rglob("*.py")
        if _names(path) & {"unseal", "_decrypt"}
    }

    assert callers == {"accounts/crypto.py", "accounts/disclosure.py"}


def _names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    found |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
