"""Arbitrary text in the registration form: a clear answer, nothing half-saved, nothing in clear."""

from datetime import date

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.rows import uuid7
from patients import idempotency
from patients.forms import RegistrationForm, SearchForm
from patients.forms.fields import tidy
from patients.models import Identity, Patient
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db

ODD = st.sampled_from(
    [
        "",
        " ",
        "\x00",
        "x" * 10_000,
        "\u202eabc",
        "👩‍👧",
        "Jose\u0301",
        "=1+1",
        "<script>",
        "'; --",
        "٣٤",
    ]
)
TEXT = st.one_of(ODD, st.text(max_size=60))
NUMBER = st.one_of(ODD, st.integers(-5, 3000).map(str))
KEYS = st.one_of(
    ODD,
    st.sampled_from(
        [
            "countries:VEN",
            "countries:XXX",
            "languages:spa",
            "languages:hat",
            "travel_composition:alone",
            "travel_composition:uasc_separated",
            "consent_givers:self",
            "consent_givers:guardian",
            "safe_contact_rules:only_hours",
        ]
    ),
)
FORM = st.fixed_dictionaries(
    {
        "id": st.one_of(ODD, st.uuids().map(str)),
        "consent_data": st.sampled_from(
            ["", "consent_decisions:given", "consent_decisions:refused", "x"]
        ),
        "giver": KEYS,
        "method": st.sampled_from(["", "paper_folio", "verbal", "verbal_witnessed", "x"]),
        "sex": st.sampled_from(["", "female", "sex_unknown", "x"]),
        "interpreter_needed": st.sampled_from(["", "yes", "no", "x"]),
        "safe_contact": st.sampled_from(["", "no_contact", "call", "x"]),
        "safe_contact_rules": st.sampled_from(["", "only_hours", "code_word", "x"]),
        "allergies": st.sampled_from(["", "none", "listed", "x"]),
        **dict.fromkeys(
            ("given_name", "family_name", "nickname_mother", "official_name", "phone",
             "only_hours", "code_word", "substances", "folio", "witness", "reason"),
            TEXT,
        ),
        **dict.fromkeys(
            ("birth_date_0", "birth_date_3", "birth_date_4", "birth_date_5"), NUMBER
        ),
        **dict.fromkeys(
            ("nationality", "language", "travel_composition", "profile", "migration_status",
             "gender_identity", "second_nationality", "vulnerabilities", "care_preferences",
             "status", "nationality_other", "language_other"),
            KEYS,
        ),
    }
)  # fmt: skip
RUNS = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def query(said):
    data = QueryDict(mutable=True)
    for name, value in said.items():
        data[name] = value
    return data


@RUNS
@given(said=FORM)
def test_whatever_is_sent_the_form_answers_or_gives_a_whole_card(doctor, said):
    form = RegistrationForm(query(said), user=doctor)
    if not form.is_valid():
        assert form.errors
        return
    card = form.card()
    assert 0 <= (timezone.localdate() - card.birth.date).days <= 111 * 366
    if card.consent.given:
        assert card.names.given_name
    else:
        assert not card.names.full
        assert not card.phone


@settings(RUNS, max_examples=25)
@given(said=FORM)
def test_the_page_answers_with_a_4xx_or_saves_everything(said, doctor, as_user):
    before = Patient.objects.count()
    response = as_user(doctor).post(reverse("patients:new"), query(said).dict())
    assert response.status_code in (200, 302, 400, 404, 409)
    saved = Patient.objects.count() - before
    assert saved == (response.status_code == 302)
    assert Identity.objects.filter(superseded_at=None).count() == Patient.objects.count()


@RUNS
@given(q=TEXT, year=NUMBER)
def test_the_search_takes_any_text(q, year):
    form = SearchForm({"q": q, "year": year})
    assert form.is_valid() or form.errors


@given(st.text(max_size=200))
def test_tidy_text_is_tidy(text):
    once = tidy(text)
    assert tidy(once) == once
    assert "\u202e" not in once
    assert "  " not in once


@given(st.dictionaries(st.text(max_size=10), st.lists(st.text(max_size=10), max_size=3)))
def test_a_payload_is_the_same_bytes_for_the_same_answers(answers):
    assert idempotency.payload(answers) == idempotency.payload(
        dict(reversed(list(answers.items())))
    )


def test_a_payload_tells_answers_apart_but_not_the_envelope():
    said = {"given_name": ["Ana"], "csrfmiddlewaretoken": ["1"], "then": ["consult"]}
    assert idempotency.payload(said) == idempotency.payload({"given_name": ["Ana"]})
    assert idempotency.payload(said) != idempotency.payload({"given_name": ["Eva"]})


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2000, 2, 29)])
def test_a_leap_day_is_a_birthday(doctor, day):
    said = {
        "id": str(uuid7()),
        "consent_data": "consent_decisions:given",
        "giver": "consent_givers:guardian" if day.year > 2010 else "consent_givers:self",
        "method": "signature",
        "given_name": "Luz",
        "sex": "female",
        "birth_date_3": "29",
        "birth_date_4": "2",
        "birth_date_5": str(day.year),
        "nationality": "countries:VEN",
        "language": "languages:spa",
        "interpreter_needed": "no",
        "travel_composition": "travel_composition:family_children",
        "safe_contact": "no_contact",
    }
    form = RegistrationForm(query(said), user=doctor)
    assert form.is_valid(), form.errors
    assert form.card().birth.date == day


def test_only_what_the_user_may_read_again_is_offered(programme):
    offered = {
        role: {
            key.rpartition(":")[2]
            for key, _label in RegistrationForm(user=UserFactory(role=role, programme=programme))
            .fields["vulnerabilities"]
            .choices
        }
        for role in ("doctor", "mediator")
    }
    assert "survivor_torture" in offered["doctor"]
    assert "survivor_torture" not in offered["mediator"]
    assert "child_under5" not in offered["doctor"]
