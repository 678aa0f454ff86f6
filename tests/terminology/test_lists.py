import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.privacy import PrivacyClass
from terminology import lists
from terminology.fields import Concepts
from terminology.models import Concept

pytestmark = pytest.mark.django_db


def test_a_label_is_in_the_active_language():
    with override("fr"):
        assert lists.label("languages:hat") == "Créole haïtien"
    with override("en"):
        assert lists.label("languages:hat") == "Haitian Creole"
    with override("de"):
        assert lists.label("languages:hat") == "Criollo haitiano"


def test_no_key_has_no_label_and_an_unknown_key_shows_its_code():
    assert lists.label(None) == ""
    assert lists.label("languages:nope") == "nope"


def test_a_second_question_asks_the_database_nothing(django_assert_num_queries):
    lists.all("countries")
    with django_assert_num_queries(0):
        lists.all("countries")
        lists.search("morbidity", "fiebre")
        lists.label("countries:HTI")


def test_what_another_process_changed_is_seen_after_the_interval(settings):
    lists.all("countries")
    Concept.objects.filter(pk="countries:HTI").update(label_es="Ayiti", version=2)
    assert lists.label("countries:HTI") == "Haití"
    settings.TERMINOLOGY_REFRESH_SECONDS = 0
    assert lists.label("countries:HTI") == "Ayiti"


def test_a_key_added_a_moment_ago_by_another_process_is_found():
    lists.all("countries")
    Concept.objects.create(
        key="countries:ZZZ", list_name="countries", code="ZZZ", position=999,
        label_en="Zed", label_es="Zeta", label_fr="Zède",
    )  # fmt: skip
    assert lists.get("countries:ZZZ").code == "ZZZ"


def test_a_part_selects_by_kind_by_category_by_code_and_by_quick_pick():
    assert [e.code for e in lists.all("sex_gender", part="sex_recorded")] == [
        "female", "male", "intersex", "sex_unknown",
    ]  # fmt: skip
    assert {e.attributes["category"] for e in lists.all("medicines", part="vaccine")} == {"vaccine"}
    assert [e.key for e in lists.all("scales(pain)")] == ["scales:pain"]
    assert all(e.flag("quick_pick") for e in lists.all("morbidity(quick_pick)"))


def test_a_spec_of_two_lists_gives_both_in_order():
    keys = [e.key for e in lists.all("mediation_modes(mode);mediation_modes(status)")]
    assert keys[0] == "mediation_modes:in_person"
    assert keys[-1] == "mediation_modes:none_available"


@pytest.mark.parametrize("spec", ["nothing", "countries(", "countries;;", "", "a" * 500, "x\x00"])
def test_an_unknown_list_is_an_error_of_its_own(spec):
    with pytest.raises(lists.UnknownList):
        lists.all(spec)


def test_retired_and_computed_values_are_not_offered_but_keep_their_label():
    assert "group_activity_types:training" not in dict(lists.choices("group_activity_types"))
    assert lists.label("group_activity_types:training")
    assert not [e for e in lists.all("travel_composition") if e.flag("computed")]
    kept = lists.choices("group_activity_types", including=["group_activity_types:training", None])
    assert kept[-1][0] == "group_activity_types:training"


def test_quick_gives_a_short_list_whole_and_the_most_frequent_of_a_long_one():
    assert len(lists.quick("visit_types")) == len(lists.all("visit_types"))
    assert [e.code for e in lists.quick("countries")][:3] == ["VEN", "HND", "GTM"]
    assert len(lists.quick("countries")) == lists.QUICK
    assert all(e.flag("quick_pick") for e in lists.quick("mh_diagnoses"))


@pytest.mark.parametrize(
    ("name", "q", "code"),
    [
        ("countries", "HAITI", "HTI"),
        ("countries", "mexiq", "MEX"),
        ("languages", "kreyol", "hat"),
        ("morbidity", "j06.9", "uri"),
        ("medicines", "ibuprofeno 400", "ibuprofen_400"),
        ("mh_diagnoses", "estres postraumatico", "ptsd"),
    ],
)
def test_search_finds_by_label_of_any_language_by_code_and_by_alias(name, q, code):
    with override("es"):
        assert code in [e.code for e in lists.search(name, q)][:3]


def test_search_puts_the_beginning_of_the_label_in_the_active_language_first():
    with override("es"):
        assert lists.search("countries", "rep")[0].label.startswith("Rep")


@settings(deadline=None)
@given(q=st.text(max_size=60))
def test_search_takes_any_text(q):
    assert len(lists.search("countries", q, limit=20)) <= 20


def test_an_entry_knows_flags_numbers_and_several_values():
    assert lists.find("violence_types", "rape").flag("sexual")
    assert (
        lists.find("time_since_event", lists.all("time_since_event")[0].code).number("min_hours")
        == 0
    )
    assert "kreyòl" in lists.find("languages", "hat").values("aliases")
    assert lists.find("morbidity", "uri").privacy == PrivacyClass.CLINICAL


def test_age_bands_carry_their_scheme_in_the_key():
    assert lists.all("age_bands", part="unhcr")[0].key.startswith("age_bands:unhcr.")


def test_concepts_serve_the_picker():
    codes = Concepts("medicines")
    assert not codes.complete
    assert Concepts("visit_types").complete
    with override("en"):
        assert codes.label("medicines:ibuprofen_400") == "Ibuprofen tablet 400 mg"
    assert codes.label("countries:HTI") is None
    assert Concepts("group_activity_types").label("group_activity_types:training")
    assert len(codes.find("a")) <= 12
