"""Facts, states, allergies, vulnerabilities, consents, family, merges."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import AccessEvent
from accounts.rows import EditConflict, uuid7
from patients import consent_texts, hooks, queries, rules, services
from patients.card import AllergyAnswer, ConsentAnswer
from patients.idempotency import SameIdOtherBody
from patients.models import (
    Allergy,
    Consent,
    FamilyLink,
    LookAlike,
    Patient,
    PersonState,
    Vulnerability,
)
from patients.services.merging import CannotMerge
from terminology import lists
from tests.accounts.factories import UserFactory
from tests.partners.factories import OrganisationFactory
from tests.patients.factories import PatientFactory

pytestmark = pytest.mark.django_db
CRITERIA = "vulnerability_criteria"


@pytest.fixture
def patient(doctor):
    return PatientFactory(by=doctor)


def open_criteria(patient):
    rows = Vulnerability.objects.open().filter(patient=patient)
    return {key.rpartition(":")[2] for key in rows.values_list("criterion", flat=True)}


class TestFacts:
    def test_changes_are_saved_as_a_new_version(self, patient, doctor):
        services.update_person(
            patient,
            {"language_id": "languages:hat", "profile_id": "migration_profile:stranded"},
            expected=1,
            by=doctor,
        )
        patient.refresh_from_db()
        assert (patient.language_id, patient.version) == ("languages:hat", 2)
        assert patient.states.get(kind="profile").value_id == "migration_profile:stranded"
        assert open_criteria(patient) == {"language_barrier"}

    def test_the_second_to_save_meets_a_conflict(self, patient, doctor):
        services.update_person(patient, {"sex": "male"}, expected=1, by=doctor)
        with pytest.raises(EditConflict):
            services.update_person(patient, {"sex": "intersex"}, expected=1, by=doctor)

    def test_what_a_rule_opened_ends_when_it_no_longer_holds(self, doctor):
        patient = PatientFactory(by=doctor, language="hat")
        services.update_person(patient, {"language_id": "languages:spa"}, expected=1, by=doctor)
        row = patient.vulnerabilities.get()
        assert (row.until, row.ended_by) == (timezone.localdate(), doctor)

    def test_a_child_found_alone_opens_the_task_once(self, doctor):
        patient = PatientFactory(by=doctor, age=15, travel_composition="family_children")
        change = {"travel_composition_id": "travel_composition:uasc_unaccompanied"}
        services.update_person(patient, change, expected=1, by=doctor)
        services.update_person(patient, change, expected=2, by=doctor)
        assert patient.protection_tasks.count() == 1

    def test_a_state_dated_earlier_goes_to_the_history_only(self, patient, doctor):
        today = timezone.localdate()
        services.set_state(patient, "status", "person_statuses:detained", by=doctor, since=today)
        services.set_state(
            patient,
            "status",
            "person_statuses:hospitalised",
            by=doctor,
            since=today - dt.timedelta(days=30),
        )
        patient.refresh_from_db()
        assert patient.status_id == "person_statuses:detained"
        assert patient.states.filter(kind="status").count() == 3

    def test_history_rows_never_change(self, patient):
        with pytest.raises(DatabaseError), transaction.atomic():
            PersonState.objects.update(since=timezone.localdate())


class TestAllergies:
    def test_the_newest_answer_holds_and_the_older_is_kept(self, patient, doctor):
        services.set_allergy(patient, AllergyAnswer("none"), by=doctor)
        services.set_allergy(patient, AllergyAnswer("listed", "penicillin"), by=doctor)
        assert Allergy.objects.count() == 2
        [row] = queries.allergies(patient, doctor)
        assert row.state == "listed"
        assert b"penicillin" not in bytes(row.substances)

    def test_they_belong_to_the_shared_summary(self, patient, doctor, programme):
        services.set_allergy(patient, AllergyAnswer("none"), by=doctor)
        for role, count in (
            ("nurse", 1),
            ("social_worker", 1),
            ("coordinator", 1),
            ("mediator", 0),
        ):
            user = UserFactory(role=role, programme=programme)
            assert len(queries.allergies(patient, user)) == count, role

    def test_those_of_a_merged_record_are_read_too(self, patient, doctor, coordinator):
        other = PatientFactory(by=doctor, allergy=("listed", "latex"))
        services.merge(patient, other, by=coordinator)
        assert [row.patient for row in queries.allergies(patient, doctor)] == [other]


class TestVulnerabilities:
    def test_every_rule_of_the_list_can_be_read(self):
        texts = [
            e.attributes["auto_rule"] for e in lists.all(CRITERIA) if e.attributes.get("auto_rule")
        ]
        assert len(texts) >= 9
        for text in texts:
            assert rules.parse(text)

    @pytest.mark.parametrize(
        ("rule", "facts", "holds"),
        [
            ("age<5", {"age": 4}, True),
            ("age<5", {"age": 5}, False),
            ("age<5", {}, None),
            ("age>=60", {"age": 60}, True),
            (
                "medical.pregnancy=pregnant",
                {"medical.pregnancy": "pregnancy_status:pregnant"},
                True,
            ),
            ("person_card.language!=spa", {"person_card.language": "languages:hat"}, True),
            ("person_card.language!=spa", {"person_card.language": "spa"}, False),
            ("washington_group in ans_3;ans_4", {"washington_group": ["ans_1", "ans_4"]}, True),
            ("washington_group in ans_3;ans_4", {"washington_group": ["ans_1"]}, False),
            ("age<18 and medical.pregnancy=pregnant", {"age": 30}, False),
            ("age<18 and medical.pregnancy=pregnant", {"age": 16}, None),
            ("age<18 and medical.pregnancy=pregnant", {"age": 16, "medical.pregnancy": None}, None),
        ],
    )
    def test_a_rule_holds_fails_or_stays_open(self, rule, facts, holds):
        assert rules.judge(rule, facts) is holds

    @pytest.mark.parametrize("rule", ["age", "age<", "age ~ 5", "age<5 or age>6", "Age<5"])
    def test_a_rule_outside_the_grammar_is_an_error(self, rule):
        with pytest.raises(rules.BadRule):
            rules.parse(rule)

    def test_rules_open_and_end_only_what_the_facts_settle(self, patient, doctor):
        services.apply_rules(patient, {"suicide_risk": "high", "age": 34}, by=doctor)
        assert open_criteria(patient) == {"suicide_risk"}
        services.apply_rules(patient, {"age": 34}, by=doctor)
        assert open_criteria(patient) == {"suicide_risk"}
        services.apply_rules(patient, {"suicide_risk": "mh_risk_levels:low"}, by=doctor)
        assert open_criteria(patient) == set()
        assert patient.vulnerabilities.count() == 1

    def test_a_rule_does_not_end_what_a_colleague_recorded(self, patient, doctor):
        services.add_vulnerability(patient, f"{CRITERIA}:disability", by=doctor)
        services.apply_rules(patient, {"washington_group": ["ans_1"]}, by=doctor)
        assert open_criteria(patient) == {"disability"}

    def test_adding_twice_keeps_one(self, patient, doctor):
        first = services.add_vulnerability(patient, f"{CRITERIA}:statelessness", by=doctor)
        assert services.add_vulnerability(patient, f"{CRITERIA}:statelessness", by=doctor) == first

    def test_ended_rows_stay_and_may_open_anew(self, patient, doctor):
        row = services.add_vulnerability(patient, f"{CRITERIA}:statelessness", by=doctor)
        services.end_vulnerability(row, by=doctor)
        services.add_vulnerability(patient, f"{CRITERIA}:statelessness", by=doctor)
        assert patient.vulnerabilities.count() == 2

    def test_they_are_never_deleted(self, patient, doctor):
        services.add_vulnerability(patient, f"{CRITERIA}:statelessness", by=doctor)
        with pytest.raises(DatabaseError), transaction.atomic():
            Vulnerability.objects.all().delete()

    def test_protected_ones_show_to_their_author_and_the_treating_team(
        self, patient, doctor, colleague, monkeypatch
    ):
        services.add_vulnerability(patient, f"{CRITERIA}:survivor_torture", by=doctor)
        assert len(queries.vulnerabilities(patient, doctor)) == 1
        assert queries.vulnerabilities(patient, colleague) == []

        monkeypatch.setattr(hooks, "treating_team", [lambda user, _patient: user == colleague])
        assert len(queries.vulnerabilities(patient, colleague)) == 1

    def test_the_class_of_the_criterion_counts(self, patient, doctor, programme):
        for code in ("statelessness", "chronic_disease", "immediate_threat"):
            services.add_vulnerability(patient, f"{CRITERIA}:{code}", by=doctor)
        seen = {
            role: {
                row.criterion_id.rpartition(":")[2]
                for row in queries.vulnerabilities(
                    patient, UserFactory(role=role, programme=programme)
                )
            }
            for role in ("nurse", "social_worker", "mediator", "coordinator")
        }
        assert seen == {
            "nurse": {"statelessness", "chronic_disease"},
            "social_worker": {"statelessness"},
            "mediator": set(),
            "coordinator": {"statelessness"},
        }


class TestConsents:
    def answer(self, **values):
        return ConsentAnswer(
            **{"type": "consent_types:sharing_partner", "method": "verbal_witnessed", **values}
        )

    def test_it_expires_after_the_days_of_its_type(self, patient, doctor):
        row = services.record_consent(patient, self.answer(), by=doctor)
        assert row.expires_on == timezone.localdate() + dt.timedelta(days=90)

    def test_the_latest_answer_holds_per_partner(self, patient, doctor):
        one, other = OrganisationFactory(), OrganisationFactory()
        services.record_consent(patient, self.answer(), by=doctor, partner=one)
        services.record_consent(patient, self.answer(), by=doctor, partner=other)
        services.record_consent(
            patient,
            self.answer(decision="consent_decisions:withdrawn"),
            by=doctor,
            partner=one,
        )

        now = {
            row.partner: row.decision_id
            for row in queries.consents_in_force(patient)
            if row.partner
        }
        assert now == {one: "consent_decisions:withdrawn", other: "consent_decisions:given"}
        held = queries.consent_in_force(patient, "sharing_partner", other.pk)
        assert held.decision_id == "consent_decisions:given"

    def test_an_answer_is_never_changed_or_deleted(self, patient, doctor):
        for change in (lambda q: q.update(folio="x"), lambda q: q.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(Consent.objects.all())

    def test_the_witness_is_sealed(self, patient, doctor):
        row = services.record_consent(patient, self.answer(witness="Efraín Toro"), by=doctor)
        assert "Efraín".encode() not in bytes(row.witness)

    def test_sent_twice_it_is_one_answer(self, patient, doctor, colleague):
        id = uuid7()
        row = services.record_consent(patient, self.answer(), by=doctor, id=id, payload=b"a")
        again = services.record_consent(patient, self.answer(), by=doctor, id=id, payload=b"a")
        assert again == row
        with pytest.raises(SameIdOtherBody):
            services.record_consent(patient, self.answer(), by=doctor, id=id, payload=b"b")
        with pytest.raises(Consent.DoesNotExist):
            services.record_consent(patient, self.answer(), by=colleague, id=id, payload=b"a")

    def test_every_consent_has_its_text_in_five_languages(self):
        for entry in lists.all("consent_types"):
            texts = {text.language: text for text in consent_texts.all_of(entry.key)}
            assert set(texts) == {"spa", "eng", "fra", "hat", "por"}
            assert texts["hat"].to_be_checked
            assert texts["por"].to_be_checked
            assert all(40 < len(text.text) < 500 for text in texts.values())

    def test_the_version_says_which_text_was_read(self, patient, doctor):
        for language, version in (("hat", "2026.1 hat"), ("wol", "2026.1 spa")):
            answer = self.answer(language=f"languages:{language}")
            row = services.record_consent(patient, answer, by=doctor)
            assert row.text_version == version


class TestFamily:
    def test_it_reads_from_both_sides(self, patient, doctor):
        other = PatientFactory(by=doctor)
        services.link_family(patient, other, "family_relations:grandparent", by=doctor)
        [one] = queries.relatives(patient, doctor)
        [two] = queries.relatives(other, doctor)
        assert one.relation == "family_relations:grandparent"
        assert two.relation == "family_relations:other_relative"

    def test_a_pair_has_one_open_link(self, patient, doctor):
        other = PatientFactory(by=doctor)
        services.link_family(patient, other, "family_relations:partner", by=doctor)
        services.link_family(patient, other, "family_relations:partner", by=doctor)
        services.link_family(other, patient, "family_relations:sibling", by=doctor)
        assert FamilyLink.objects.count() == 2
        [one] = queries.relatives(patient, doctor)
        assert one.relation == "family_relations:sibling"

    def test_a_relative_out_of_scope_is_not_confirmed(self, patient, doctor, stranger):
        other = PatientFactory(by=stranger)
        services.link_family(patient, other, "family_relations:partner", by=doctor)
        assert queries.relatives(patient, doctor) == []

    def test_nobody_is_their_own_relative(self, patient, doctor):
        with pytest.raises(IntegrityError), transaction.atomic():
            services.link_family(patient, patient, "family_relations:partner", by=doctor)

    def test_ended_links_are_kept(self, patient, doctor):
        other = PatientFactory(by=doctor)
        link = services.link_family(patient, other, "family_relations:partner", by=doctor)
        services.unlink_family(link, by=doctor)
        assert queries.relatives(patient, doctor) == []
        assert FamilyLink.objects.get().ended_on == timezone.localdate()


class TestMerging:
    def test_a_merge_is_a_pointer_and_an_event(self, patient, doctor, coordinator):
        other = PatientFactory(by=doctor)
        LookAlike.objects.create(earlier=patient, later=other, likeness=90)
        services.merge(patient, other, by=coordinator)

        other.refresh_from_db()
        assert other.merged_into == patient
        assert list(Patient.objects.visible_to(doctor)) == [patient]
        assert queries.record_ids(patient) == [patient.pk, other.pk]
        assert LookAlike.objects.get().decision == "merged"
        event = AccessEvent.objects.get(action="person.merged")
        assert patient.code in event.subject
        assert other.code in event.subject

    def test_who_knew_of_the_one_knows_of_the_other(self, patient, coordinator, stranger):
        other = PatientFactory(by=stranger)
        services.merge(patient, other, by=coordinator)
        assert list(Patient.objects.visible_to(stranger)) == [patient]

    def test_an_undo_takes_the_pointer_away(self, patient, doctor, coordinator):
        other = PatientFactory(by=doctor)
        services.merge(patient, other, by=coordinator)
        services.undo_merge(other, by=coordinator)
        other.refresh_from_db()
        assert other.merged_into is None
        assert set(Patient.objects.visible_to(doctor)) == {patient, other}

    def test_pointers_are_one_step_long(self, patient, doctor, coordinator):
        second, third = PatientFactory(by=doctor), PatientFactory(by=doctor)
        services.merge(second, third, by=coordinator)
        for survivor, merged in ((patient, second), (third, patient), (patient, patient)):
            with pytest.raises(CannotMerge):
                services.merge(survivor, merged, by=coordinator)
        services.merge(second, patient, by=coordinator)
        assert set(Patient.objects.visible_to(doctor)) == {second}

    def test_only_coordinators_merge(self, patient, doctor):
        with pytest.raises(PermissionDenied):
            services.merge(patient, PatientFactory(by=doctor), by=doctor)

    def test_two_people_leave_the_list(self, patient, doctor, coordinator):
        pair = LookAlike.objects.create(
            earlier=patient, later=PatientFactory(by=doctor), likeness=90
        )
        services.keep_apart(pair, by=coordinator)
        pair.refresh_from_db()
        assert (pair.decision, pair.decided_by) == ("two_people", coordinator)
