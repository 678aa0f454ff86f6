"""A doctor in a park and a coordinator at the centre, side by side, by touch and in Spanish."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from referrals.models import Referral
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.browser.team import Hand, signed_in
from tests.consultations.factories import ConsultationFactory, OutingFactory
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
