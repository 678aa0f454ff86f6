"""Every page of people by the test client: permissions, scope, events, statements, weight."""

import gzip
import re

import pytest
from django.urls import reverse

from accounts.models import AccessEvent
from accounts.rows import uuid7
from patients import codes, queries, services
from patients.card import ConsentAnswer
from patients.models import Consent, LookAlike, Patient
from tests.accounts.factories import UserFactory
from tests.partners.factories import OrganisationFactory
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIXED = 9  # session, user, postings, access log, transaction control
BAR = 12


@pytest.fixture
def doctor():
    return UserFactory(role="doctor")


@pytest.fixture
def programme(doctor):
    return doctor.posting.programme


@pytest.fixture
def client(as_user, doctor):
    return as_user(doctor)


@pytest.fixture
def patient(doctor):
    return PatientFactory(
        by=doctor,
        given_name="Marisela",
        family_name="Otamendi",
        phone="+525512345678",
        contact_rules={"code_word": "colibrí", "no_voicemail": ""},
        allergy=("listed", "penicilina"),
    )


PAGES = (
    "edit identity allergies preferences history contact edit_contact consents vulnerabilities"
    " family new_family_member seen_by"
).split()


def answers(**changed):
    """A registration form as a browser sends it."""
    return {
        "id": str(uuid7()),
        "consent_data": "consent_decisions:given",
        "giver": "consent_givers:self",
        "method": "paper_folio",
        "given_name": "Zulema",
        "family_name": "Arrechedera",
        "sex": "female",
        "birth_date_0": "31",
        "birth_date_1": "years",
        "nationality": "countries:HTI",
        "language": "languages:hat",
        "interpreter_needed": "yes",
        "safe_contact": "no_contact",
        "status": "person_statuses:active",
        **changed,
    }


def post(client, **changed):
    return client.post(reverse("patients:new"), answers(**changed))


class TestEveryPage:
    @pytest.mark.parametrize("name", PAGES)
    def test_it_opens_within_the_scope_and_logs_one_event(self, client, doctor, patient, name):
        before = AccessEvent.objects.count()
        response = client.get(reverse(f"patients:{name}", args=[patient.code]))

        assert response.status_code == 200, response.content
        assert AccessEvent.objects.count() == before + 1
        event = AccessEvent.objects.last()
        assert (event.subject, event.actor) == (patient.code, doctor)

    @pytest.mark.parametrize("name", PAGES)
    def test_it_does_not_exist_for_others(self, as_user, patient, name):
        url = reverse(f"patients:{name}", args=[patient.code])
        before = AccessEvent.objects.count()

        assert as_user(UserFactory(role="doctor")).get(url).status_code == 404
        for role in ("manager", "dpo", "administrator"):
            assert as_user(UserFactory(role=role)).get(url).status_code == 403
        assert AccessEvent.objects.filter(pk__gt=before, subject=patient.code).count() == 0

    @pytest.mark.parametrize("name", [*PAGES, "phone", "hide"])
    def test_nothing_is_changed_from_outside(self, as_user, patient, name):
        url = reverse(f"patients:{name}", args=[patient.code])
        assert as_user(UserFactory(role="doctor")).post(url, {}).status_code in (404, 405)
        assert as_user(UserFactory(role="dpo")).post(url, {}).status_code == 403

    @pytest.mark.parametrize("name", PAGES)
    def test_it_is_light_and_asks_little(
        self, client, patient, name, django_assert_max_num_queries
    ):
        url = reverse(f"patients:{name}", args=[patient.code])
        client.get(url)
        with django_assert_max_num_queries(FIXED + BAR):
            response = client.get(url)
        assert len(gzip.compress(response.content, 6)) <= 14 * 1024

    @pytest.mark.parametrize("name", PAGES)
    def test_the_title_names_nobody(self, client, patient, name):
        page = client.get(reverse(f"patients:{name}", args=[patient.code])).content.decode()
        title = re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
        assert "Marisela" not in title
        assert patient.code not in title

    def test_the_person_page_stands_with_its_parts(self, client, patient):
        page = client.get(patient.get_absolute_url()).content.decode()
        assert "Marisela" in page
        assert "penicilina" in page


class TestList:
    def test_it_shows_the_people_of_the_scope_as_one_disclosure(self, client, doctor, patient):
        other = PatientFactory(given_name="Nadie")
        page = client.get(reverse("patients:list")).content.decode()

        assert "Marisela" in page
        assert "Nadie" not in page
        assert other.code not in page
        event = AccessEvent.objects.last()
        assert (event.action, event.subject) == ("people.listed", patient.code)

    def test_its_statements_do_not_grow(self, client, doctor, django_assert_max_num_queries):
        for count in (1, 50):
            while Patient.objects.count() < count:
                PatientFactory(by=doctor)
            client.get(reverse("patients:list"))
            with django_assert_max_num_queries(FIXED + 4):
                response = client.get(reverse("patients:list"))
            assert len(gzip.compress(response.content, 6)) <= 14 * 1024
        assert "page=2" in response.content.decode()
        assert len(response.context["rows"]) == 25
        assert len(client.get(reverse("patients:list"), {"page": "2"}).context["rows"]) == 25

    @pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "²", "\x00"])
    def test_an_odd_page_number_is_the_first_or_the_last(self, client, patient, page):
        assert client.get(reverse("patients:list"), {"page": page}).status_code == 200

    def test_nobody_registered_says_what_to_do(self, client):
        page = client.get(reverse("patients:list"))
        assert page.status_code == 200
        assert not AccessEvent.objects.filter(action="people.listed").exists()

    def test_only_those_who_meet_people_see_it(self, as_user):
        for role in ("manager", "dpo", "administrator"):
            assert as_user(UserFactory(role=role)).get(reverse("patients:list")).status_code == 403


class TestSearch:
    def search(self, client, q, year=""):
        return client.post(reverse("patients:search"), {"q": q, "year": year})

    def test_it_answers_by_post_with_the_reason_and_one_event(self, client, patient):
        response = self.search(client, "Marisella Otamendi")
        assert response.context["rows"][0]["patient"] == patient
        event = AccessEvent.objects.last()
        assert (event.action, event.subject) == ("people.searched", patient.code)

    def test_what_was_typed_never_stands_in_an_address(self, client, patient):
        response = client.get(reverse("patients:search"), {"q": "Marisela"})
        assert response.status_code == 302
        assert "Marisela" not in response["Location"]

    def test_a_code_leads_straight_to_the_record(self, client, patient):
        response = self.search(client, codes.display(patient.code).lower())
        assert response["Location"] == patient.get_absolute_url()

    def test_a_card_opens_the_record_of_another_programme(self, as_user, patient):
        stranger = UserFactory(role="nurse")
        client = as_user(stranger)
        assert client.get(patient.get_absolute_url()).status_code == 404
        response = self.search(client, patient.code)
        assert response["Location"] == patient.get_absolute_url()
        assert client.get(patient.get_absolute_url()).status_code == 200
        assert AccessEvent.objects.filter(action="person.opened_by_card").count() == 1

    def test_an_unknown_code_says_so(self, client):
        response = self.search(client, codes.new_code())
        assert response.status_code == 404
        assert response.context["form"].errors

    def test_nobody_found_offers_to_register_with_the_text(self, client):
        page = self.search(client, "Zulema Arrechedera").content.decode()
        assert 'value="Zulema Arrechedera"' in page
        response = client.post(
            reverse("patients:new"), {"start": "1", "q": "Zulema Arrechedera", "year": ""}
        )
        form = response.context["form"]
        assert form["given_name"].value() == "Zulema"
        assert form["family_name"].value() == "Arrechedera"
        assert not form.is_bound

    @pytest.mark.parametrize(
        ("q", "year"),
        [("", ""), ("x" * 500, ""), ("Ana\x00", ""), ("Ana", "94"), ("Ana", "x"), ("%&/", "")],
    )
    def test_bad_questions_are_named_and_kept(self, client, q, year):
        response = self.search(client, q, year)
        assert response.status_code == 400
        assert response.context["form"].errors
        assert response.context["form"]["year"].value() == year

    def test_a_hidden_person_opens_by_a_button_that_logs(self, as_user, doctor, programme, patient):
        services.hide(patient, by=doctor)
        colleague = UserFactory(role="nurse", programme=programme)
        client = as_user(colleague)
        response = self.search(client, "Marisela Otamendi", str(patient.birth_year))
        [row] = response.context["rows"]
        assert row["hidden"]
        assert AccessEvent.objects.filter(action="people.searched_hidden").count() == 1
        assert client.get(patient.get_absolute_url()).status_code == 404

        opened = client.post(reverse("patients:open_by_code", args=[patient.code]))
        assert opened["Location"] == patient.get_absolute_url()
        assert client.get(patient.get_absolute_url()).status_code == 200
        assert AccessEvent.objects.filter(action="person.opened_hidden").count() == 1

    def test_its_statements_do_not_grow(self, client, doctor, django_assert_max_num_queries):
        for count in (1, 30):
            while Patient.objects.count() < count:
                PatientFactory(by=doctor, given_name="Ana", family_name="López")
            with django_assert_max_num_queries(FIXED + 6):
                assert self.search(client, "Ana López").status_code == 200


class TestRegistration:
    def test_the_empty_form_is_light(self, client, django_assert_max_num_queries):
        client.get(reverse("patients:new"))
        with django_assert_max_num_queries(FIXED):
            response = client.get(reverse("patients:new"))
        assert len(gzip.compress(response.content, 6)) <= 14 * 1024

    def test_it_registers_and_opens_the_consultation(self, client, doctor):
        response = post(client, then="consult")
        patient = Patient.objects.get()
        assert response["Location"] == reverse(
            "consultations:new", args=[patient.code, doctor.discipline]
        )
        assert patient.nationality_id == "countries:HTI"
        assert queries.find_people(doctor, queries.asked("Zulema"))

    def test_it_leads_to_the_record_where_no_consultation_was_asked(self, client):
        response = post(client, then="record")
        assert response["Location"] == Patient.objects.get().get_absolute_url()

    def test_sent_twice_it_makes_one_person(self, client):
        body = answers()
        first = client.post(reverse("patients:new"), body)
        again = client.post(reverse("patients:new"), body)
        assert first["Location"] == again["Location"]
        assert Patient.objects.count() == 1

    def test_the_same_id_with_other_answers_shows_both_versions(self, client):
        body = answers()
        client.post(reverse("patients:new"), body)
        response = client.post(reverse("patients:new"), body | {"given_name": "Yolanda"})
        page = response.content.decode()
        assert response.status_code == 409
        assert "Zulema" in page
        assert "Yolanda" in page
        assert Patient.objects.count() == 1

    def test_the_id_of_another_author_is_not_found(self, client, as_user, programme):
        body = answers()
        client.post(reverse("patients:new"), body)
        colleague = as_user(UserFactory(role="nurse", programme=programme))
        other = body | {"given_name": "Yolanda", "family_name": "Brito", "birth_date_0": "60"}
        assert colleague.post(reverse("patients:new"), other).status_code == 404

    def test_possible_duplicates_are_shown_before_saving(self, client, patient):
        body = answers(
            given_name="Maricela",
            family_name="Otamendi",
            nationality="countries:VEN",
            birth_date_0="34",
        )
        response = client.post(reverse("patients:new"), body)
        assert [row["patient"] for row in response.context["alike"]] == [patient]
        assert Patient.objects.count() == 1
        assert AccessEvent.objects.filter(action="people.duplicates_shown").count() == 1

        settled = client.post(reverse("patients:new"), body | {"another_person": patient.code})
        assert settled.status_code == 302
        assert Patient.objects.count() == 2
        assert LookAlike.objects.get().earlier == patient

    def test_another_programmes_people_are_no_duplicates(self, as_user, patient):
        other = as_user(UserFactory(role="doctor"))
        response = post(
            other, given_name="Marisela", family_name="Otamendi", birth_date_0="34",
            nationality="countries:VEN",
        )  # fmt: skip
        assert response.status_code == 302

    def test_refused_consent_keeps_no_name(self, client, doctor):
        response = post(
            client, consent_data="consent_decisions:refused", phone="55 1234 5678", safe_contact="call"
        )  # fmt: skip
        assert response.status_code == 302
        patient = Patient.objects.get()
        assert patient.is_pseudonymous
        assert queries.current_identity(patient).given_name is None

    def test_a_woman_alone_is_computed(self, client):
        post(client, travel_composition="travel_composition:alone")
        patient = Patient.objects.get()
        assert patient.travel_composition_id == "travel_composition:woman_alone"
        criteria = patient.vulnerabilities.values_list("criterion", flat=True)
        assert "vulnerability_criteria:woman_alone" in criteria

    @pytest.mark.parametrize(
        ("sex", "gender", "travel"),
        [
            ("female", "", "woman_alone"),
            ("male", "sex_gender:trans_woman", "woman_alone"),
            ("female", "sex_gender:trans_man", "alone"),
            ("female", "sex_gender:gender_declined", "woman_alone"),
            ("male", "", "alone"),
        ],
    )
    def test_who_is_a_woman_is_as_she_says(self, client, sex, gender, travel):
        post(
            client,
            sex=sex,
            gender_identity=gender,
            travel_composition="travel_composition:alone",
        )
        assert Patient.objects.get().travel_composition_id == f"travel_composition:{travel}"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"consent_data": ""}, "consent_data"),
            ({"given_name": ""}, "given_name"),
            ({"given_name": "123"}, "given_name"),
            ({"given_name": "💊"}, "given_name"),
            ({"given_name": "Ana\x00"}, "given_name"),
            ({"given_name": "x" * 10_000}, "given_name"),
            ({"sex": ""}, "sex"),
            ({"sex": "woman"}, "sex"),
            ({"birth_date_0": ""}, "birth_date"),
            ({"birth_date_0": "111"}, "birth_date"),
            ({"birth_date_0": "-1"}, "birth_date"),
            ({"birth_date_0": "x"}, "birth_date"),
            ({"birth_date_0": "", "birth_date_5": "2999"}, "birth_date"),
            ({"birth_date_0": "", "birth_date_5": "1899"}, "birth_date"),
            (
                {
                    "birth_date_0": "",
                    "birth_date_3": "29",
                    "birth_date_4": "2",
                    "birth_date_5": "2001",
                },
                "birth_date",
            ),
            ({"nationality": "countries:XYZ"}, "nationality"),
            ({"nationality": ""}, "nationality"),
            ({"nationality": "languages:spa"}, "nationality"),
            ({"language": "countries:HTI"}, "language"),
            ({"interpreter_needed": ""}, "interpreter_needed"),
            ({"birth_date_0": "12"}, "giver"),
            ({"birth_date_0": "12", "giver": "consent_givers:guardian"}, "travel_composition"),
            ({"giver": "consent_givers:nna_no_adult_assent"}, "giver"),
            ({"travel_composition": "travel_composition:uasc_separated"}, "travel_composition"),
            ({"travel_composition": "travel_composition:woman_alone"}, "travel_composition"),
            ({"phone": "12"}, "phone"),
            ({"phone": "55 1234 5678", "safe_contact": []}, "safe_contact"),
            ({"safe_contact": "call"}, "phone"),
            ({"safe_contact": ["no_contact", "call"], "phone": "55 1234 5678"}, "safe_contact"),
            ({"safe_contact_rules": "only_hours"}, "only_hours"),
            ({"safe_contact_rules": "only_language"}, "only_language"),
            ({"safe_contact_rules": "code_word"}, "code_word"),
            (
                {
                    "phone": "55 1234 5678",
                    "safe_contact": "sms_neutral",
                    "safe_contact_rules": "phone_watched",
                },
                "safe_contact",
            ),
            ({"method": "verbal"}, "method"),
            ({"method": "verbal_witnessed"}, "witness"),
            ({"consent_data": "consent_decisions:not_possible"}, "reason"),
            ({"consent_data": "consent_decisions:expired"}, "consent_data"),
            ({"allergies": "listed"}, "substances"),
            ({"vulnerabilities": "vulnerability_criteria:child_under5"}, "vulnerabilities"),
            ({"id": "not-an-id"}, "id"),
        ],
    )
    def test_what_is_wrong_is_named_and_kept(self, client, changed, field):
        response = post(client, **changed)
        assert response.status_code == 400
        form = response.context["form"]
        assert field in form.errors, form.errors
        assert form["family_name"].value() == "Arrechedera"
        assert not Patient.objects.exists()

    def test_the_usual_language_is_suggested_to_be_confirmed(self, client):
        response = post(client, language="")
        form = response.context["form"]
        assert response.status_code == 400
        assert form["language"].value().keys == ("languages:hat",)

    def test_names_are_stored_composed_and_without_direction_signs(self, client, doctor):
        post(client, given_name="  Jose\u0301 \u202e  Mari\u0301a ", family_name="")
        patient = Patient.objects.get()
        found = queries.find_people(doctor, queries.asked("José María"))
        assert [each.patient for each in found] == [patient]

    @pytest.mark.parametrize(
        "name",
        ["فاطمة الزهراء", "李小龙", "<script>alert(1)</script>", "=SUM(A1)", "O’Brien-Ñúñez"],
    )
    def test_every_script_is_taken_and_nothing_is_executed(self, client, name):
        response = post(client, given_name=name, family_name="")
        assert response.status_code == 302
        page = client.get(response["Location"]).content.decode()
        assert "<script>alert" not in page

    def test_a_coordinator_registers_without_a_consultation(self, as_user, programme):
        coordinator = as_user(UserFactory(role="coordinator", programme=programme))
        response = post(coordinator, then="consult")
        assert response["Location"] == Patient.objects.get().get_absolute_url()


class TestFamilyMember:
    def test_a_child_takes_five_answers(self, client, doctor):
        mother = PatientFactory(
            by=doctor, family_name="Otamendi", language="hat", nationality="HTI"
        )
        url = reverse("patients:new_family_member", args=[mother.code])
        form = client.get(url).context["form"]
        sent = {
            name: form[name].value() for name in ("id", "family_name", "nationality", "language")
        }
        assert sent["family_name"] == "Otamendi"
        response = client.post(
            url,
            {
                **sent,
                "interpreter_needed": "no",
                "travel_composition": form["travel_composition"].value(),
                "method": "paper_folio",
                # The five of a colleague:
                "consent_data": "consent_decisions:given",
                "relation": "family_relations:child",
                "given_name": "Luz",
                "sex": "female",
                "birth_date_0": "4",
                "birth_date_1": "years",
            },
        )
        assert response.status_code == 302, response.context["form"].errors
        child = Patient.objects.exclude(pk=mother.pk).get()
        assert child.language_id == "languages:hat"
        assert child.consents.get().giver_id == "consent_givers:mother_father"
        [relative] = queries.relatives(mother, doctor)
        assert (relative.patient, relative.relation) == (child, "family_relations:child")

    def test_consent_is_asked_for_each_person(self, client, patient):
        url = reverse("patients:new_family_member", args=[patient.code])
        response = client.post(url, {"id": str(uuid7()), "given_name": "Luz"})
        assert response.status_code == 400
        assert "consent_data" in response.context["form"].errors


class TestContact:
    def test_the_rules_stand_before_the_number(self, client, patient):
        page = client.get(reverse("patients:contact", args=[patient.code])).content.decode()
        assert "colibrí" in page
        assert "1234 5678" not in page

    def test_the_number_is_an_event_of_its_own(self, client, doctor, patient):
        response = client.post(reverse("patients:phone", args=[patient.code]))
        page = response.content.decode()
        assert "+52 55 1234 5678" in page
        assert page.index("colibrí") < page.index("+52 55 1234 5678")
        event = AccessEvent.objects.last()
        assert (event.action, event.subject) == ("person.phone_shown", patient.code)

    def test_it_is_changed(self, client, doctor, patient):
        url = reverse("patients:edit_contact", args=[patient.code])
        body = {"version": 1, "phone": "55 8765 4321", "safe_contact": ["call", "whatsapp_neutral"]}
        assert client.post(url, body).status_code == 302
        assert queries.find_people(doctor, queries.asked("4321"))
        assert client.post(url, body).status_code == 409

    def test_a_record_without_name_has_no_number(self, client, doctor):
        patient = PatientFactory(by=doctor, consent="refused")
        url = reverse("patients:edit_contact", args=[patient.code])
        assert client.get(url).status_code == 302


class TestChanges:
    def edit(self, client, patient, **changed):
        body = {
            "version": patient.version,
            "sex": "female",
            "nationality": "countries:VEN",
            "language": "languages:spa",
            "interpreter_needed": "no",
            "status": "person_statuses:active",
            "source": "person",
            "giver": "consent_givers:self",
            **changed,
        }
        return client.post(reverse("patients:edit", args=[patient.code]), body)

    def test_the_record_is_changed(self, client, patient):
        response = self.edit(client, patient, language="languages:hat")
        assert response.status_code == 302
        patient.refresh_from_db()
        assert patient.language_id == "languages:hat"

    def test_the_second_to_save_sees_both_versions_and_loses_nothing(self, client, patient):
        self.edit(client, patient, nationality="countries:COL")
        response = self.edit(client, patient, nationality="countries:HND")
        assert response.status_code == 409
        differences = {d.label: (d.yours, d.theirs) for d in response.context["differences"]}
        assert ("Honduras", "Colombia") in differences.values()
        form = response.context["form"]
        assert form["version"].value() == 2
        patient.refresh_from_db()
        assert patient.nationality_id == "countries:COL"

        assert self.edit(client, patient, nationality="countries:HND").status_code == 302

    def test_what_a_role_may_not_read_is_neither_shown_nor_changed(
        self, as_user, doctor, programme
    ):
        patient = PatientFactory(by=doctor, profile="stranded", migration_status="irregular")
        mediator = as_user(UserFactory(role="mediator", programme=programme))
        page = mediator.get(reverse("patients:edit", args=[patient.code]))
        assert "profile" not in page.context["form"].fields
        self.edit(mediator, patient, language="languages:eng", profile="migration_profile:unknown")
        patient.refresh_from_db()
        assert patient.language_id == "languages:eng"
        assert patient.profile_id == "migration_profile:stranded"

    def test_names_are_corrected_with_both_versions_in_a_conflict(self, client, doctor, patient):
        url = reverse("patients:identity", args=[patient.code])
        body = {"version": 1, "given_name": "Zulema", "birth_date_5": "1990"}
        assert client.post(url, body).status_code == 302
        response = client.post(url, body | {"given_name": "Yolanda"})
        assert response.status_code == 409
        page = response.content.decode()
        assert "Zulema" in page
        assert "Yolanda" in page
        assert patient.identities.count() == 2

    @pytest.mark.parametrize(
        "body", [{}, {"given_name": "Ana"}, {"given_name": "", "birth_date_0": "5"}]
    )
    def test_an_incomplete_correction_is_named(self, client, patient, body):
        url = reverse("patients:identity", args=[patient.code])
        response = client.post(url, {"version": 1, **body})
        assert response.status_code == 400
        assert patient.identities.count() == 1

    def test_allergies_are_answered(self, client, doctor, patient):
        url = reverse("patients:allergies", args=[patient.code])
        assert client.post(url, {"allergies": "listed"}).status_code == 400
        assert client.post(url, {"allergies": "none"}).status_code == 302
        [row] = queries.allergies(patient, doctor)
        assert row.state == "none"

    def test_preferences_are_for_the_treating_team(self, client, as_user, programme, patient):
        url = reverse("patients:preferences", args=[patient.code])
        other = PatientFactory(by=UserFactory(role="doctor"))
        body = {"version": 1, "care_preferences": "staff_woman"}
        assert client.post(url, body | {"not_same_day": other.code}).status_code == 400
        assert client.post(url, body).status_code == 302
        page = client.get(url)
        assert page.context["form"].initial["care_preferences"] == ["staff_woman"]
        coordinator = as_user(UserFactory(role="coordinator", programme=programme))
        assert coordinator.get(url).status_code == 403

    def test_hiding_and_showing_again(self, client, patient):
        url = reverse("patients:hide", args=[patient.code])
        client.post(url, {"hidden": "yes"})
        patient.refresh_from_db()
        assert patient.hidden
        client.post(url, {"hidden": "no"})
        patient.refresh_from_db()
        assert not patient.hidden

    def test_a_family_link_needs_a_whole_code_within_the_scope(self, client, doctor, patient):
        url = reverse("patients:family", args=[patient.code])
        stranger = PatientFactory()
        relation = "family_relations:partner"
        for code in (stranger.code, patient.code, "ABC", ""):
            assert client.post(url, {"code": code, "relation": relation}).status_code == 400
        other = PatientFactory(by=doctor, given_name="Efraín")
        assert client.post(url, {"code": other.code, "relation": relation}).status_code == 302
        page = client.get(url)
        assert "Efraín" in page.content.decode()
        link = page.context["relatives"][0].link
        client.post(reverse("patients:unlink", args=[patient.code, link.pk]))
        assert queries.relatives(patient, doctor) == []

    def test_a_vulnerability_is_added_and_ended(self, client, patient):
        url = reverse("patients:vulnerabilities", args=[patient.code])
        assert client.post(url, {"criterion": "x"}).status_code == 400
        client.post(url, {"criterion": "vulnerability_criteria:statelessness"})
        row = patient.vulnerabilities.get()
        client.post(reverse("patients:end_vulnerability", args=[patient.code, row.pk]))
        row.refresh_from_db()
        assert row.until is not None

    def test_one_cannot_end_what_one_may_not_read(self, as_user, doctor, programme, patient):
        row = services.add_vulnerability(
            patient, "vulnerability_criteria:survivor_torture", by=doctor
        )
        nurse = as_user(UserFactory(role="nurse", programme=programme))
        url = reverse("patients:end_vulnerability", args=[patient.code, row.pk])
        assert nurse.post(url).status_code == 404

    def test_the_protection_task_closes_with_what_was_decided(self, client, doctor):
        child = PatientFactory(by=doctor, age=15, travel_composition="uasc_unaccompanied")
        task = child.protection_tasks.get()
        url = reverse("patients:close_task", args=[child.code, task.pk])
        assert client.post(url, {"outcome": ""}).status_code == 400
        assert (
            client.post(url, {"outcome": "Aunt found; two colleagues agreed."}).status_code == 302
        )
        task.refresh_from_db()
        assert task.closed_by == doctor


class TestConsents:
    def answer(self, client, patient, type="contact", **changed):
        body = {
            "id": str(uuid7()),
            "decision": "consent_decisions:given",
            "giver": "consent_givers:self",
            "method": "verbal",
            "language": "languages:spa",
            **changed,
        }
        url = reverse("patients:new_consent", args=[patient.code, type])
        return client.post(url, body), body, url

    def test_an_answer_is_recorded_and_listed(self, client, patient):
        response, _body, _url = self.answer(client, patient)
        assert response.status_code == 302
        page = client.get(response["Location"]).content.decode()
        assert "Otorgado" in page

    def test_the_text_is_there_in_five_languages(self, client, patient):
        url = reverse("patients:new_consent", args=[patient.code, "contact"])
        page = client.get(url).content.decode()
        for tag in ("es", "en", "fr", "ht", "pt"):
            assert f'lang="{tag}"' in page

    def test_withdrawing_makes_the_record_pseudonymous(self, client, doctor, patient):
        response, _body, _url = self.answer(
            client, patient, "data_processing", decision="consent_decisions:withdrawn"
        )
        assert response.status_code == 302
        assert queries.find_people(doctor, queries.asked("Marisela")) == []
        assert "Marisela" not in client.get(patient.get_absolute_url()).content.decode()

    def test_sharing_names_the_partner(self, client, patient):
        response, _body, _url = self.answer(client, patient, "sharing_partner", method="signature")
        assert response.status_code == 400
        partner = OrganisationFactory()
        response, _body, _url = self.answer(
            client,
            patient,
            "sharing_partner",
            method="signature",
            partner=str(partner.pk),
            purpose="a bed for the night",
        )
        assert response.status_code == 302
        assert Consent.objects.latest("decided_at").partner == partner

    @pytest.mark.parametrize(
        ("type", "changed", "field"),
        [
            ("photo", {"method": "verbal"}, "method"),
            ("sharing_partner", {"method": "signature"}, "purpose"),
            ("sharing_partner", {"method": "verbal_witnessed"}, "witness"),
            ("contact", {"decision": "consent_decisions:not_possible"}, "reason"),
            ("contact", {"giver": "consent_givers:accompanying_adult"}, "giver"),
            ("contact", {"language": "xx"}, "language"),
            ("contact", {"decision": ""}, "decision"),
        ],
    )
    def test_a_proof_that_does_not_do_is_named(self, client, patient, type, changed, field):
        response, _body, _url = self.answer(client, patient, type, **changed)
        assert response.status_code == 400
        assert field in response.context["form"].errors

    def test_for_a_child_somebody_decides_with_it(self, client, doctor):
        child = PatientFactory(by=doctor, age=9, travel_composition="family_children")
        response, _body, _url = self.answer(client, child)
        assert "giver" in response.context["form"].errors
        response, _body, _url = self.answer(client, child, giver="consent_givers:mother_father")
        assert response.status_code == 302

    def test_sent_again_with_another_answer_shows_both(self, client, patient):
        _response, body, url = self.answer(client, patient)
        assert client.post(url, body).status_code == 302
        response = client.post(url, body | {"decision": "consent_decisions:refused"})
        assert response.status_code in (400, 409)
        assert patient.consents.count() == 2

    def test_an_unknown_type_is_not_found(self, client, patient):
        url = reverse("patients:new_consent", args=[patient.code, "nothing"])
        assert client.get(url).status_code == 404

    def test_the_list_shows_what_expired(self, client, doctor, patient):
        services.record_consent(
            patient, ConsentAnswer(type="consent_types:procedure", method="signature"), by=doctor
        )
        page = client.get(reverse("patients:consents", args=[patient.code]))
        assert page.status_code == 200


class TestDuplicates:
    @pytest.fixture
    def coordinator(self, as_user, programme):
        return as_user(UserFactory(role="coordinator", programme=programme))

    @pytest.fixture
    def pair(self, doctor, patient):
        later = PatientFactory(by=doctor, given_name="Maricela", family_name="Otamendi")
        return LookAlike.objects.create(earlier=patient, later=later, likeness=92)

    def test_they_are_merged_and_made_two_again(self, coordinator, pair):
        url = reverse("patients:look_alikes")
        assert "Maricela" in coordinator.get(url).content.decode()
        keep = reverse("patients:settle", args=[pair.pk])
        assert coordinator.post(keep, {"keep": "NOBODY"}).status_code == 404
        coordinator.post(keep, {"keep": pair.earlier.code})
        pair.later.refresh_from_db()
        assert pair.later.merged_into == pair.earlier
        assert "Maricela" not in coordinator.get(url).content.decode()
        coordinator.post(reverse("patients:undo_merge", args=[pair.later.code]))
        pair.later.refresh_from_db()
        assert pair.later.merged_into is None

    def test_two_people_stay_two(self, coordinator, pair):
        coordinator.post(reverse("patients:settle", args=[pair.pk]), {})
        pair.refresh_from_db()
        assert pair.decision == "two_people"

    def test_pairs_out_of_scope_do_not_exist(self, as_user, client, pair):
        stranger = as_user(UserFactory(role="coordinator"))
        assert stranger.post(reverse("patients:settle", args=[pair.pk]), {}).status_code == 404
        assert client.get(reverse("patients:look_alikes")).status_code == 403

    def test_the_code_of_a_merged_record_leads_to_the_survivor(self, coordinator, client, pair):
        coordinator.post(reverse("patients:settle", args=[pair.pk]), {"keep": pair.earlier.code})
        response = client.post(reverse("patients:search"), {"q": pair.later.code})
        assert response["Location"] == pair.earlier.get_absolute_url()


class TestOfficer:
    @pytest.fixture
    def officer(self, as_user):
        return as_user(UserFactory(role="dpo"))

    def test_a_record_is_blocked_by_its_code_without_a_name(self, officer, client, patient):
        page = officer.post(reverse("patients:blocking"), {"code": patient.code.lower()})
        assert page.status_code == 200
        assert "Marisela" not in page.content.decode()
        officer.post(reverse("patients:block", args=[patient.code]), {"blocked": "yes"})
        assert client.get(patient.get_absolute_url()).status_code == 404
        assert client.post(reverse("patients:search"), {"q": patient.code}).status_code == 404
        officer.post(reverse("patients:block", args=[patient.code]), {"blocked": "no"})
        assert client.get(patient.get_absolute_url()).status_code == 200

    def test_unknown_codes_are_named(self, officer):
        url = reverse("patients:blocking")
        assert officer.post(url, {"code": "x"}).status_code == 400
        assert officer.post(url, {"code": codes.new_code()}).status_code == 404
        assert officer.post(reverse("patients:block", args=["NOBODY"])).status_code == 404

    def test_card_openings_and_hidden_people_are_listed(self, officer, patient):
        nurse = UserFactory(role="nurse", name="Berenice Toro")
        services.open_by_code(patient.code, by=nurse)
        page = officer.get(reverse("patients:card_openings")).content.decode()
        assert "Berenice Toro" in page
        assert patient.code in page

    def test_nobody_else_comes_here(self, client, as_user, patient):
        for name in ("blocking", "card_openings"):
            assert client.get(reverse(f"patients:{name}")).status_code == 403
        assert client.post(reverse("patients:block", args=[patient.code])).status_code == 403
