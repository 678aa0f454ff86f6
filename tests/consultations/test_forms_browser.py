"""A follow-up at the form, on a small phone: few taps, and the same without scripts."""

import os

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from accounts.policy import Discipline
from consultations.models import Consultation
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory, OutingFactory
from tests.consultations.samples import payload_of
from tests.patients.factories import PatientFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# From Today to the form: the person's row, then the discipline.
ON_THE_WAY = 2
ROLES = {
    Discipline.MEDICAL: "doctor",
    Discipline.PSYCHOLOGY: "psychologist",
    Discipline.SOCIAL_WORK: "social_worker",
    Discipline.CULTURAL_MEDIATION: "mediator",
    Discipline.PHYSIOTHERAPY: "physio",
}


class Hand:
    """One thumb: a tap is one interaction, a field typed another."""

    def __init__(self, page) -> None:
        self.page, self.count = page, ON_THE_WAY

    def tap(self, selector, text=None):
        self.count += 1
        place = self.page.locator(selector)
        (place.filter(has_text=text) if text else place).first.click()

    def type(self, selector, text):
        self.count += 1
        self.page.locator(selector).fill(text)

    def choose(self, selector, label):
        self.count += 2  # opens the list, takes a value
        self.page.locator(selector).select_option(label=label)

    def consent(self):
        self.tap("#id_treatment_consent .chip", "Otorgado")

    def again_in_a_week(self):
        self.tap("#id_follow_up_0 .chip >> nth=1")

    def sign(self):
        self.tap("form.form .actions .button >> nth=0")


def medical(hand):
    hand.consent()
    hand.tap("#id_reason_0 .chip", "Faringitis")
    hand.tap("#lines-treatment .last button")
    hand.type("#id_advice_plan", "Reposo y líquidos")
    hand.again_in_a_week()


def psychology(hand):
    hand.consent()
    hand.tap("#id_distress .chip >> nth=4")
    hand.tap("#id_functioning .chip >> nth=6")
    hand.tap("#id_risk .chip", "Sin riesgo")
    hand.type("#id_plan", "Seguir con la respiración")
    hand.again_in_a_week()


def social_work(hand):
    hand.consent()
    hand.choose("#id_needs-0-action", "Acompañamiento")
    hand.tap("#id_safety .chip", "Sin peligro")
    hand.again_in_a_week()


def cultural_mediation(hand):
    hand.consent()
    hand.tap("#id_topic .chip, [data-name=topic] .quick .chip")


def physiotherapy(hand):
    hand.consent()
    hand.tap("#id_pain .chip >> nth=2")
    hand.tap("#id_function .chip >> nth=7")
    hand.again_in_a_week()


DONE = {
    Discipline.MEDICAL: medical,
    Discipline.PSYCHOLOGY: psychology,
    Discipline.SOCIAL_WORK: social_work,
    Discipline.CULTURAL_MEDIATION: cultural_mediation,
    Discipline.PHYSIOTHERAPY: physiotherapy,
}


def known_person(discipline):
    user = UserFactory(role=ROLES[discipline])
    person = PatientFactory(by=user)
    outing = OutingFactory(by=user)
    answers = payload_of(discipline, follow_up=None, risk_action="Se acompañó al hospital")
    if discipline == Discipline.SOCIAL_WORK:
        answers["needs"] = [answers["needs"][0] | {"partner": None}]
        del answers["needs"][0]["partner"], answers["risk_action"]
    if discipline != Discipline.PSYCHOLOGY:
        answers.pop("risk_action", None)
    ConsultationFactory(by=user, patient=person, outing=outing, discipline=discipline, **answers)
    return user, person


def open_form(page, live_server, user, person, discipline):
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(f"/patients/{person.code}/consultations/new/{discipline}/")


@pytest.mark.parametrize("discipline", DONE)
def test_a_follow_up_takes_twelve_interactions_or_fewer(page, live_server, discipline):
    user, person = known_person(discipline)
    open_form(page, live_server, user, person, discipline)
    expect(page.locator("[data-module]")).to_have_count(0)  # every module has run
    look(page, f"{discipline}-follow-up")

    hand = Hand(page)
    DONE[discipline](hand)
    look(page, f"{discipline}-filled")
    hand.sign()

    expect(page).not_to_have_url(f"/{discipline}/")
    look(page, f"{discipline}-signed")
    assert Consultation.objects.filter(patient=person, visit_type="follow_up").count() == 1
    assert hand.count <= 12


@pytest.mark.parametrize("discipline", [Discipline.SOCIAL_WORK, Discipline.MEDICAL])
def test_the_same_follow_up_without_scripts(chromium, live_server, discipline):
    user, person = known_person(discipline)
    context = chromium.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
        locale="es-MX",
    )
    page = context.new_page()
    open_form(page, live_server, user, person, discipline)
    look(page, f"{discipline}-no-script")

    hand = Hand(page)
    DONE[discipline](hand)
    hand.sign()

    assert Consultation.objects.filter(patient=person, visit_type="follow_up").count() == 1
    assert hand.count <= 12
    context.close()


def look(page, name):
    """Screenshots for people, where LOOK names a folder."""
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
