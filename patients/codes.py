"""The code of a person: eight random characters and one to check them, `ABCD-EFGH-J`.

The alphabet is Crockford's base 32 (no I, L, O, U: nothing to misread, no rude words). Its
symbols are read as the elements of the field GF(2^5) with the polynomial x^5 + x^2 + 1; a code
is right when the sum of its symbols, each times the power of x that belongs to its place, is
zero. The powers of x up to x^30 differ from one another and from zero, so every wrong single
character and every exchange of two unequal characters, neighbours or not, is noticed; any
other mistake passes once in 32.

A code carries no meaning and always has a letter, so that it is never taken for a telephone
number.
"""

import secrets
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 9  # the check character included
RANDOM_BYTES = 5  # 40 bits: eight characters of five

_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_TYPED_FOR = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, "_": None, ".": None})
_POLYNOMIAL = 0b100101


def new_code() -> str:
    """A fresh code out of 2^40; two people may draw the same one, so the database decides."""
    return code_from(secrets.token_bytes(RANDOM_BYTES))


def code_from(seed: bytes) -> str:
    """The code that belongs to `seed`: always the same, for demonstration data and tests."""
    number = int.from_bytes(sha256(seed).digest()[:RANDOM_BYTES])
    body = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return body + _check_character(body) if not body.isdigit() else code_from(seed + b"\0")


def check(code: str) -> bool:
    """Whether `code` is whole and free of typing errors; it is taken as it is, so first
    `normalise` what was typed."""
    if len(code) != LENGTH or code.isdigit() or not set(code) <= _VALUE.keys():
        return False
    return _check_character(code[:-1]) == code[-1]


def normalise(text: str) -> str:
    """What was typed or scanned, as codes are kept: capitals without spaces or hyphens, O read
    as 0, I and L as 1. Longer texts than a code with its separators are no code: empty."""
    text = text.strip()
    if len(text) > 2 * LENGTH:
        return ""
    return "".join(text.upper().split()).translate(_TYPED_FOR)


def display(code: str) -> str:
    """As printed on a card and read aloud: `ABCD-EFGH-J`."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _check_character(body: str) -> str:
    total = 0
    for symbol in body:
        total = _times_x(total ^ _VALUE[symbol])
    return ALPHABET[total]


def _times_x(element: int) -> int:
    element <<= 1
    return element ^ _POLYNOMIAL if element & 32 else element
