"""Telephone numbers, cleaned to one form and found again by their last digits."""

import re

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat

HOME = "MX"  # most people carry a number of the country they are in
KIND = "phone_tail"  # the kind of token the last digits are stored under
SHORTEST_TAIL, LONGEST_TAIL = 4, 7
LONGEST = 40  # characters of a text that are looked at

# Prefixes Mexico gave up in 2019: 01 (far), 044 and 045 (to mobiles), +52 1 (mobiles from abroad).
_GIVEN_UP = re.compile(r"^(?:01|044|045)(?=\d{10}$)|(?<=^\+52)1(?=\d{10}$)|(?<=^0052)1(?=\d{10}$)")


def clean(text: str, *regions: str) -> str | None:
    """The number in E.164 (`+525512345678`), or None when it is none.

    With an international prefix it is read as it stands; without, as a number of `HOME`, then
    of each of `regions` (two-letter countries, such as that of the person's nationality).
    """
    digits = _GIVEN_UP.sub("", re.sub(r"[^+\d]", "", _ascii_digits(text[:LONGEST])))
    for region in dict.fromkeys((HOME, *regions)):
        number = _read(digits, region)
        if number is not None:
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def display(e164: str) -> str:
    """For reading and dialling: `+52 55 1234 5678`."""
    return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)


def tails(e164: str) -> list[str]:
    """The last four to seven digits, each stored as a token of kind `KIND`."""
    digits = e164.removeprefix("+")
    return [digits[-length:] for length in range(SHORTEST_TAIL, LONGEST_TAIL + 1)]


def tail(text: str) -> str | None:
    """The tail to look for when `text` was typed into the search: its last digits, at most
    seven. None for anything but four or more digits with the usual separators."""
    if not re.fullmatch(r"[\d\s().+/-]{4,40}", text := _ascii_digits(text.strip())):
        return None
    digits = re.sub(r"\D", "", text)
    return digits[-LONGEST_TAIL:] if len(digits) >= SHORTEST_TAIL else None


def _ascii_digits(text: str) -> str:
    return "".join(str(int(sign)) if sign.isdecimal() else sign for sign in text)


def _read(digits: str, region: str) -> PhoneNumber | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
