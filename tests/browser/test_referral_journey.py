"""A doctor in a park and a coordinator at the centre, side by side, by touch and in Spanish."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from consultations.models import Episode
from referrals.models import Referral
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.browser.team import Hand, signed_in
from tests.consultations.factories import ConsultationFactory, OutingFactory
from tests.consultations.stays import INCLUSION, Centre
from tests.patients.factories import PatientFactory
from tests.referrals import scenes

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
MAIN_ACTION = ".actions .button:not(.quiet)"
REFER = ".actions a[href$='/referrals/new/']"


def hand_of(stack, chromium, address, user, *, scripts=True):
    page = signed_in(chromium, address, user, scripts=scripts)
    return Hand(stack.enter_context(page), scripts=scripts)


def refer_to_the_centre(hand, person):
    hand.open(person.get_absolute_url())
    hand.count = 0
    hand.send(REFER)
    hand.choose("reason", scenes.TORTURE)
    hand.choose("criteria", scenes.CRITERIA[0])
    hand.choose("whereabouts_type", "accommodation_types:shelter_civil")
    hand.choose("contact", "safe_contact_methods:next_outing")
    hand.choose("consent", scenes.GIVEN)
    hand.send(MAIN_ACTION)
    expect(hand.page.locator("#shared")).to_be_visible()
    hand.send(MAIN_ACTION)
    assert hand.count <= 9


def accept_with_a_place(hand):
    hand.open("/referrals/")
    hand.count = 0
    hand.send("main ul.rows a.row-main")
    hand.tap(hand.page.locator("#next label.chip").first)
    hand.send("#next button.button")
    assert hand.count <= 3


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_park_to_the_centre_and_back(chromium, live_server, scripts):
    team = ProgrammeFactory(code="CDMX-MOBILE")
    centre = scenes.centre_of()
    doctor = UserFactory(role="doctor", programme=team)
    coordinator = scenes.coordinator_of(centre)
    person = PatientFactory(by=doctor, given_name="Wideline")
    OutingFactory(by=doctor)
    ConsultationFactory(by=doctor, patient=person)
    slot = scenes.place(coordinator, centre)

    with ExitStack() as stack:
        park = hand_of(stack, chromium, live_server.url, doctor, scripts=scripts)
        office = hand_of(stack, chromium, live_server.url, coordinator, scripts=scripts)

        refer_to_the_centre(park, person)
        referral = Referral.objects.get()
        assert (referral.status, referral.to_programme_id) == ("submitted", centre.pk)

        accept_with_a_place(office)
        referral.refresh_from_db()
        assert referral.status == "appointment_given"
        assert referral.appointment.slot_id == slot.pk

        office.send("form[action$='/arrive/'] button")
        office.choose("outcome", "referral_closure_outcomes:service_ongoing")
        office.page.locator("form[action$='/serve/'] [name=text]").fill("Empezó psicoterapia.")
        office.send("form[action$='/serve/'] button.button")
        referral.refresh_from_db()
        assert referral.status == "feedback_sent"

        park.open("/")
        notice = f"#notices a[href='/referrals/{referral.pk}/']"
        expect(park.page.locator(notice).first).to_be_visible()
        park.send(park.page.locator(notice).first)
        expect(park.page.locator("main")).to_contain_text("Empezó psicoterapia.")


def admit(hand, centre, referral):
    """From the page of the referral: what the sender ticked is ticked already."""
    hand.send(f"a[href='/referrals/{referral.pk}/admit/']")
    for criterion in INCLUSION:
        box = hand.page.locator(f'input[name="criteria"][value="{criterion}"]')
        if not box.is_checked():
            hand.choose("criteria", criterion)
    for role in ("psychologist", "social_worker"):
        hand.choose("decided_by", str(centre.by[role].pk))
    hand.choose("reference_worker", str(centre.by["psychologist"].pk))
    hand.choose("house_rules", "yes")
    hand.send(MAIN_ACTION)


def steps(page):
    """The funnel as the page shows it: how many reached each step."""
    rows = page.locator("table.table").first.locator("tbody tr")
    return [int(rows.nth(i).locator("td a").first.inner_text()) for i in range(rows.count())]


def test_a_stay_with_plan_and_three_disciplines_is_counted_in_the_funnel(chromium, live_server):
    doctor = UserFactory(role="doctor", programme=ProgrammeFactory(code="CDMX-MOBILE"))
    centre = Centre(programme=scenes.centre_of())
    person = PatientFactory(by=doctor, given_name="Wideline")
    referral = scenes.to_centre(doctor, centre.programme, person)
    scenes.place(centre.by["coordinator"], centre.programme)

    with ExitStack() as stack:
        office = hand_of(stack, chromium, live_server.url, centre.by["coordinator"])
        accept_with_a_place(office)
        admit(office, centre, referral)
        referral.refresh_from_db()
        stay = Episode.objects.get(patient=person)
        assert (referral.status, referral.episode_id) == ("arrived", stay.pk)

        centre.goal(stay)
        centre.sign(stay)
        today = OutingFactory(by=centre.by["psychologist"])
        for role in ("psychologist", "social_worker", "doctor"):
            ConsultationFactory(by=centre.by[role], patient=person, outing=today)
        office.open(f"/episodes/{stay.pk}/")
        expect(office.page.locator("main")).to_contain_text("Dormir toda la noche")
        sessions = office.page.locator("table.table tbody tr")
        assert sessions.count() == 3

        office.open(f"/referrals/{referral.pk}/")
        office.choose("outcome", "referral_closure_outcomes:service_ongoing")
        office.page.locator("form[action$='/serve/'] [name=text]").fill("Empezó psicoterapia.")
        office.send("form[action$='/serve/'] button.button")

        park = hand_of(stack, chromium, live_server.url, doctor)
        park.open("/")
        notice = f"#notices a[href='/referrals/{referral.pk}/']"
        expect(park.page.locator(notice).first).to_be_visible()

        manager = hand_of(stack, chromium, live_server.url, UserFactory(role="manager"))
        manager.open("/reports/?period=month&section=referrals")
        assert steps(manager.page) == [1] * 6
