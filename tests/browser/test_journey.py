"""A team's day on its phones, in Spanish, by touch: every interaction is counted.

Pages are found by their addresses and answers by their codes, so that the words may change.
"""

import datetime as dt
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from consultations.models import Consultation, MediationLink, Need, Outing, Prescription
from patients.models import Patient
from terminology.models import Concept
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.browser.team import Hand, signed_in
from tests.consultations.factories import ConsultationFactory, OutingFactory, site_of
from tests.patients.factories import PatientFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]

DISCIPLINES = "consultation_disciplines"
OPEN = "form[action='/outings/open/'] button"
JOIN = "form[action$='/join/'] button"
SEARCH = "form[action='/patients/search/'] button"
ROW = "main a.row-main"
MAIN_ACTION = ".actions .button:not(.quiet)"
CLOSE = "main a[href$='/close/']"


class Team:
    """Colleagues of one programme at one site, and the pages open on their phones."""

    def __init__(self, chromium, address, stack):
        self.programme = ProgrammeFactory(code="CDMX-MOBILE")
        self.site = site_of(self.programme)
        self._chromium, self._address, self._stack = chromium, address, stack

    def colleague(self, role):
        return UserFactory(role=role, programme=self.programme)

    def hand(self, user, *, scripts=True):
        page = signed_in(self._chromium, self._address, user, scripts=scripts)
        return Hand(self._stack.enter_context(page), scripts=scripts)

    def known_person(self, social_worker):
        """Seen two weeks ago by social work, with one need still open."""
        yolanda = PatientFactory(by=social_worker, given_name="Yolanda", family_name="Paz Rivas")
        before = self.programme.today() - dt.timedelta(days=14)
        ConsultationFactory(by=social_worker, patient=yolanda, on=before)
        return yolanda


@pytest.fixture
def team(chromium, live_server):
    with ExitStack() as stack:
        yield Team(chromium, live_server.url, stack)


# -- Tasks, each from the page on which it starts -----------------------------------------------
def open_an_outing(hand):
    hand.choose("private_space", "yes")
    hand.send(OPEN)


def register_marie_ange(hand):
    """To the open consultation. Language and interpreter follow from the country with scripts."""
    hand.send("main a[href='/patients/new/']")
    consent = hand.page.locator("[name=consent_data]").first
    name = hand.page.locator("[name=given_name]")
    assert consent.bounding_box()["y"] < name.bounding_box()["y"], "consent is asked first"
    hand.choose("consent_data", "consent_decisions:given")
    hand.type("given_name", "Marie-Ange")
    hand.type("family_name", "Jean-Baptiste")
    hand.choose("sex", "female")
    hand.type("birth_date_0", "29")
    hand.choose("nationality", "countries:HTI")
    if not hand.scripts:
        hand.choose("language", "languages:hat")
        hand.choose("interpreter_needed", "yes")
    assert hand.page.locator("[name=language]:checked").input_value() == "languages:hat"
    assert hand.page.locator("[name=interpreter_needed]:checked").input_value() == "yes"
    hand.send("button[name=then][value=consult]")


def record_a_sore_throat(hand):
    hand.choose("mediation", "mediation_modes:in_person")
    hand.choose("treatment_consent", "consent_decisions:given")
    hand.choose("reason", "morbidity:pharyngitis")
    hand.choose("diagnosis", "morbidity:pharyngitis")
    hand.choose("treatment-0-medicine", "medicines:paracetamol_500")
    hand.type("treatment-0-dose", "500 mg")
    hand.select("treatment-0-frequency", "8h")
    hand.type("advice_plan", "Reposo y líquidos")
    hand.send(MAIN_ACTION)


def record_the_mediation(hand):
    hand.send(hand.page.locator(".tabs a").nth(2))
    hand.send(ROW)
    hand.send(MAIN_ACTION)
    hand.choose("treatment_consent", "consent_decisions:given")
    hand.choose("mediation_mode", "mediation_modes:in_person")
    hand.choose("activity", "mediation_modes:consultation_support")
    hand.choose("topic", "mediation_topics:medical_consult")
    hand.send(MAIN_ACTION)


def follow_up(hand, name):
    hand.type("q", name)
    hand.send(SEARCH)
    hand.send(ROW)
    hand.send(MAIN_ACTION)
    hand.choose("treatment_consent", "consent_decisions:given")
    hand.select("needs-0-action", "social_actions:accompaniment")
    hand.choose("safety", "danger_level:none")
    hand.send(MAIN_ACTION)


def record_a_talk(hand):
    hand.send("main a[href='/activities/new/']")
    hand.choose("type", "group_activity_types:hp_talk")
    hand.choose("topics", "health_promotion_topics:menstrual")
    hand.type("women", "9")
    hand.type("girls", "4")
    hand.type("minutes", "30")
    hand.send(MAIN_ACTION)


def counts_by_discipline(page: Page) -> dict[str, int]:
    """By the name of the discipline, which comes from the list."""
    names = {entry.label_es: entry.code for entry in Concept.objects.filter(list_name=DISCIPLINES)}
    rows = page.locator("main table tbody tr").all()
    said = [(row.locator("th").inner_text(), row.locator("td").inner_text()) for row in rows]
    return {
        next(code for name, code in names.items() if label.endswith(name)): int(count)
        for label, count in said
    }


# -- The day -------------------------------------------------------------------------------------
def test_a_day_from_the_opened_outing_to_the_figures(team):
    doctor, mediator = team.hand(team.colleague("doctor")), team.hand(team.colleague("mediator"))
    worker = team.colleague("social_worker")
    social, promoter = team.hand(worker), team.hand(team.colleague("promoter"))
    yolanda = team.known_person(worker)

    doctor.open("/")
    expect(doctor.page.locator("html")).to_have_attribute("lang", "es")
    open_an_outing(doctor)
    assert doctor.count <= 2

    doctor.count = 0
    register_marie_ange(doctor)
    registered = doctor.count
    record_a_sore_throat(doctor)
    assert registered <= 12
    assert doctor.count <= 22
    medical = Consultation.objects.get(discipline="medical")
    assert medical.diagnoses.get().concept_id == "morbidity:pharyngitis"
    assert Prescription.objects.get(consultation=medical).dose == "500 mg"
    assert medical.mediation_id == "mediation_modes:in_person"
    marie_ange = Patient.objects.get(pk=medical.patient_id)
    assert (marie_ange.nationality_id, marie_ange.language_id) == ("countries:HTI", "languages:hat")

    mediator.open("/")
    mediator.send(JOIN)
    record_the_mediation(mediator)
    assert mediator.count <= 12
    link = MediationLink.objects.get()
    assert link.supported_id == medical.pk
    assert link.mediation.discipline == "cultural_mediation"

    social.open("/")
    social.send(JOIN)
    social.count = 0
    follow_up(social, "Yolanda")
    followed_up = social.count
    assert followed_up <= 12
    note = Consultation.objects.get(professional=worker, visit_type="follow_up")
    assert note.patient_id == yolanda.pk
    assert Need.objects.get(patient=yolanda).steps.count() == 2

    promoter.open("/")
    promoter.send(JOIN)
    promoter.count = 0
    record_a_talk(promoter)
    assert promoter.count <= 8

    doctor.open("/")
    doctor.count = 0
    doctor.send(CLOSE)
    assert counts_by_discipline(doctor.page) == {
        "medical": 1,
        "social_work": 1,
        "cultural_mediation": 1,
    }
    doctor.send("main form " + MAIN_ACTION)
    assert doctor.count == 2
    outing = Outing.objects.get(local_date=team.programme.today())
    assert outing.state == Outing.State.CLOSED

    manager = team.hand(UserFactory(role="manager"))
    manager.open("/reports/")
    shown = manager.page.locator("a.figure[href*='/GEN01/'] strong")
    in_month = 3 + (note.local_date.day > 14)  # Yolanda's first one may lie in another month
    expect(shown).to_have_text(str(in_month))


def test_the_same_day_without_scripts(team):
    """The field tasks with JavaScript off: open, register, record, sign, search, close."""
    doctor = team.hand(team.colleague("doctor"), scripts=False)
    doctor.open("/")
    open_an_outing(doctor)
    doctor.count = 0
    register_marie_ange(doctor)
    record_a_sore_throat(doctor)
    assert doctor.count <= 24  # what scripts fill in is tapped: language and interpreter
    assert Consultation.objects.get().discipline == "medical"

    doctor.open("/")
    doctor.type("q", "Jan Batis")  # as it sounds
    doctor.send(SEARCH)
    expect(doctor.page.locator(ROW)).to_contain_text("Marie-Ange")

    doctor.open("/")
    doctor.send(CLOSE)
    assert counts_by_discipline(doctor.page) == {"medical": 1}
    doctor.send("main form " + MAIN_ACTION)
    assert Outing.objects.get().state == Outing.State.CLOSED


def test_the_same_follow_up_without_scripts(team):
    worker = team.colleague("social_worker")
    yolanda = team.known_person(worker)
    OutingFactory(by=worker, site=team.site)
    hand = team.hand(worker, scripts=False)
    hand.open("/")
    follow_up(hand, "Yolanda")
    assert hand.count <= 12
    note = Consultation.objects.get(professional=worker, visit_type="follow_up")
    assert note.patient_id == yolanda.pk
    assert Need.objects.get(patient=yolanda).steps.count() == 2


def test_a_draft_is_kept_and_signed_later_without_scripts(team):
    worker = team.colleague("social_worker")
    yolanda = team.known_person(worker)
    OutingFactory(by=worker, site=team.site)
    hand = team.hand(worker, scripts=False)
    hand.open(f"/patients/{yolanda.code}/consultations/new/social_work/")
    hand.choose("safety", "danger_level:none")
    hand.send("button[name=save]")
    hand.send(MAIN_ACTION)  # continue the draft
    expect(hand.page.locator("[name=safety]:checked")).to_have_value("danger_level:none")
    hand.choose("treatment_consent", "consent_decisions:given")
    hand.select("needs-0-action", "social_actions:accompaniment")
    hand.send(MAIN_ACTION)
    assert Consultation.objects.filter(professional=worker).count() == 2
