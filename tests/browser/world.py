"""Every page of the installation with something on it, and a role that may open it."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Posting, User
from accounts.policy import Discipline
from consultations.forms import FORMS
from consultations.models import Appointment, Draft, Slot, SlotPattern
from consultations.queries.episodes import add_months
from consultations.services import slots
from patients.models import ProtectionTask
from reports.models import ExchangeCode
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.consultations.factories import (
    ActivityFactory,
    ConsultationFactory,
    DraftFactory,
    OutingFactory,
    SlotFactory,
    VisitFactory,
    site_of,
)
from tests.consultations.stays import Centre
from tests.partners.factories import (
    AgreementFactory,
    ContactFactory,
    OrganisationFactory,
    ServiceFactory,
    TrainingFactory,
)
from tests.patients.factories import PatientFactory
from tests.referrals import scenes
from tests.reports.factories import DefinitionFactory, ReportFactory

ROLES = (
    "doctor", "nurse", "psychologist", "psychiatrist", "social_worker", "mediator", "promoter",
    "physio", "coordinator",
)  # fmt: skip
WRITER = {
    Discipline.MEDICAL: "doctor",
    Discipline.NURSING: "nurse",
    Discipline.SRH: "doctor",
    Discipline.PSYCHOLOGY: "psychologist",
    Discipline.PSYCHIATRY: "psychiatrist",
    Discipline.SOCIAL_WORK: "social_worker",
    Discipline.CULTURAL_MEDIATION: "mediator",
    Discipline.HEALTH_PROMOTION: "promoter",
    Discipline.PHYSIOTHERAPY: "physio",
    Discipline.OCCUPATIONAL: "physio",
}

# Addresses that are no page: they take a POST, give a file or lead elsewhere.
NO_PAGE = {
    "healthz", "accounts:sign_out", "accounts:language", "accounts:theme", "accounts:posting",
    "accounts:access_log_download", "accounts:access_log_verify", "accounts:switch_user", "accounts:reset_password",
    "terminology:search",
    "terminology:preview",  # an uploaded file outlives the test: lists are kept between tests
    "terminology:download", "terminology:move",
    "partners:download", "partners:verify",
    "patients:search", "patients:open_by_code", "patients:unlink", "patients:phone",
    "patients:settle", "patients:end_vulnerability", "patients:undo_merge", "patients:hide",
    "patients:block",
    "consultations:add", "consultations:join_outing", "consultations:receive", "consultations:draft",
    "consultations:discard", "consultations:close_draft", "consultations:vitals",
    "consultations:correct_activity", "reports:download",
    "consultations:take_over_goals", "consultations:finish_action", "consultations:review_attempt",
    "referrals:assign", "referrals:see", "referrals:move",
    "reports:file", "reports:approve", "reports:publish", "reports:withdraw", "reports:retry",
    "reports:again", "reports:drop_code",
}  # fmt: skip


@dataclass
class World:
    """A small working day with everything in it, under the addresses of its pages."""

    users: dict[str, User] = field(default_factory=dict)
    pages: list[tuple[str, str]] = field(default_factory=list)  # role, address
    named: set[str] = field(default_factory=set)

    def show(self, role: str, name: str, *args: Any, query: str = "") -> None:
        self.pages.append((role, reverse(name, args=args) + query))
        self.named.add(name)


def build(people: int = 3) -> World:
    """`people` wait, are in care and were seen, and fill the lists."""
    world = World()
    programme = ProgrammeFactory(code="CDMX-MOBILE")
    world.users = {role: UserFactory(role=role, programme=programme) for role in ROLES}
    world.users |= {role: UserFactory(role=role) for role in ("manager", "dpo", "administrator")}
    doctor = world.users["doctor"]
    site = site_of(programme)
    outing = OutingFactory(by=doctor, site=site)
    for role in ROLES[1:]:
        OutingFactory(by=world.users[role], site=site)
    person = PatientFactory(
        by=doctor,
        given_name="Marie-Ange",
        family_name="Jean-Baptiste",
        nationality="HTI",
        language="hat",
        interpreter_needed=True,
        phone="+525512345678",
        allergy=("listed", "Penicilina"),
    )
    child = PatientFactory(
        by=doctor, given_name="Yolanda", age=14, travel_composition="uasc_unaccompanied"
    )
    visit = VisitFactory(by=doctor, outing=outing, patient=person)
    yesterday = programme.today() - dt.timedelta(days=1)
    again = {"follow_up": {"date": str(programme.today() + dt.timedelta(7)), "site": str(site.pk)}}
    notes = [
        ConsultationFactory(by=world.users[role], patient=person, discipline=discipline, **again)
        for discipline, role in WRITER.items()
        if discipline in FORMS
    ]
    past = OutingFactory(by=doctor, site=site, on=yesterday)
    for number in range(people):
        someone = PatientFactory(by=doctor, given_name="Ana", family_name=f"Ruiz {number}")
        VisitFactory(by=doctor, outing=outing, patient=someone, waits_for=("medical",))
    draft = DraftFactory(by=doctor, patient=child, outing=outing)
    activity = ActivityFactory(by=world.users["promoter"], outing=outing)
    _places(world, programme, site, person)
    _accounts(world, programme)
    _reports(world, programme)
    _partners(world, programme, site)
    _people(world, person, child)
    _scales(world, yesterday)
    _centre(world)
    _referrals(world, doctor, person, people)
    _notes(world, person, child, outing, past, visit, notes, draft, activity)
    return world


def _places(world: World, programme: Any, site: Any, person: Any) -> None:
    """An hour of every week, free but for the first one, which holds one more than its places."""
    office = world.users["coordinator"]
    slots.add_pattern(
        programme,
        by=office,
        site=site,
        discipline="psychology",
        weekdays=[(programme.today().weekday() + 1) % 7],
        at=dt.time(9),
        minutes=50,
        places=1,
        valid_from=programme.today(),
    )
    first = Slot.objects.first()
    assert first is not None
    slots.book(PatientFactory(by=office, given_name="Luz"), first.pk, by=office)
    slots.book(person, first.pk, by=office, overbook_reason="Viaja el lunes")
    SlotFactory(programme=programme, site=site, discipline="medical", local_time=dt.time(11))


def _centre(world: World) -> None:
    """A centre with a stay in the middle, one that is late and one that ended; its staff are
    users of their own."""
    centre = Centre()
    world.users |= {f"centre_{role}": user for role, user in centre.by.items()}
    person = centre.person(
        given_name="Noemí", phone="+525512345678", contact_rules={"never_name_org": ""}
    )
    stay = centre.admit(person, team=[str(centre.by["physio"].pk)])
    goal = centre.goal(stay, measure="Seis horas")
    centre.sign(stay)
    for days, outcome in ((9, "no_answer"), (0, "neutral_message")):
        centre.tried(person, days, outcome)
    ConsultationFactory(by=centre.by["psychologist"], patient=person)
    centre.stay(70, centre.person(given_name="Abril"))
    left = centre.close(
        centre.stay(120, centre.person(given_name="Julia", phone="+525587654321")),
        closed_on=add_months(centre.today, -1),
        contact_allowed=True,
    )
    show = world.show
    for tab in ("active", "reviews", "lost", "calls", "exits"):
        show("centre_psychologist", "consultations:episodes", query=f"?tab={tab}")
    for role in ("psychologist", "coordinator", "mediator"):
        show(f"centre_{role}", "consultations:episode", stay.pk)
    show("centre_psychologist", "consultations:episode", left.pk)
    show("centre_psychologist", "consultations:call", left.pk, 1)
    for name in (
        "episode_team",
        "close_episode",
        "new_goal",
        "sign_plan",
        "print_plan",
        "new_review",
    ):
        show("centre_psychologist", f"consultations:{name}", stay.pk)
    show("centre_psychologist", "consultations:goal", stay.pk, goal.pk)
    show("centre_coordinator", "consultations:new_episode", centre.person(given_name="Eva").code)
    show("centre_coordinator", "consultations:attempts", person.code)
    show("centre_coordinator", "desk:overdue", query="?tab=reviews")


def _scales(world: World, yesterday: dt.date) -> None:
    """Scales of somebody in care: asked, scored, over time; and a risk that somebody sees to."""
    show, psychologist = world.show, world.users["psychologist"]
    someone = PatientFactory(by=psychologist, given_name="Dayana")
    for day, each in ((yesterday, 2), (None, 1)):
        items = {f"phq9_{n}": each for n in range(1, 10)}
        note = ConsultationFactory(
            by=psychologist,
            patient=someone,
            on=day,
            risk="mh_risk_levels:moderate",
            risk_action="Plan de seguridad",
            scales={"phq9": {"language": "es", "items": items}, "k6": {"total": 9}},
        )
    draft = DraftFactory(
        by=psychologist, patient=someone, body={"scale_phq9": ["language=es phq9_1=2 phq9_2=2"]}
    )
    show("psychologist", "consultations:resume", draft.pk)
    for code in ("phq9", "pcl5", "audit_c", "cssrs", "srq20", "k6"):
        show("psychologist", "consultations:scale", draft.pk, code)
    show("psychologist", "consultations:scales", someone.code)
    show("psychologist", "consultations:scales", someone.code, query="?scale=phq9")
    show("coordinator", "consultations:scales", someone.code)
    show("psychologist", "consultations:scale_result", note.scores.get(field="phq9").pk)
    task = ProtectionTask.objects.get(patient=someone)
    show("coordinator", "patients:close_task", someone.code, task.pk)
    show("coordinator", "desk:overdue", query="?tab=protection")


def _referrals(world: World, doctor: User, person: Any, people: int) -> None:
    """A queue of a day centre, and what one of its referrals shows to both sides."""
    centre = scenes.centre_of(code="DAY-CENTRE")
    coordinator = world.users["queue_coordinator"] = scenes.coordinator_of(centre)
    for days in range(1, 8):
        scenes.place(coordinator, centre, days=days)
    sent = [
        scenes.to_centre(doctor, centre, PatientFactory(by=doctor, given_name="Ana"))
        for _number in range(people)
    ]
    ours = scenes.to_centre(doctor, centre, person, language="languages:hat")
    show = world.show
    for tab in ("new", "closed"):
        show("queue_coordinator", "referrals:list", query=f"?tab={tab}")
    show("doctor", "referrals:list", query="?tab=sent")
    show("doctor", "referrals:received_who")
    show("doctor", "referrals:new", person.code)
    show("queue_coordinator", "referrals:received", person.code)
    for role in ("doctor", "queue_coordinator"):
        show(role, "referrals:referral", ours.pk)
    show("queue_coordinator", "referrals:admit", sent[0].pk)
    show("doctor", "referrals:letter", ours.pk)
    show("doctor", "referrals:slip", ours.pk)


def _accounts(world: World, programme: Any) -> None:
    show = world.show
    user = world.users["nurse"]
    show("", "accounts:sign_in")
    show("doctor", "accounts:password")
    show("doctor", "accounts:profile")
    show("dpo", "accounts:access_log")
    show("administrator", "accounts:users")
    show("administrator", "accounts:new_user")
    show("administrator", "accounts:user", user.pk)
    show("administrator", "accounts:new_posting", user.pk)
    show("administrator", "accounts:end_posting", Posting.objects.get(user=user).pk)
    show("administrator", "accounts:programmes")
    show("administrator", "accounts:new_programme")
    show("administrator", "accounts:programme", programme.pk)
    show("administrator", "terminology:lists")
    show("administrator", "terminology:concepts", "social_needs")
    show("administrator", "terminology:upload", "social_needs")
    show("administrator", "terminology:concept", "social_needs", "shelter")
    show("manager", "reports:activity")
    show("manager", "reports:figure", "GEN01")
    show("doctor", "reports:activity")
    show("coordinator", "reports:figure", "GEN01")


def _reports(world: World, programme: Any) -> None:
    """A report in each state that looks different, a schedule and a code."""
    show, manager = world.show, world.users["manager"]
    show("manager", "reports:list")
    show("coordinator", "reports:list")
    for state in ("ready", "building", "failed"):
        report = ReportFactory(by=manager, programmes=[programme], state=state, name=state)
        show("manager", "reports:report", report.pk)
    published = ReportFactory(
        by=manager, programmes=[programme], name="published", state="published",
        audience="publication", approved_by=world.users["coordinator"],
        approved_at=timezone.now(), published_by=manager, published_at=timezone.now(),
        published_to="OCHA",
    )  # fmt: skip
    show("coordinator", "reports:report", published.pk)
    show("manager", "reports:definitions")
    show("manager", "reports:new_definition")
    show("manager", "reports:definition", DefinitionFactory(programmes=[programme]).pk)
    ExchangeCode.objects.create(kind="data_element", ours="GEN01", theirs="fbfJHSPpUQD")
    show("administrator", "reports:codes")


def _partners(world: World, programme: Any, site: Any) -> None:
    show = world.show
    body = OrganisationFactory()
    agreement = AgreementFactory(organisation=body, programmes=[programme])
    service, contact = ServiceFactory(organisation=body), ContactFactory(organisation=body)
    training = TrainingFactory(programme=programme, bodies=[body])
    show("coordinator", "partners:list")
    show("social_worker", "partners:list")
    show("coordinator", "partners:create")
    for name in ("organisation", "edit", "add_agreement", "add_service", "add_contact"):
        show("coordinator", f"partners:{name}", body.code)
    show("social_worker", "partners:organisation", body.code)
    show("coordinator", "partners:agreements")
    show("coordinator", "partners:edit_agreement", agreement.pk)
    show("coordinator", "partners:edit_service", service.pk)
    show("coordinator", "partners:edit_contact", contact.pk)
    show("coordinator", "partners:sites")
    show("coordinator", "partners:create_site")
    show("coordinator", "partners:site", site.code)
    show("coordinator", "partners:edit_site", site.code)
    show("coordinator", "partners:trainings")
    show("coordinator", "partners:create_training")
    show("coordinator", "partners:edit_training", training.pk)


def _people(world: World, person: Any, child: Any) -> None:
    show, code = world.show, person.code
    for role in ROLES:
        show(role, "desk:person", code)
    show("doctor", "patients:list")
    show("doctor", "patients:new")
    show("social_worker", "patients:new")
    for name in (
        "family", "new_family_member", "edit", "identity", "allergies", "preferences", "history",
        "contact", "edit_contact", "consents", "vulnerabilities", "seen_by",
    ):  # fmt: skip
        show("doctor", f"patients:{name}", code)
    show("doctor", "patients:new_consent", code, "data_processing")
    show("doctor", "patients:new_consent", code, "sharing_partner")
    for task in ProtectionTask.objects.filter(patient=child)[:1]:
        show("social_worker", "patients:close_task", child.code, task.pk)
    show("doctor", "desk:person", child.code)
    show("coordinator", "patients:look_alikes")
    show("dpo", "patients:blocking")
    show("dpo", "patients:card_openings")


def _notes(
    world: World, person: Any, child: Any, outing: Any, past: Any, visit: Any, notes: list[Any],
    draft: Draft, activity: Any,
) -> None:  # fmt: skip
    show = world.show
    for role in ROLES:
        show(role, "desk:today")
    show("doctor", "desk:today", query="?tab=all")
    show("doctor", "desk:today", query="?tab=waiting")
    show("coordinator", "desk:overdue")
    for name in ("outings", "open_outing", "plan_outing", "past_outing"):
        show("coordinator", f"consultations:{name}")
    for name in ("outing", "staff_outing", "close_outing", "cancel_outing"):
        show("doctor", f"consultations:{name}", outing.pk)
    show("doctor", "consultations:outing", past.pk)
    show("doctor", "consultations:visit", visit.pk)
    show("doctor", "consultations:choose", person.code)
    for discipline, role in WRITER.items():
        if discipline in FORMS:
            whose = person if discipline == Discipline.MEDICAL else child
            show(role, "consultations:new", whose.code, discipline)
    show("social_worker", "consultations:new", person.code, "social_work")
    show("doctor", "consultations:new", child.code, "medical", query=f"?outing={past.pk}")
    show("doctor", "consultations:drafts")
    show("doctor", "consultations:resume", draft.pk)
    for note in notes:
        show(WRITER[note.discipline], "consultations:note", note.pk)
    show("doctor", "consultations:print_note", notes[0].pk)
    show("doctor", "consultations:appointments")
    for each in Appointment.objects.all()[:1]:
        show("doctor", "consultations:appointment", each.pk)
    slot = Slot.objects.order_by("local_time").first()
    assert slot is not None
    for role in ("doctor", "coordinator"):
        show(role, "consultations:capacity", query=f"?day={slot.local_date}")
        show(role, "consultations:patterns")
        show(role, "consultations:slot", slot.pk)
    for name in ("capacity_day", "close_day", "print_day"):
        show("coordinator", f"consultations:{name}", slot.local_date)
    show("coordinator", "consultations:new_slot")
    show("coordinator", "consultations:end_pattern", SlotPattern.objects.latest("pk").pk)
    show("coordinator", "consultations:book", child.code)
    show("coordinator", "consultations:book", child.code, query=f"?day={slot.local_date}")
    show("doctor", "consultations:papers")
    show("doctor", "consultations:paper", "medical")
    show("promoter", "consultations:activities")
    show("promoter", "consultations:new_activity")
    show("promoter", "consultations:activity", activity.pk)
