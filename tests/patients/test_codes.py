from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import codes

CODES = [codes.code_from(bytes([seed])) for seed in range(20)]


def test_a_new_code_is_right_and_another_each_time():
    drawn = {codes.new_code() for _ in range(200)}

    assert len(drawn) == 200
    assert all(codes.check(code) for code in drawn)


@given(st.binary(max_size=64))
def test_a_seed_always_gives_the_same_right_code(seed):
    assert codes.check(codes.code_from(seed))
    assert codes.code_from(seed) == codes.code_from(seed)


def test_the_check_character_stays_what_is_printed_on_cards():
    # By hand: A is x^3 + x, times x is x^4 + x^2, which is M.
    assert codes.check("0000000AM")
    assert codes.code_from(b"Vereda") == "75QF7WZ0B"


@pytest.mark.parametrize("code", CODES)
def test_every_wrong_single_character_is_noticed(code):
    for place, right in enumerate(code):
        for wrong in codes.ALPHABET.replace(right, ""):
            assert not codes.check(code[:place] + wrong + code[place + 1 :])


@pytest.mark.parametrize("code", CODES)
def test_every_exchange_of_two_characters_is_noticed(code):
    for i, j in combinations(range(codes.LENGTH), 2):
        exchanged = list(code)
        exchanged[i], exchanged[j] = code[j], code[i]
        assert codes.check("".join(exchanged)) is (code[i] == code[j])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("abcd-efgh-j", "ABCDEFGHJ"),
        (" ABCD EFGH J ", "ABCDEFGHJ"),
        ("o0il-1lOI-o", "001111010"),
        ("ABCD\u00a0EFGH\tJ", "ABCDEFGHJ"),
        ("", ""),
        ("A" * 10_000, ""),
    ],
)
def test_what_people_type_is_read_as_a_code(typed, read):
    assert codes.normalise(typed) == read


@given(st.text())
def test_any_text_is_read_and_checked_without_an_error(text):
    assert codes.check(codes.normalise(text)) in (True, False)


def test_a_code_is_shown_in_groups_and_read_back():
    code = CODES[0]

    assert codes.display(code) == f"{code[:4]}-{code[4:8]}-{code[8]}"
    assert codes.normalise(codes.display(code).lower()) == code


@pytest.mark.parametrize("text", ["", "ABCD", "ABCDEFGH", "ABCDEFGHU", "ÁBCDEFGHJ", "٠" * 9])
def test_what_is_no_code_is_refused(text):
    assert not codes.check(text)


def test_digits_alone_are_never_a_code_since_they_may_be_a_telephone_number():
    assert not codes.check("0" * codes.LENGTH)
