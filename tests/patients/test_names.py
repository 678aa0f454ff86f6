import csv
import unicodedata
from pathlib import Path
from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import name_recall
from demo import people
from patients import names
from patients.names import Reason, index, nicknames, spelling

PAIRS = Path(__file__).parent / "name_pairs.csv"


def meets(query: str, name: str) -> bool:
    """Whether a probe of the query hits a token stored of the name."""
    return bool({probe.token for probe in names.query_tokens(query)} & names.tokens(name))


def answers(query: str, registered: list[str]) -> list[str]:
    return [name for name, _ in names.rank(query, [names.Candidate(n, [n]) for n in registered])]


# Reading a name


def test_accents_case_and_spaces_do_not_count():
    assert names.normalise("  JOSÉ   ÑÁÑEZ ") == names.normalise("jose nanez") == "jose nanez"


@pytest.mark.parametrize(
    "name", ["José Núñez", "François Désir", "Conceição Gonçalves", "Aïssatou"]
)
def test_composed_and_decomposed_accents_are_the_same_name(name):
    decomposed = unicodedata.normalize("NFD", name)

    assert names.tokens(decomposed) == names.tokens(unicodedata.normalize("NFC", name))
    assert names.score(decomposed, name) == names.Match(100, Reason.EXACT_NAME)


@pytest.mark.parametrize(
    "text", ["Jo\0sé", "\u202eJosé\u202c", "Jo\u200dsé", "😀 José 🎉", "José\n"]
)
def test_nul_direction_marks_and_emoji_do_not_harm(text):
    assert names.normalise(text) == "jose"


@pytest.mark.parametrize("text", ["", " ", "\0", "😀", "---", "'", "\u202e", "؟"])
def test_a_text_without_letters_is_no_name(text):
    assert names.parts(text) == ()
    assert names.tokens(text) == set()
    assert names.query_tokens(text) == []
    assert names.score(text, "José").score == 0
    assert names.score("José", text).score == 0


@pytest.mark.parametrize("text", ["x" * 10_000, "ab " * 10_000, "ﷺ" * 10_000, "王" * 10_000])
def test_ten_thousand_characters_give_few_tokens(text):
    assert 0 < len(names.tokens(text)) <= 200
    assert 0 < len(names.query_tokens(text)) <= 500


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_texts_are_indexed_searched_and_scored_without_an_error(one, other):
    assert all(token.text for token in names.tokens(one, other))
    picked = names.pick(names.query_tokens(one), dict.fromkeys(names.tokens(other), 1), people=9)
    assert all(probe.weight > 0 for probe in picked)
    assert 0 <= names.score(one, other, 1990, 1991, mother=one).score <= 100


@given(st.text(min_size=1, max_size=40))
def test_whatever_has_a_part_is_found_by_itself(name):
    if names.parts(name):
        assert meets(name, name)
        assert names.score(name, name).score == pytest.approx(100)


@pytest.mark.parametrize(
    ("name", "query"),
    [("王伟", "Wang Wei"), ("Ольга", "Olga"), ("زهرا", "Zahra"), ("김민수", "Gim Min Su")],
)
def test_every_script_is_read_and_met_in_latin_letters(name, query):
    assert meets(name, name)
    assert meets(query, name)


# Sounds


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Janeth", "Yaneth"),
        ("Yesenia", "Llesenia"),
        ("Gutiérrez", "Gutierres"),
        ("Vásquez", "Basques"),
        ("Quiñónez", "Kiñones"),
        ("Hernández", "Ernandes"),
        ("Jiménez", "Gimenes"),
        ("Ximena", "Jimena"),
        ("Castillo", "Castiyo"),
        ("Michelle", "Michel"),
        ("Wilguins", "Wilguens"),
        ("Louis", "Lwi"),
        ("François", "Franswa"),
        ("François", "Francois"),
        ("Gonçalves", "Gonsalves"),
        ("Joseph", "Jozef"),
        ("Jacques", "Jak"),
        ("Charles", "Chal"),
        ("Moreau", "Moro"),
        ("Rose", "Wòz"),
        ("Baptiste", "Batis"),
        ("Philippe", "Filip"),
        ("Toussaint", "Tousen"),
        ("Wilner", "Ouilner"),
        ("Thierry", "Tierri"),
        ("Emma", "Enma"),
    ],
)
def test_two_spellings_of_one_sound_have_the_same_key(one, other):
    [first], [second] = names.parts(one), names.parts(other)

    assert not set(spelling.keys(first)).isdisjoint(spelling.keys(second))


@pytest.mark.parametrize(
    ("one", "other"),
    [("María", "Mario"), ("Juan", "Jean"), ("Ana", "Inés"), ("Pedro", "Pablo"), ("Cruz", "Ruiz")],
)
def test_different_names_keep_different_keys(one, other):
    assert spelling.key(names.normalise(one)) != spelling.key(names.normalise(other))


# What is stored and looked for


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("Yaneth", "Janeth"),
        ("Gutierres", "Gutiérrez"),
        ("Jan Batis", "Jean-Baptiste"),
        ("Janbatis", "Jean-Baptiste"),
        ("Wilguens", "Wilguins"),
        ("Tijan", "Ti-Jean"),
        ("Jean", "Ti-Jean"),
        ("Jean", "Tijean"),
        ("Sen Lwi", "Saint-Louis"),
        ("St. Louis", "Saintlouis"),
        ("Sentflè", "Saint-Fleur"),
        ("Delacruz", "de la Cruz"),
        ("Cruz", "de la Cruz"),
        ("de la Cruz", "Delacruz"),
        ("Lupita", "Guadalupe"),
        ("Guadalupe", "Lupe"),
        ("Cristan", "Cristian"),
        ("Criistian", "Cristian"),
        ("Crostian", "Cristian"),
        ("Crisitan", "Cristian"),
    ],
)
def test_the_name_is_met_by_another_spelling(query, name):
    assert meets(query, name)
    assert names.score(query, name).score >= names.scoring.ENOUGH


def test_the_mothers_given_name_is_met():
    stored = names.tokens("Ana Cruz", "Yolanda Inés")

    assert {probe.token for probe in names.query_tokens("Iolanda")} & stored
    assert not {probe.token for probe in names.query_tokens("Iolanda")} & names.tokens("Ana Cruz")


def test_a_person_has_a_moderate_number_of_tokens():
    random = Random(1)
    crowd = [people.person("VEN", people.FEMALE, random) for _ in range(300)]

    sizes = [len(names.tokens(f"{who.given} {who.family}", who.mother)) for who in crowd]

    assert mean(sizes) <= 32
    assert max(sizes) <= 60


def test_the_rarest_and_the_surest_probes_are_picked_first():
    common, rare, near = (names.Token(index.KEY, text) for text in ("maria", "jolani", "mario"))
    probes = [names.Probe(common, 0, 100), names.Probe(rare, 1, 100), names.Probe(near, 0, 60)]
    counts = {common: 4000, rare: 10, near: 3000}

    picked = names.pick(probes, counts, people=100_000)

    assert [probe.token for probe in picked] == [rare, common, near]
    assert picked[0].weight > picked[1].weight > picked[2].weight


def test_what_nobody_holds_is_not_looked_up_and_what_too_many_hold_is_left_out():
    held, common = names.Token(index.KEY, "jolani"), names.Token(index.KEY, "maria")
    absent = names.Token(index.KEY, "kakakaka")
    probes = [names.Probe(token, part, 100) for part, token in enumerate((common, absent, held))]

    picked = names.pick(probes, {held: 90, common: 5_000}, people=100_000, rows=1_000)

    assert [probe.token for probe in picked] == [held]


def test_a_token_everybody_holds_is_looked_up_when_there_is_no_other():
    token = names.Token(index.KEY, "maria")

    assert names.pick([names.Probe(token, 0, 100)], {token: 9_000}, people=9_000, rows=10)


# How well, and why


@pytest.mark.parametrize(
    ("query", "name", "reason"),
    [
        ("maria lopez", "María López", Reason.EXACT_NAME),
        ("francois", "François", Reason.EXACT_NAME),
        ("María Cruz", "María de la Cruz", Reason.EXACT_NAME),
        ("López María", "María López", Reason.OTHER_ORDER),
        ("López", "María López", Reason.PART_OF_NAME),
        ("Yaneth Gutierres", "Janeth Gutiérrez", Reason.SAME_SOUND),
        ("Mariajosé Pérez", "María José Pérez", Reason.JOINED),
        ("Jeanpaul Paul", "Jean-Paul Paul", Reason.JOINED),
        ("M. López", "María López", Reason.INITIALS),
        ("Paco Ruiz", "Francisco Ruiz", Reason.NICKNAME),
        ("Francisco Ruiz", "Paco Ruiz", Reason.NICKNAME),
        ("Cristan Ruiz", "Cristian Ruiz", Reason.SIMILAR_SPELLING),
        ("María Zapata", "María López", Reason.SIMILAR_SPELLING),
    ],
)
def test_each_match_says_its_reason(query, name, reason):
    assert names.score(query, name).reason == reason


def test_the_mothers_name_is_a_reason_only_for_what_the_name_leaves():
    assert names.score("Ana Yolanda", "Ana Cruz", mother="Yolanda").reason == Reason.MOTHER
    assert names.score("Ana Cruz", "Ana Cruz", mother="Ana").reason == Reason.EXACT_NAME
    assert (
        names.score("Ana Yolanda", "Ana Cruz", mother="Yolanda").score
        > names.score("Ana Yolanda", "Ana Cruz", mother="Petra").score
    )


def test_the_nearer_spelling_comes_first():
    registered = ["Pedro Pablo Ruiz", "Gianeth Gutierres Paz", "Janeth Gutiérrez", "Yanet Gutieres"]

    assert answers("Janeth Gutiérrez", registered)[:2] == ["Janeth Gutiérrez", "Yanet Gutieres"]
    assert "Pedro Pablo Ruiz" not in answers("Janeth Gutiérrez", registered)


def test_the_same_birth_year_decides_between_namesakes_and_two_years_are_forgiven():
    def at(year):
        return names.score("Ana Ruiz", "Ana Ruiz", 1990, year).score

    assert at(1990) == 100
    assert at(1990) > at(1991) > at(1992) > at(1996) == at(1950) == 75
    assert at(None) == 100
    assert names.score("Ana Ruiz", "Ana Ruiz", None, 1990).score == 100


def test_the_best_of_a_persons_names_counts_and_the_list_is_limited():
    crowd = [names.Candidate(i, ["Chela Rivas", "Graciela Rivas"]) for i in range(12)]

    found = names.rank("Graciela Rivas", crowd, limit=10)

    assert len(found) == 10
    assert {match for _, match in found} == {names.Match(100, Reason.EXACT_NAME)}


def test_no_reason_shows_its_code_instead_of_words():
    assert all(str(reason.label) and reason.label != reason.value for reason in Reason)


def test_familiar_names_lead_both_ways_and_never_to_themselves():
    assert "francisco" in nicknames.namesakes("paco")
    assert "pancho" in nicknames.namesakes("francisco")
    assert nicknames.namesakes("xiomara") == frozenset()


# Recall


def test_the_labelled_set_is_large_and_of_every_kind():
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) >= 500
    assert {row["kind"] for row in rows} >= {
        "exact", "one_typo", "two_typos", "haitian", "french", "sound", "order", "particles",
        "compound", "nickname", "missing_surname", "script",
    }  # fmt: skip


def test_the_right_person_is_among_the_first_ten():
    """The gate of every run, among 5,000 people; `make bench` measures among 100,000."""
    random = Random(1)
    registered, cases = name_recall.labelled()
    crowd = [*registered, *name_recall.population(5_000 - len(registered), random)]
    table = name_recall.Table(crowd)
    found = [(case, table.find(case, with_year=True).place) for case in cases[::4]]

    def recall(*kinds: str) -> float:
        return mean(place is not None for case, place in found if case.kind in kinds)

    assert recall("exact", "one_typo", "sound", "order", "particles", "compound") >= 0.98
    assert recall("haitian") >= 0.95
    assert recall("french") >= 0.95
    assert recall("two_typos", "nickname", "missing_surname", "script") >= 0.9
