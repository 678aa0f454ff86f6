"""From any spelling of a name to its parts, and from a part to how it sounds.

The sound is coarse on purpose: what a Spanish, French or Haitian ear may write in two ways
should give one key (b/v, s/z/c, k/c/qu, y/j/ll, ou/w, silent h and endings). What it confuses
beyond that, `scoring` tells apart by the spelling.
"""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

LONGEST = 160  # characters of a text that are looked at: longer ones are not names
MOST_PARTS = 8
LONGEST_KEY = 14

# Small words between names: they are left out, mistaken and joined more often than written.
PARTICLES = frozenset(
    "al bin binti da das de del der di do dos du e el la las le les lo los saint san santa santo"
    " ti van vel von y".split()
)
WRITTEN_FOR = {
    **dict.fromkeys(("st", "ste", "sainte", "sen", "sent", "sain"), "saint"),
    "sta": "santa",
    "sto": "santo",
}

_ALEFS = "اأآى"  # the one vowel of Arabic script that is always written
_APOSTROPHES = "'’‘ʼ`´"
_SYLLABIC = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def normalise(text: str) -> str:
    """Lower-case Latin letters, digits and single spaces: equal for names spelled alike.

    Every script is transliterated; marks, controls and emoji disappear. At most `LONGEST`
    characters are read.
    """
    return _latinised(text).replace("ç", "c")


@lru_cache(maxsize=65536)
def _latinised(text: str) -> str:
    text = unicodedata.normalize("NFKC", text[:LONGEST])[:LONGEST].casefold()
    return " ".join(text.translate(_LATIN).split())


class _Transliteration(dict[int, str]):
    """Characters to what `normalise` makes of them, worked out when first met."""

    def __missing__(self, code: int) -> str:
        self[code] = latin = _latin(chr(code))
        return latin


def _latin(letter: str) -> str:
    if letter in "ç" or (letter.isascii() and letter.isalnum()):
        return letter
    if letter in _APOSTROPHES:
        return ""
    if letter in _ALEFS:
        return "a"
    category = unicodedata.category(letter)[0]
    if category not in "LMN":
        return " " if category in "ZPS" or letter in "\t\r\n" else ""
    latin = re.sub(r"[^a-z0-9]", "", anyascii(letter).lower())
    # Chinese and Korean write no spaces: each sign is a syllable that may stand alone.
    return f" {latin} " if _SYLLABIC.match(letter) else latin


_LATIN = _Transliteration()


@lru_cache(maxsize=65536)
def parts(text: str) -> tuple[str, ...]:
    """The parts of a name in the order written, particles included, abbreviations spelled out.

    They are normalised, but keep `ç`, which does not sound like `c`.
    """
    return tuple(WRITTEN_FOR.get(part, part) for part in _latinised(text).split()[:MOST_PARTS])


def bare(name_parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts without particles; a name made of particles alone keeps them."""
    return tuple(part for part in name_parts if part not in PARTICLES) or name_parts


_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        # Consonants
        (r"ç", "s"),
        (r"cois", "sois"),  # François is typed without its cedilla
        (r"([^lo])\1+", r"\1"),
        (r"wo(?![ou])", "ro"),  # Creole Wobè, Wozlin, Jewòm
        (r"^x(?=[aeiouy])", "j"),  # Ximena, Xavier
        (r"gz|x", "s"),
        (r"chr", "kr"),
        (r"[tds]?ch|sh", "X"),
        (r"ph", "f"),
        (r"h", ""),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"c?[ck]|c?qu?", "k"),
        (r"gu(?=[eiy])", "G"),
        (r"gn", "n"),
        (r"[dt]?g(?=[eiy])|dj", "j"),
        (r"[td]?z|ts|ks", "s"),
        (r"v", "b"),
        (r"(?<=ba)p(?=t)", ""),  # Baptiste
        (r"nm", "m"),
        (r"[jg]ea", "ja"),
        (r"[jg]eo", "jo"),
        # Endings that French writes and does not say, E where it says the consonant before
        (r"ste?$", "sE"),
        (r"(?<=[^aeiouy])e$|(?<=[kj])es$|(?<=[rlu]l|yv)es$", "E"),
        (r"(?<=[aou]i)s$", ""),  # Louis, Beauvais
        # Vowels
        (r"(?:ea|a)u(?:l?[tdx])?$|eau|a[ou]", "o"),
        (r"oi|oy(?![aeiou])", "oa"),
        (r"o?eu|oe", "e"),
        (r"a[iy](?![aeou])|e[iy](?![aeou])", "e"),
        (r"(?<=[aeiou])[iy](?=[aeou])|^[iy](?=[aeou])", "j"),
        (r"[eiy]", "i"),
        (r"[ouw]", "o"),
        # What the ear loses
        (r"(?<=n)t(?=[bdfjklmpsvX])", ""),  # Saintlouis
        (r"m(?=[^aio])|m$", "n"),
        (r"(?<=[aio])r(?=[^aior])", ""),
        (r"(?<=..[aionlr])[dt]+$", ""),
        (r"(?<=...)r$", ""),
        (r"E", ""),
        (r"(.)\1+", r"\1"),
    )
)


def _sound(part: str) -> str:
    for pattern, sound in _SOUNDS:
        part = pattern.sub(sound, part)
    return part[:LONGEST_KEY]


@lru_cache(maxsize=65536)
def key(part: str) -> str:
    """How a part sounds, in the letters a i o (vowels) and a few consonants; never empty."""
    return keys(part)[0]


@lru_cache(maxsize=65536)
def keys(part: str) -> tuple[str, ...]:
    """The key of a part first, then the other sounds its spelling allows."""
    variants = [part]
    if "ll" in part:
        spoken = re.sub(r"(?<=i)ll(?=e)|ll(?=[aeiou])", "y", part)
        # Castillo or Guillaume, and Ellen or Michelle.
        variants = [spoken, part] if spoken != part else [part]
    if part.startswith("ti") and len(part) >= 5:
        variants.append(part[2:])  # Tijean
    return tuple(dict.fromkeys(_sound(variant) or variant for variant in variants))
