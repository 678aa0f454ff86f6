"""The blind index: what is stored of a name, and what is looked up for a query."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from math import log
from typing import NamedTuple

from patients.names.nicknames import namesakes
from patients.names.spelling import PARTICLES, bare, key, keys, parts

KEY = "name_key"  # how a part, or neighbouring parts read as one, sounds
DELETION = "name_deletion"  # a key without one of its letters
MOTHER = "name_mother"  # how the mother's given name sounds

# The worth of a hit, out of 100.
SAME = 100
ONE_LETTER_MORE_OR_LESS = 75
ONE_OTHER_LETTER = 60
NICKNAME = 60
AID = 30

ROWS = 10_000  # stored tokens one search may read


class Token(NamedTuple):
    """A text stored or looked up as an HMAC under the key of its kind."""

    kind: str
    text: str


class Probe(NamedTuple):
    """A token to look for, the part of the query it stands for, and what a hit is worth."""

    token: Token
    part: int
    weight: int


def tokens(full_name: str, mother: str = "") -> set[Token]:
    """Everything stored of a name (given and family names in one text) and of the mother's."""
    name = parts(full_name)
    stored: set[Token] = set()
    sounds = [sound for part in bare(name) for sound in keys(part)]
    for joined, places in joins(name):
        if len(places) == 1:
            sounds.append(key(joined))
        else:  # two parts have their own neighbours; those of both as one would double the table
            stored.add(Token(KEY, key(joined)))
    for sound in sounds:
        stored.add(Token(KEY, sound))
        stored.update(Token(DELETION, shorter) for shorter in deletions(sound))
    stored.update(Token(MOTHER, key(part)) for part in bare(parts(mother)))
    return stored


def query_tokens(text: str) -> list[Probe]:
    """What to look for when `text` is searched; empty for a text without letters or digits.

    Two spellings meet when their keys are equal, or equal after taking one letter out of
    either or of both (a letter missing, added, replaced, or two exchanged).
    """
    best: dict[tuple[int, Token], int] = {}
    for token, part, weight in _probes(parts(text)):
        best[part, token] = max(weight, best.get((part, token), 0))
    return [Probe(token, part, weight) for (part, token), weight in best.items()]


def pick(
    probes: Iterable[Probe], counts: Mapping[Token, int], *, people: int, rows: int = ROWS
) -> list[Probe]:
    """The probes worth running, rarest first, their weights scaled by rarity.

    `counts` is how many people hold each token (absent: nobody) out of `people`. The person
    to look at first has the largest sum over the parts of the query of the best weight hit.
    What nobody holds is left out; once `rows` would be read, so is what is commoner still,
    a near key much sooner than the same one.
    """
    found = [(counts[probe.token], probe) for probe in probes if counts.get(probe.token)]
    chosen: list[Probe] = []
    for count, (token, part, weight) in sorted(found, key=lambda hit: hit[0] / hit[1].weight ** 3):
        rows -= count
        if rows < 0 and chosen:
            break
        chosen.append(Probe(token, part, round(weight * log(2 + people / count))))
    return chosen


@lru_cache(maxsize=65536)
def deletions(sound: str) -> frozenset[str]:
    """Every text one letter shorter; none of a key too short to say anything without it."""
    return frozenset(sound[:i] + sound[i + 1 :] for i in range(len(sound)) if len(sound) > 2)


def joins(name: tuple[str, ...]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Neighbours read as one, with the places they take among the bare parts.

    Jean Baptiste and Jeanbaptiste, de la Cruz and Delacruz, Ti Jean and Tijean.
    """
    place, particles, before = 0, "", ""
    for part in name:
        if part in PARTICLES:
            particles, before = particles + part, ""
            continue
        if particles:
            yield particles + part, (place,)
        if before:
            yield before + part, (place - 1, place)
        place, particles, before = place + 1, "", part


def _probes(name: tuple[str, ...]) -> Iterator[Probe]:
    for place, part in enumerate(bare(name)):
        for sound in keys(part):
            yield from _neighbourhood(sound, place)
        for other in namesakes(part):
            yield Probe(Token(KEY, key(other)), place, NICKNAME)
        yield Probe(Token(MOTHER, key(part)), place, AID)
    for joined, places in joins(name):
        for place in places:
            yield Probe(Token(KEY, key(joined)), place, SAME)
            yield Probe(Token(DELETION, key(joined)), place, ONE_LETTER_MORE_OR_LESS)


def _neighbourhood(sound: str, place: int) -> Iterator[Probe]:
    yield Probe(Token(KEY, sound), place, SAME)
    yield Probe(Token(DELETION, sound), place, ONE_LETTER_MORE_OR_LESS)
    for shorter in deletions(sound):
        yield Probe(Token(KEY, shorter), place, ONE_LETTER_MORE_OR_LESS)
        yield Probe(Token(DELETION, shorter), place, ONE_OTHER_LETTER)
