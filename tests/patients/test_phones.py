from random import Random

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo import people
from patients import phones


@pytest.mark.parametrize(
    "typed",
    [
        "55 0123 4567",
        "(55) 0123-4567",
        "+52 55 0123 4567",
        "0052 55 0123 4567",
        "+52 1 55 0123 4567",
        "044 55 0123 4567",
        "01 55 0123 4567",
        "٥٥٠١٢٣٤٥٦٧",
    ],
)
def test_a_mexican_number_is_cleaned_however_it_is_written(typed):
    assert phones.clean(typed) == "+525501234567"


def test_a_number_of_the_country_of_origin_is_read_when_it_is_none_of_mexico():
    assert phones.clean("3712 3456", "HT") == "+50937123456"
    assert phones.clean("0414-1234567", "VE") == "+584141234567"
    assert phones.clean("55 0123 4567", "BR") == "+525501234567"
    assert phones.clean("+509 3712 3456", "VE") == "+50937123456"


@pytest.mark.parametrize(
    "typed", ["", "12", "no phone", "+", "0" * 10_000, "😀", "\0", "55 0123 456"]
)
def test_what_is_no_number_is_refused(typed):
    assert phones.clean(typed) is None


@given(st.text(), st.sampled_from(["HT", "VE", "ZZ", ""]))
def test_any_text_is_read_without_an_error(text, region):
    assert phones.clean(text, region) is None or phones.clean(text, region).startswith("+")
    assert phones.tail(text) is None or phones.tail(text).isdigit()


def test_a_number_is_found_by_its_last_four_to_seven_digits():
    tails = phones.tails("+525501234567")

    assert tails == ["4567", "34567", "234567", "1234567"]
    for typed in ("4567", "3-4567", "123 45 67", "55 0123 4567", "+52 (55) 0123-4567"):
        assert phones.tail(typed) in tails


@pytest.mark.parametrize("typed", ["567", "1 2 3", "Ana 4567", "4567a", "", "----", "1990?"])
def test_fewer_digits_or_words_are_no_part_of_a_number(typed):
    assert phones.tail(typed) is None


def test_a_number_is_shown_as_it_is_dialled():
    assert phones.display("+525501234567") == "+52 55 0123 4567"


@pytest.mark.parametrize("nationality", [*people.PHONES, "MEX", "CHN"])
def test_invented_numbers_are_valid_in_form(nationality):
    random = Random(1)

    for _ in range(50):
        number = people.phone(nationality, random)
        assert phones.clean(number) == number
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))
