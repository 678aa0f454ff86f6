"""What every discipline asks, keeps, warns of and survives."""

import gzip
import json
from datetime import UTC, datetime

import pytest
from django.http import QueryDict
from django.template import engines
from django.test import override_settings
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultations.forms import FORMS, VitalsForm
from terminology import lists
from terminology.models import Concept
from tests.consultations.samples import FRAME, SITE, child, filled, make_context, payload_of, post

pytestmark = pytest.mark.django_db
PAGE = """{% extends "base_plain.html" %}{% block content %}
<form class="form" method="post" novalidate>{% include "consultations/forms/_form.html" %}</form>
{% endblock %}"""


def draw(form) -> str:
    page = engines["django"].from_string(PAGE)
    with override_settings(ROOT_URLCONF="accounts.urls"):
        return page.render({"form": form, "theme": "auto"})


def problems(form):
    return {(name, error.code) for name, of in form.errors.as_data().items() for error in of}


# -- From payload to post and back ------------------------------------------------------------
@pytest.mark.parametrize("discipline", FORMS)
def test_a_payload_passes_through_the_form_unchanged(discipline):
    form = filled(discipline)

    expected = payload_of(discipline)
    if discipline == "psychology":
        del expected["cgi_i"]  # not at a first visit
    assert form.is_valid(), form.problems
    assert form.payload() == expected


@pytest.mark.parametrize("discipline", FORMS)
def test_the_same_answers_make_the_same_payload(discipline):
    data = post(discipline)
    context = make_context(discipline)
    later = make_context(
        discipline,
        open_problems=["morbidity:uri"],
        last={"diagnosis": [{"concept": "mh_diagnoses:insomnia"}]},
    )

    first, again = FORMS[discipline](data, context=context), FORMS[discipline](data, context=later)
    assert first.is_valid()
    assert again.is_valid()
    assert json.dumps(first.payload()) == json.dumps(again.payload())


def test_text_is_composed_and_trimmed():
    form = filled("medical", advice_plan="  re\u0301poso\r\ny agua\r  ", reason_text="a\u0303")

    assert form.is_valid(), form.problems
    assert form.payload()["advice_plan"] == "réposo\ny agua"
    assert form.payload()["reason_text"] == "ã"


def test_nothing_is_required_but_what_signing_needs():
    for discipline, form_class in FORMS.items():
        form = form_class(QueryDict("visit_type=first"), context=make_context(discipline))

        assert not form.is_valid()
        for name in form.errors:
            assert name in (*form.core, *form.frame)


# -- Consent ------------------------------------------------------------------------------------
def test_under_18_signing_needs_the_giver_of_consent():
    context = make_context("health_promotion", **child(9))

    form = filled("health_promotion", context=context)
    assert not form.is_valid()
    assert ("consent_giver", "required") in problems(form)
    form = filled("health_promotion", context=context, consent_giver="consent_givers:mother_father")
    assert form.is_valid()


def test_a_minor_does_not_consent_as_an_adult():
    context = make_context("health_promotion", **child(9))
    form = filled("health_promotion", context=context, consent_giver="consent_givers:self")

    assert ("consent_giver", "invalid_choice") in problems(form)


@pytest.mark.parametrize(("years", "offered"), [(11, False), (12, True)])
def test_adolescents_consent_on_their_own_behalf_from_twelve(years, offered):
    form = FORMS["srh"](context=make_context("srh", **child(years)))

    keys = dict(form.fields["consent_giver"].choices)
    assert ("consent_givers:self_mature_minor" in keys) is offered


def test_an_emergency_is_no_giver_but_has_a_reason():
    context = make_context("health_promotion", **child(9))
    form = filled(
        "health_promotion",
        context=context,
        treatment_consent="consent_decisions:not_possible",
    )

    assert problems(form) == {("consent_reason", "required")}
    form = filled(
        "health_promotion",
        context=context,
        treatment_consent="consent_decisions:not_possible",
        consent_reason="Llega inconsciente",
    )
    assert form.is_valid()


def test_care_refused_is_confirmed_before_signing():
    form = filled("nursing", treatment_consent="consent_decisions:refused")

    assert form.is_valid()
    assert [field for field, _message in form.warnings()] == ["treatment_consent"]
    assert not form.is_confirmed


def test_a_group_session_is_no_consultation():
    form = filled("nursing", mode="consultation_modes:group")

    assert ("mode", "invalid_choice") in problems(form)


def test_mediation_is_asked_where_an_interpreter_is_needed():
    needed = make_context("nursing", interpreter_needed=True)
    assert ("mediation", "required") in problems(filled("nursing", context=needed, mediation=None))
    assert filled("nursing", mediation=None).is_valid()


def test_the_kind_of_visit_is_suggested_and_doubted():
    first, later = make_context("nursing"), make_context("nursing", first_visit=False)

    assert FORMS["nursing"](context=first).initial["visit_type"] == "first"
    assert FORMS["nursing"](context=later).initial["visit_type"] == "follow_up"
    form = filled("nursing", context=later, visit_type="first")
    assert form.is_valid()
    assert [field for field, _message in form.warnings()] == ["visit_type"]


# -- Late entries -------------------------------------------------------------------------------
def test_a_late_entry_gives_its_reason_and_a_paper_form_its_folio():
    context = make_context("nursing", now=datetime(2025, 11, 24, 18, tzinfo=UTC))

    assert ("late_reason", "required") in problems(filled("nursing", context=context))
    form = filled("nursing", context=context, late_reason="late_entry_reasons:paper_form")
    assert form.is_valid()
    assert [field for field, _message in form.warnings()] == ["paper_folio"]
    form = filled(
        "nursing", context=context, late_reason="late_entry_reasons:workload", paper_folio="A-17"
    )
    assert form.is_valid()
    assert form.payload()["paper_folio"] == "A-17"


def test_three_days_are_not_late():
    context = make_context("nursing", now=datetime(2025, 11, 23, 18, tzinfo=UTC))

    assert "late_reason" not in FORMS["nursing"](context=context).fields


# -- Warnings -----------------------------------------------------------------------------------
def test_a_warning_never_blocks_and_is_confirmed_once():
    form = filled("nursing", temperature="39.7")
    assert form.is_valid()
    assert not form.is_confirmed

    again = filled("nursing", temperature="39.7", confirmed_warnings=form.warning_tokens)
    assert again.is_valid()
    assert again.is_confirmed
    assert again.payload()["vitals"]["confirmed"] == ["temperature"]


def test_another_warning_is_asked_again():
    seen = filled("nursing", temperature="39.7")
    seen.is_valid()

    form = filled(
        "nursing", temperature="34.0", heart_rate="72", confirmed_warnings=seen.warning_tokens
    )
    assert form.is_valid()
    assert not form.is_confirmed


# -- The next appointment -----------------------------------------------------------------------
def test_a_tap_books_the_next_appointment_at_the_same_site():
    form = filled("nursing", follow_up="2025-11-27", follow_up_on="", follow_up_site="")

    assert form.is_valid()
    assert form.payload()["follow_up"] == {"date": "2025-11-27", "site": str(SITE)}


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"follow_up": "2025-11-27", "follow_up_on": "2025-11-28"}, "two"),
        ({"follow_up_on": "2025-11-20"}, "early"),
        ({"follow_up_on": "1899-12-31"}, "early"),
        ({"follow_up_on": "2027-02-28"}, "far"),
        ({"follow_up_on": "2025-02-29"}, "invalid"),
        ({"follow_up_on": "mañana"}, "invalid"),
        ({"follow_up": "2025-11-29"}, "invalid_choice"),
        ({"follow_up_on": "2025-12-01", "follow_up_site": "elsewhere"}, "invalid_choice"),
    ],
)
def test_an_impossible_appointment_is_refused(answers, code):
    form = filled("nursing", **({"follow_up": "", "follow_up_on": ""} | answers))

    assert ("follow_up", code) in problems(form)


def test_no_appointment_is_fine():
    form = filled("nursing", follow_up="", follow_up_on="")

    assert form.is_valid()
    assert "follow_up" not in form.payload()


# -- Codes ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("violence_link", "no"),
        ("violence_link", "risk_screening:concern"),
        ("violence_link", "yes_no_not_asked:maybe"),
        ("pregnancy", "<script>"),
        ("risk", "=1+1"),
        ("diagnosis", "mh_diagnoses:ptsd"),
        ("diagnosis", "morbidity:none_such"),
        ("substances", "substance_use:none_such"),
        ("treatment-0-medicine", "morbidity:uri"),
        ("treatment-0-route", "by post"),
        ("tests-0-result", "rapid_tests:hiv"),
    ],
)
def test_a_code_of_no_list_or_of_another_is_refused_by_its_field(name, value):
    data = post("medical")
    data[name] = value
    form = FORMS["medical"](data, context=make_context())

    assert not form.is_valid()
    assert form.problems
    draw(form)


def test_a_retired_code_is_refused_and_no_longer_copied():
    Concept.objects.filter(pk="accommodation_types:street").update(retired_on="2025-01-01")
    lists.forget()
    try:
        last = {"accommodation": "accommodation_types:street"}
        context = make_context("social_work", last=last, first_visit=False)
        assert not FORMS["social_work"](context=context).initial.get("accommodation")
        form = filled("social_work", accommodation="accommodation_types:street")
        assert ("accommodation", "unknown") in problems(form)
    finally:
        Concept.objects.filter(pk="accommodation_types:street").update(retired_on=None)
        lists.forget()


# -- Drafts and buttons without scripts ------------------------------------------------------------
def test_a_draft_shows_whatever_it_holds_and_complains_of_nothing():
    data = QueryDict(mutable=True)
    data.update(
        {
            "advice_plan": "a medias <b>",
            "temperature": "muy alta",
            "follow_up_on": "1899",
            "treatment-7-dose": "media tableta",
            "treatment-TOTAL_FORMS": "-3",
        }
    )
    html = draw(FORMS["medical"].from_draft(data, make_context()))

    assert "a medias &lt;b&gt;" in html
    assert "muy alta" in html
    assert "media tableta" in html
    assert 'class="errors"' not in html
    assert 'class="error"' not in html


def test_another_button_adds_a_line_and_keeps_what_was_typed():
    data = post("medical", advice_plan="a medias")
    data["treatment-add"] = "1"
    form = FORMS["medical"].reworked(data, make_context())

    assert form is not None
    before = int(data["treatment-TOTAL_FORMS"])
    assert form.lines["treatment"].total_form_count() == before + 1
    html = draw(form)
    assert "a medias" in html
    assert "con alimentos" in html
    assert 'class="error"' not in html


def test_signing_is_no_other_button():
    assert FORMS["medical"].reworked(post("medical"), make_context()) is None


def test_same_as_last_time_copies_a_field_and_rows():
    last = payload_of("medical")
    context = make_context(first_visit=False, last=last)
    data = QueryDict("same_as_last=treatment&advice_plan=hola", mutable=True)

    form = FORMS["medical"].reworked(data, context)
    assert form is not None
    rows = FORMS["medical"](form.data, context=context).rows("treatment")
    assert rows == last["treatment"]
    assert form["advice_plan"].value() == "hola"


def test_same_as_last_time_of_nothing_changes_nothing():
    form = FORMS["medical"].reworked(QueryDict("same_as_last=<x>&exam=hola"), make_context())

    assert form is not None
    assert form["exam"].value() == "hola"


# -- What was said last time -----------------------------------------------------------------------
def test_risk_and_distress_are_shown_beside_and_asked_anew():
    context = make_context("psychology", first_visit=False, last=payload_of("psychology"))
    form = FORMS["psychology"](context=context)

    assert form.last["distress"].text == "7"
    assert form.last["distress"].values is None
    assert "distress" not in form.initial
    assert "risk" not in form.initial
    assert form.initial["symptoms"] == ["mh_symptoms:sleep", "mh_symptoms:sad"]


def test_what_is_asked_at_the_first_visit_is_only_shown_later():
    context = make_context("psychology", first_visit=False, last=payload_of("psychology"))
    form = FORMS["psychology"](context=context)

    assert {"service_explained", "events", "risk_others"} <= set(form.earlier)
    assert not any(form.fields[name].required for name in form.earlier)
    assert "events" not in form.initial
    assert form.last["events"].values == ["precipitating_events:vio_kidnap"]


def test_open_problems_are_copied_and_count_as_known():
    context = make_context(first_visit=False, open_problems=["morbidity:hypertension"])
    form = FORMS["medical"](context=context)
    assert form.initial["diagnosis"] == ["morbidity:hypertension"]

    data = post("medical", context=context, diagnosis=["morbidity:uri", "morbidity:hypertension"])
    data["known"] = form.initial["known"]
    signed = FORMS["medical"](data, context=context)
    assert signed.is_valid(), signed.problems
    novelty = [line["novelty"] for line in signed.payload()["diagnosis"]]
    assert novelty == ["new", "follow_up"]


# -- Weight and words --------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["es", "en", "fr"])
@pytest.mark.parametrize("discipline", FORMS)
def test_a_form_weighs_less_than_one_round_trip(discipline, language):
    rich = {"first_visit": False, "last": payload_of(discipline), "interpreter_needed": True}
    with translation.override(language):
        for changes in ({}, rich, child(4)):
            html = draw(FORMS[discipline](context=make_context(discipline, **changes)))
            # The menu and the head of the person take the rest of the 14 kB.
            assert len(gzip.compress(html.encode(), 6)) < 11_500


@pytest.mark.parametrize("discipline", FORMS)
def test_no_text_of_the_page_is_a_bare_code(discipline):
    html = draw(FORMS[discipline](context=make_context(discipline)))

    assert ">None<" not in html
    assert "__proxy__" not in html
    assert "style=" not in html
    assert "onclick" not in html


# -- Arbitrary input -------------------------------------------------------------------------------
ODD = (
    "", " ", "\0", "a\0b", "=1+1", "<script>alert(1)</script>", "🙂" * 40, "\u202eabc", "e\u0301",
    "x" * 10_000, "-1", "0", "1e400", "NaN", "٣", "2025-02-29", "1899-01-01", "3000-01-01",
    "31/02/2025", "not_asked", "morbidity:uri", "countries:VEN", "yes_no_not_asked:yes",
    "could_not_ask", "10", "999999999999999999999", "9" * 400, str(SITE),
)  # fmt: skip


def names_of(form) -> list[str]:
    rows = [
        f"{name}-{index}-{field}"
        for name, lines in form.lines.items()
        for index in (0, 2)
        for field in lines.empty_form.fields
    ]
    counts = [f"{name}-TOTAL_FORMS" for name in form.lines]
    parts = ["follow_up_on", "follow_up_site", "reason_text", "diagnosis_other", "language_other"]
    return [*form.fields, *rows, *counts, *parts]


@settings(
    deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("discipline", FORMS)
def test_arbitrary_input_gets_an_answer_and_is_kept(discipline, data):
    context = make_context(discipline, **data.draw(st.sampled_from([{}, child(3), child(14)])))
    names = names_of(FORMS[discipline](context=context))
    odd = st.one_of(st.sampled_from(ODD), st.text(max_size=30))
    sent = data.draw(st.dictionaries(st.sampled_from(names), st.lists(odd, min_size=1, max_size=3)))
    query = post(discipline, context=context) if data.draw(st.booleans()) else QueryDict("", True)
    for name, values in sent.items():
        query.setlist(name, values)

    form = FORMS[discipline](query, context=context)
    if form.is_valid():
        json.dumps(form.payload())
        assert "\\u0000" not in json.dumps(form.payload())
    else:
        assert form.problems
        assert all(message for _label, message, _anchor in form.problems)
    html = draw(form)
    assert "<script>alert" not in html
    kept = sent.get("advice_plan", [""])[-1]
    if "advice_plan" in form.fields and kept == "=1+1":
        assert "=1+1" in html
    draw(FORMS[discipline].from_draft(query, context))


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sent=st.dictionaries(
        st.sampled_from(["temperature", "weight", "gcs", "pain", "spo2", "muac", "oedema"]),
        st.sampled_from(ODD),
    )
)
def test_triage_survives_arbitrary_input(sent):
    form = VitalsForm(_query(sent), context=make_context("nursing", **child(2)))

    assert form.is_valid() or form.errors
    if form.is_valid():
        json.dumps(form.payload())


def _query(sent) -> QueryDict:
    query = QueryDict(mutable=True)
    for name, value in sent.items():
        query[name] = value
    return query


def test_frame_is_complete():
    assert set(FRAME) <= set(FORMS["medical"](context=make_context()).frame)
