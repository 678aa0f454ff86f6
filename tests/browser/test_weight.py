"""What pages weigh on the wire, with a busy day behind them. 14 kB are one round trip of a new
connection; on 2G every further kilobyte costs a sixth of a second.
"""

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from tests.accounts.factories import PASSWORD
from tests.browser import world
from tests.browser.team import session_of, signed_in
from tests.consultations.factories import ConsultationFactory, OutingFactory
from tests.patients.factories import PatientFactory

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

KB = 1024
PAGE = 14 * KB
FIRST_VISIT, FIRST_REQUESTS = 40 * KB, 8
STATIC = {".css": 9 * KB, ".js": 14 * KB, ".svg": 3 * KB}


def test_every_page_weighs_at_most_14_kb_on_a_busy_day():
    everything = world.build(people=26)
    busy = _seen_often(everything)
    everything.show("doctor", "desk:person", busy.code)
    everything.show("psychologist", "desk:person", busy.code)
    clients = {"": Client()} | {role: _client(user) for role, user in everything.users.items()}
    heavy, heaviest = [], ("", 0)
    for role, address in everything.pages:
        response = clients[role].get(address, headers={"accept-encoding": "gzip"})
        assert response.status_code == 200, f"{role} {address}"
        weight = len(response.content)
        heaviest = max(heaviest, (f"{role} {address}", weight), key=lambda each: each[1])
        if weight > PAGE:
            heavy.append(f"{role} {address}: {weight / KB:.1f} kB")
    assert heaviest[1] > 3 * KB
    assert not heavy, "\n".join(heavy)


def _client(user):
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
    return client


def _seen_often(everything):
    """A person of the centre: 150 consultations over half a year."""
    doctor, psychologist = everything.users["doctor"], everything.users["psychologist"]
    person = PatientFactory(by=doctor, given_name="Wilguens", family_name="Saint-Louis")
    today = doctor.posting.programme.today()
    for number in range(75):
        day = today - dt.timedelta(days=2 + 2 * number)
        past = OutingFactory(by=doctor, on=day)
        for user in (doctor, psychologist):
            ConsultationFactory(
                by=user, patient=person, outing=past, visit_type="follow_up" if number else "first"
            )
    return person


def _file(url):
    name = urlsplit(url).path.removeprefix(settings.STATIC_URL)
    return Path(finders.find(name)).read_bytes()


@pytest.mark.browser
def test_the_first_visit_weighs_at_most_40_kb_in_8_requests(chromium, live_server):
    """Sign-in, then Today. The server compresses pages; files are compressed as they are when
    they are collected for production."""
    everything = world.build(people=26)
    with signed_in(chromium, live_server.url, None) as page:
        sent = []
        page.on("response", lambda answer: sent.append(answer))  # takes no built-in
        page.goto(reverse("accounts:sign_in"))
        page.locator("[name=email]").fill(everything.users["doctor"].email)
        page.locator("[name=password]").fill(PASSWORD)
        with page.expect_navigation(url="**/"):
            page.locator("main form .button").first.tap()
        page.wait_for_load_state("networkidle")
        # Read from the disk: a browser forgets what it received for the page before.
        named = {answer.url for answer in sent if settings.STATIC_URL in answer.url}
        files = {url.partition("#")[0]: _file(url) for url in named}
        documents = [answer for answer in sent if settings.STATIC_URL not in answer.url]
        pages = sum(answer.request.sizes()["responseBodySize"] for answer in documents)
    weights = {address: len(brotli.compress(body)) for address, body in files.items()}
    for ending, bar in STATIC.items():
        assert sum(size for address, size in weights.items() if address.endswith(ending)) <= bar
    # A redirect after signing in carries no body but is a request.
    assert len(documents) + len(files) <= FIRST_REQUESTS, [*files]
    assert pages + sum(weights.values()) <= FIRST_VISIT
