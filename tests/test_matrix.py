"""Every address × role × scope, against the policy table.

A role without the permission gets 403 whatever it asks for; a role with it, posted elsewhere,
gets 404 for what belongs to people of this programme, as for what does not exist; posted here it
gets an answer. A new address without an entry fails.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts import policy
from accounts.models import Programme, User
from accounts.policy import ROLES_WITHOUT_PROGRAMME, Permission, Role
from accounts.rows import uuid7
from consultations.models import Appointment, Draft, SlotPattern
from consultations.services import plans
from patients.models import ContactAttempt, FamilyLink, ProtectionTask, Vulnerability
from reports.models import ExchangeCode
from tests.accounts.factories import PostingFactory, ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ConsultationFactory,
    DraftFactory,
    EpisodeFactory,
    OutingFactory,
    SlotFactory,
    VisitFactory,
)
from tests.partners.factories import (
    AgreementFactory,
    ContactFactory,
    OrganisationFactory,
    ServiceFactory,
    SiteFactory,
    TrainingFactory,
)
from tests.patients.factories import PatientFactory
from tests.referrals import scenes
from tests.reports.factories import DefinitionFactory, ReportFactory

# Addresses of what belongs to people or teams of a programme: 404 from another one.
PERSON = {
    "patients:family", "patients:new_family_member", "patients:edit", "patients:identity",
    "patients:allergies", "patients:preferences", "patients:history", "patients:hide",
    "patients:contact", "patients:phone", "patients:edit_contact", "patients:consents",
    "patients:new_consent", "patients:vulnerabilities", "patients:seen_by",
    "patients:undo_merge", "patients:unlink", "patients:end_vulnerability",
    "patients:close_task", "consultations:receive", "consultations:choose",
    "consultations:new", "consultations:draft", "desk:person", "api:person",
    "consultations:outing", "consultations:join_outing", "consultations:staff_outing",
    "consultations:close_outing", "consultations:cancel_outing", "consultations:visit",
    "consultations:vitals", "consultations:resume", "consultations:discard",
    "consultations:close_draft", "consultations:note", "consultations:print_note",
    "consultations:scale", "consultations:scales", "consultations:scale_result",
    "consultations:add", "consultations:appointment", "consultations:book",
    "consultations:slot", "consultations:end_pattern",
    "referrals:new", "referrals:received", "referrals:referral", "referrals:move",
    "referrals:letter", "referrals:slip", "referrals:admit", "api:referral", "api:referral_move",
}  # fmt: skip
PERSON |= {
    "consultations:episode", "consultations:episode_team", "consultations:close_episode",
    "consultations:call", "consultations:new_goal", "consultations:take_over_goals",
    "consultations:goal", "consultations:finish_action", "consultations:sign_plan",
    "consultations:print_plan", "consultations:new_review", "consultations:new_episode",
    "consultations:attempts", "consultations:review_attempt",
}  # fmt: skip
PERSON |= {
    "reports:report", "reports:file", "reports:approve", "reports:retry", "reports:again",
    "reports:definition",
}  # fmt: skip
# Within the programme, and with the permission, these depend on more than the role: the author,
# the discipline, who edits which organisation. They have tests of their own.
FINER = {
    # The plan as a whole is not for mediators and promoters; only a centre admits.
    "consultations:take_over_goals", "consultations:sign_plan", "consultations:print_plan",
    "consultations:new_review", "consultations:close_episode", "consultations:goal",
    "consultations:finish_action", "consultations:new_episode",
    "referrals:letter", "referrals:move", "referrals:admit", "api:referrals", "api:referral_move",
    "consultations:scale", "consultations:scale_result",
    "consultations:new", "consultations:draft", "consultations:resume", "consultations:discard",
    "consultations:close_draft", "consultations:note", "consultations:print_note",
    "consultations:add", "consultations:correct_activity", "patients:preferences",
    "patients:undo_merge", "patients:settle", "patients:new_consent", "patients:block",
    "patients:open_by_code", "partners:edit", "partners:verify", "partners:add_agreement",
    "partners:add_service", "partners:add_contact", "partners:edit_agreement",
    "partners:edit_service", "partners:edit_contact", "partners:edit_site",
    "partners:edit_training", "accounts:posting", "accounts:sign_out", "api:consultations", "patients:allergies",
    "patients:vulnerabilities", "patients:end_vulnerability", "patients:close_task",
    "patients:history", "patients:identity",
    "consultations:vitals", "terminology:move", "terminology:preview", "consultations:activity",
    "consultations:cancel_outing",
}  # fmt: skip
NO_ARGUMENTS: dict[str, Any] = {}


def addresses(resolver: Any = None, space: str = "") -> Iterator[tuple[str, Any, list[str]]]:
    """Name, view and names of the arguments of every address."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses(pattern, inner)
        elif isinstance(pattern, URLPattern):
            arguments = list(pattern.pattern.converters)
            yield f"{space}{pattern.name}", pattern.callback, arguments


@pytest.fixture
def here(db: None) -> Programme:
    return ProgrammeFactory(code="HERE")


@pytest.fixture
def arguments(here: Programme) -> dict[str, dict[str, Any]]:
    """What each address needs, out of one programme's records."""
    doctor = UserFactory(role="doctor", programme=here)
    site = SiteFactory(
        programmes=[here], weekdays=("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    )
    outing = OutingFactory(by=doctor, site=site)
    person = PatientFactory(by=doctor, phone="+525512345678")
    relative = PatientFactory(by=doctor, given_name="Lucía")
    visit = VisitFactory(by=doctor, outing=outing, patient=person)
    note = ConsultationFactory(by=doctor, outing=outing, patient=person, pain=3)
    scale = note.scores.get()
    draft = DraftFactory(by=doctor, outing=outing, patient=relative)
    link = FamilyLink.objects.create(
        patient=person,
        relative=relative,
        relation_id="family_relations:sibling",
        since=outing.local_date,
        recorded_by=doctor,
    )
    vulnerability = Vulnerability.objects.create(
        patient=person,
        criterion_id="vulnerability_criteria:older",
        since=outing.local_date,
        source="recorded",
        recorded_by=doctor,
    )
    task = ProtectionTask.objects.create(
        patient=person,
        kind="child_protection",
        opened_by=doctor,
        due_at=note.signed_at,
    )
    appointment = Appointment.objects.create(
        patient=person,
        programme=here,
        site=site,
        discipline="medical",
        local_date=outing.local_date,
        booked_by=doctor,
    )
    slot = SlotFactory(programme=here, site=site)
    pattern = SlotPattern.objects.create(
        programme=here,
        site=site,
        discipline="medical",
        weekday=0,
        local_time=slot.local_time,
        valid_from=outing.local_date,
    )
    organisation = OrganisationFactory()
    posting = PostingFactory(user=UserFactory(), programme=here)
    edition, schedule = ReportFactory(programmes=[here]), DefinitionFactory(programmes=[here])
    foreign_code = ExchangeCode.objects.create(kind="org_unit", ours="HERE", theirs="x")
    referral = scenes.to_centre(doctor, scenes.centre_of(), person)
    stay = EpisodeFactory(patient=person, programme=here, reference_worker=doctor)
    goal = plans.add_goal(
        stay, id=uuid7(), domain="care_plan_domains:symptoms", words="Dormir", by=doctor,
        action=plans.Action(discipline="medical", text="Cita"),
    )  # fmt: skip
    tried = ContactAttempt.objects.create(
        patient=person, programme=here, at=note.signed_at, local_date=outing.local_date,
        method_id="safe_contact_methods:call", purpose_id="contact_purposes:other",
        outcome_id="contact_outcomes:unsafe", by=doctor,
    )  # fmt: skip
    code = {"code": person.code}
    pk: dict[str, Any] = {
        "outing": outing, "join_outing": outing, "staff_outing": outing, "close_outing": outing,
        "cancel_outing": outing, "visit": visit, "vitals": visit, "resume": draft,
        "discard": draft, "close_draft": draft, "note": note, "print_note": note, "add": note,
        "appointment": appointment, "slot": slot, "end_pattern": pattern, "user": doctor,
        "reset_password": doctor,
        "referral": referral, "admit": referral, "letter": referral, "slip": referral, "switch_user": doctor, "new_posting": doctor, "end_posting": posting, "programme": here,
        "edit_agreement": AgreementFactory(organisation=organisation, programmes=[here]),
        "edit_service": ServiceFactory(organisation=organisation),
        "edit_contact": ContactFactory(organisation=organisation),
        "edit_training": TrainingFactory(programme=here),
    }  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for name, _view, needed in addresses():
        short = name.partition(":")[2]
        if not needed:
            found[name] = NO_ARGUMENTS
        elif needed == ["pk"] and short in pk:
            found[name] = {"pk": pk[short].pk}
        elif needed == ["code"] and (name in PERSON or name.startswith("patients:")):
            found[name] = code
        elif name.startswith("partners:") and needed == ["code"]:
            found[name] = {"code": site.code if "site" in name else organisation.code}
    found |= {
        **{
            f"consultations:{name}": {"pk": stay.pk}
            for name in (
                "episode",
                "episode_team",
                "close_episode",
                "new_goal",
                "take_over_goals",
                "sign_plan",
                "print_plan",
                "new_review",
            )
        },
        "consultations:call": {"pk": stay.pk, "months": 1},
        "consultations:goal": {"pk": stay.pk, "goal": goal.pk},
        "consultations:finish_action": {"pk": stay.pk, "action": goal.actions.get().pk},
        "consultations:review_attempt": {"pk": tried.pk},
        "referrals:new": code,
        "referrals:received": code,
        "referrals:move": {"pk": referral.pk, "move": "note"},
        "api:referral_move": {"pk": referral.pk, "move": "note"},
        "patients:unlink": {**code, "pk": link.pk},
        "patients:end_vulnerability": {**code, "pk": vulnerability.pk},
        "patients:close_task": {**code, "pk": task.pk},
        "patients:new_consent": {**code, "consent_type": "contact"},
        "patients:settle": {"pk": uuid7()},
        "consultations:new": {**code, "discipline": "medical"},
        "consultations:draft": {**code, "discipline": "medical"},
        "consultations:scale": {"pk": draft.pk, "scale": "cssrs"},
        "consultations:scale_result": {"pk": scale.pk},
        "consultations:activity": {"pk": uuid7()},
        "consultations:capacity_day": {"on": outing.local_date},
        "consultations:close_day": {"on": outing.local_date},
        "consultations:print_day": {"on": outing.local_date},
        "consultations:correct_activity": {"pk": uuid7()},
        "consultations:paper": {"discipline": "medical"},
        "terminology:concepts": {"name": "visit_types"},
        "terminology:download": {"name": "visit_types"},
        "terminology:upload": {"name": "visit_types"},
        "terminology:concept": {"name": "visit_types", "code": "first"},
        "terminology:move": {"name": "visit_types", "code": "first"},
        "terminology:preview": {"pk": uuid7()},
        "reports:report": {"pk": edition.pk},
        "reports:file": {"pk": edition.pk, "name": "report.pdf"},
        "reports:approve": {"pk": edition.pk},
        "reports:publish": {"pk": edition.pk},
        "reports:withdraw": {"pk": edition.pk},
        "reports:retry": {"pk": edition.pk},
        "reports:again": {"pk": edition.pk},
        "reports:definition": {"pk": schedule.pk},
        "reports:drop_code": {"pk": foreign_code.pk},
        "reports:download": {"kind": "csv"},
        "reports:figure": {"code": "GEN01"},
    }
    return found


def status(user: User, method: str, url: str) -> int:
    """The answer to a request; what it changed is undone. The session is the user's only one:
    signing in again for each of thousands of requests would take most of the time."""
    if not hasattr(user, "cookies"):
        signed_in = Client()
        signed_in.force_login(user)
        user.cookies = signed_in.cookies.output(header="")  # type: ignore[attr-defined]
    client = Client(raise_request_exception=False)
    client.cookies.load(user.cookies)  # type: ignore[attr-defined]
    # A bare savepoint: services ask for an outermost transaction, which the test's own is.
    before = transaction.savepoint()
    answer = getattr(client, method.lower())(url)
    transaction.savepoint_rollback(before)
    return int(answer.status_code)


@pytest.mark.parametrize("role", Role)
def test_the_policy_holds_at_every_address(
    role: Role, here: Programme, arguments: dict[str, dict[str, Any]]
) -> None:
    posted = {} if role in ROLES_WITHOUT_PROGRAMME else {"programme": here}
    ours = UserFactory(role=role, **posted)
    theirs = UserFactory(role=role) if posted else None
    wrong = []
    for name, view, _needed in addresses():
        assert name in arguments, f"{name} has no entry in the matrix"
        url = reverse(name, kwargs=arguments[name])
        for method in ("GET", "POST"):
            permission = policy.needed(view, method)
            assert permission is not None
            if permission == Permission.PUBLIC:
                continue
            may = policy.allows(ours, permission)
            got = status(ours, method, url)
            if not may and got != 403:
                wrong.append(f"{method} {name}: {got} without {permission}")
            if got >= 500:
                wrong.append(f"{method} {name}: {got}")
            if may and name not in FINER and got in (403, 404):
                wrong.append(f"{method} {name}: {got} with {permission}")
            if theirs is not None and may and name in PERSON:
                elsewhere = status(theirs, method, url)
                if elsewhere not in (404, 405):
                    wrong.append(f"{method} {name}: {elsewhere} from another programme")
    assert not wrong, "\n".join(wrong)


def test_a_draft_is_its_authors_alone(here: Programme, arguments: dict[str, Any]) -> None:
    colleague = UserFactory(role="doctor", programme=here)
    draft = Draft.objects.get()
    assert status(colleague, "GET", reverse("consultations:resume", args=[draft.pk])) == 404
