"""What people say stays sealed: a stolen dump and all the logs hold no name, phone or note.

Unmistakable words go in through the pages, some on their way to an error; then they are looked
for in everything that is kept or passed on.
"""

import io
import json
import logging
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from celery.app.task import Task
from django.conf import settings
from django.contrib.messages.storage.base import BaseStorage
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.rows import uuid7
from consultations.models import Consultation, Draft, Outing
from partners.models import Contact
from patients.models import Identity, Patient
from tests.accounts.factories import ProgrammeFactory, UserFactory
from tests.browser.team import session_of
from tests.consultations.factories import OutingFactory, site_of
from tests.partners.factories import OrganisationFactory

pytestmark = pytest.mark.django_db(transaction=True)

PHONES = ("5587654329", "5576543218", "5565432107")
EMAIL = "zqxcorreo@vereda.example"
OUR_LOGGERS = ("accounts", "patients", "consultations", "partners", "terminology", "desk",
               "reports", "referrals", "config")  # fmt: skip


class Canaries:
    """Words that nobody writes by chance, each given out once."""

    def __init__(self):
        self.given = []

    def __call__(self, what):
        word = f"Zqx{what.capitalize()}{len(self.given):02d}wy"
        self.given.append(word)
        return word

    @property
    def words(self):
        return [*self.given, *PHONES, EMAIL]

    def found_in(self, text):
        text = text.casefold()
        return sorted({word for word in self.words if word.casefold() in text})


class Visitor:
    """A signed-in colleague; keeps what travels outside of pages' bodies."""

    def __init__(self, user, seen, **options):
        self.client = Client(raise_request_exception=False, **options)
        self.client.cookies[settings.SESSION_COOKIE_NAME] = session_of(user)
        self.seen = seen

    def _keep(self, response):
        body = b"" if response.streaming else response.content
        titles = re.findall(rb"<title>.*?</title>", body, re.S)
        cookies = [cookie.OutputString() for cookie in response.cookies.values()]
        self.seen += [str(response.headers), *map(bytes.decode, titles), *cookies]
        return response

    def get(self, address, **query):
        return self._keep(self.client.get(address, query))

    def post(self, address, data):
        return self._keep(self.client.post(address, data))


@pytest.fixture
def kept(monkeypatch):
    """Log lines as they are written, our own records unfiltered, messages and tasks."""
    lines, raw, passed = io.StringIO(), io.StringIO(), []
    handlers = [
        handler
        for handler in logging.getLogger().handlers
        if any(type(each).__name__ == "Impersonal" for each in handler.filters)
    ]
    assert handlers, "the handler of the settings"
    for handler in handlers:
        monkeypatch.setattr(handler, "stream", lines)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    monkeypatch.setattr(logging.getLogger("factory"), "level", logging.WARNING)
    plain = logging.StreamHandler(raw)
    for name in OUR_LOGGERS:
        logging.getLogger(name).addHandler(plain)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.DEBUG)
    add, send = BaseStorage.add, Task.apply_async
    monkeypatch.setattr(
        BaseStorage,
        "add",
        lambda self, level, message, *rest, **more: (
            passed.append(str(message)),
            add(self, level, message, *rest, **more),
        )[1],
    )
    monkeypatch.setattr(
        Task,
        "apply_async",
        lambda self, args=None, kwargs=None, **more: (
            passed.append(repr((args, kwargs))),
            send(self, args, kwargs, **more),
        )[1],
    )
    yield lines, raw, passed
    for name in OUR_LOGGERS:
        logging.getLogger(name).removeHandler(plain)


def card(word, **changes):
    return {
        "id": str(uuid7()),
        "consent_data": "consent_decisions:given",
        "giver": "consent_givers:self",
        "method": "verbal_witnessed",
        "witness": word("witness"),
        "given_name": word("given"),
        "family_name": word("family"),
        "nickname_mother": word("mother"),
        "official_name": word("official"),
        "sex": "female",
        "birth_date_0": "31",
        "birth_date_1": "years",
        "nationality": "countries:HTI",
        "language": "languages:hat",
        "interpreter_needed": "yes",
        "phone": PHONES[0],
        "safe_contact": "call",
        "safe_contact_rules": ["code_word"],
        "code_word": word("secret"),
        "allergies": "listed",
        "substances": word("allergy"),
        "status": "person_statuses:active",
        **changes,
    }


def note(word, outing, **changes):
    return {
        "id": str(uuid7()),
        "version": "0",
        "window": "w1",
        "outing": str(outing.pk),
        "visit_type": "first",
        "mode": "consultation_modes:individual",
        "mediation": "mediation_modes:in_person",
        "treatment_consent": "consent_decisions:given",
        "reason": "morbidity:uri",
        "reason_text": word("reason"),
        "exam": word("exam"),
        "history": word("history"),
        "diagnosis": "morbidity:uri",
        "treatment-0-medicine": "medicines:paracetamol_500",
        "treatment-0-dose": "500 mg",
        "treatment-0-route": "oral",
        "treatment-0-frequency": "8h",
        "treatment-0-note": word("regimen"),
        "violence_link": "yes_no_not_asked:not_asked",
        "advice_plan": word("plan"),
        **changes,
    }


def record_everything(word, seen, monkeypatch):
    programme = ProgrammeFactory()
    doctor = UserFactory(role="doctor", programme=programme)
    hand = Visitor(doctor, seen)
    outing = OutingFactory(by=doctor, site=site_of(programme))

    _know_a_person(hand, word)
    patient = Patient.objects.get()
    _take_notes(hand, word, patient, outing)
    _meet_errors(hand, word, patient, outing, monkeypatch, seen)

    closing_form = reverse("consultations:close_outing", args=[outing.pk])
    outing.refresh_from_db()
    answer = hand.post(closing_form, {"version": outing.version, "remarks": word("remarks")})
    assert answer.status_code == 302
    assert Outing.objects.get().state == Outing.State.CLOSED
    _know_a_partner(Visitor(UserFactory(role="coordinator", programme=programme), seen), word)


def _know_a_person(hand, word):
    answers = card(word)
    assert hand.post(reverse("patients:new"), answers).status_code == 302
    hand.post(reverse("patients:search"), {"q": answers["given_name"]})
    hand.post(reverse("patients:search"), {"q": word("nobody")})
    hand.post(reverse("patients:search"), {"q": PHONES[0][-6:]})
    # Somebody alike: shown before saving, then saved as another person would be.
    alike = hand.post(reverse("patients:new"), answers | {"id": str(uuid7())})
    assert alike.status_code == 200
    patient = Patient.objects.get()
    corrected = {
        "version": patient.version,
        "given_name": word("renamed"),
        "family_name": answers["family_name"],
        "birth_date_0": "32",
        "birth_date_1": "years",
    }
    assert (
        hand.post(reverse("patients:identity", args=[patient.code]), corrected).status_code == 302
    )
    patient.refresh_from_db()
    contact = {
        "version": patient.version,
        "phone": PHONES[1],
        "safe_contact": "call",
        "safe_contact_rules": ["code_word"],
        "code_word": word("password"),
    }
    edit = reverse("patients:edit_contact", args=[patient.code])
    assert hand.post(edit, contact).status_code == 302
    hand.get(reverse("desk:person", args=[patient.code]))
    hand.post(reverse("patients:phone", args=[patient.code]), {})
    assert Identity.objects.count() >= 2


def _take_notes(hand, word, patient, outing):
    new = reverse("consultations:new", args=[patient.code, "medical"])
    answers = note(word, outing)
    draft = reverse("consultations:draft", args=[patient.code, "medical"])
    assert hand.post(draft, answers | {"exam": word("autosave")}).status_code == 200
    assert Draft.objects.count() == 1
    signed = hand.post(new, answers | {"version": Draft.objects.get().revision})
    assert signed.status_code == 302, re.findall(r'class="error">.*?</p>', signed.content.decode())
    there = Consultation.objects.get()
    # The same id with other words: both versions on the screen, nothing kept.
    assert hand.post(new, answers | {"exam": word("otherbody")}).status_code == 409
    addendum = {
        "id": str(uuid7()),
        "reason": word("why"),
        "text": word("addendum"),
        "readers": "clinical",
    }
    assert hand.post(reverse("consultations:add", args=[there.pk]), addendum).status_code == 302
    assert there.addenda.count() == 1
    for page in ("note", "print_note"):
        assert hand.get(reverse(f"consultations:{page}", args=[there.pk])).status_code == 200


def _meet_errors(hand, word, patient, outing, monkeypatch, seen):
    new = reverse("consultations:new", args=[patient.code, "medical"])
    with monkeypatch.context() as broken:

        def fail(**known):
            raise RuntimeError(f"not kept: {known}")

        broken.setattr("consultations.services.sign.sign", fail)
        assert hand.post(new, note(word, outing, visit_type="follow_up")).status_code == 500
    with monkeypatch.context() as broken:
        broken.setattr("patients.services.register", lambda card, **_: int(card.names.given_name))
        assert hand.post(reverse("patients:new"), card(word, phone=PHONES[2])).status_code == 500
    invalid = card(word, birth_date_0="999")
    assert hand.post(reverse("patients:new"), invalid).status_code == 400
    assert hand.get(f"/patients/{word('address')}/").status_code == 404
    assert hand.get("/patients/", nonsense=word("query")).status_code in (200, 400)
    manager = Visitor(UserFactory(role="manager"), seen)
    assert manager.post(new, note(word, outing)).status_code == 403
    stranger = Visitor(UserFactory(role="doctor"), seen)
    assert stranger.post(new, note(word, outing)).status_code == 404
    careless = Visitor(UserFactory(role="doctor"), seen, enforce_csrf_checks=True)
    assert careless.post(reverse("patients:new"), card(word)).status_code == 403


def _know_a_partner(hand, word):
    body = OrganisationFactory()
    contact = {
        "id": str(uuid7()),
        "name": word("contact"),
        "function": word("function"),
        "phone": "+52" + PHONES[2],
        "email": EMAIL,
    }
    hand.post(reverse("partners:add_contact", args=[body.code]), contact)
    assert Contact.objects.filter(organisation=body).count() == 1


def test_no_word_of_anybody_is_in_the_database_or_the_logs(kept, monkeypatch):
    lines, raw, passed = kept
    word, seen = Canaries(), []

    record_everything(word, seen, monkeypatch)

    assert len(word.given) >= 60
    assert lines.getvalue(), "the errors were logged"
    assert word.found_in(dump()) == []
    assert word.found_in(lines.getvalue()) == []
    assert word.found_in(raw.getvalue()) == []
    assert word.found_in("\n".join(passed)) == [], "messages or arguments of tasks"
    sessions = [json.dumps(each.get_decoded()) for each in Session.objects.all()]
    assert sessions
    assert word.found_in("\n".join(sessions)) == []
    # The address that somebody typed themselves is theirs; nothing we answer repeats it.
    assert word.found_in("\n".join(seen)) == [], "titles, headers, cookies"


def test_the_dump_would_show_what_is_not_sealed():
    UserFactory(name="Zqxplain99wy")

    assert "Zqxplain99wy" in dump()


def dump():
    """Every column of every table as text, bytes too; of SQLite also the file, as it is stolen."""
    return _sqlite() if connection.vendor == "sqlite" else _postgresql()


def _sqlite():
    path = Path(connection.settings_dict["NAME"])
    with closing(sqlite3.connect(path)) as database:
        text = "\n".join(database.iterdump())
    blobs = [bytes.fromhex(found) for found in re.findall(r"X'([0-9A-F]*)'", text)]
    files = [path, path.with_name(path.name + "-wal")]
    stolen = [each.read_bytes() for each in files if each.exists()]
    return "\n".join([text, *(each.decode("latin-1") for each in blobs + stolen)])


def _postgresql():
    quote = connection.ops.quote_name
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = connection.introspection.get_table_description(cursor, table)
            names = ", ".join(f"{quote(column.name)}::text" for column in columns)
            cursor.execute(f"SELECT {names} FROM {quote(table)}")
            found += [str(value) for row in cursor.fetchall() for value in row if value]
    blobs = (bytes.fromhex(each[2:]) for each in found if re.fullmatch(r"\\x([0-9a-f]{2})+", each))
    return "\n".join([*found, *(each.decode("latin-1") for each in blobs)])
