"""How well a name answers a query, and why: the second look, on names unsealed."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from patients.names.index import joins
from patients.names.nicknames import namesakes
from patients.names.spelling import bare, keys, parts

T = TypeVar("T")

ENOUGH = 50.0  # a name that scores less is no answer


class Reason(TextChoices):
    """Why a person is among the answers."""

    CODE = "code", _("Same code")
    PHONE = "phone", _("Same phone digits")
    EXACT_NAME = "exact_name", _("Same name")
    OTHER_ORDER = "other_order", _("Same name, other order")
    PART_OF_NAME = "part_of_name", _("Part of the name")
    JOINED = "joined", _("Written together or apart")
    SAME_SOUND = "same_sound", _("Sounds the same")
    INITIALS = "initials", _("Initials")
    NICKNAME = "nickname", _("Familiar name")
    MOTHER = "mother", _("Mother's name")
    SIMILAR_SPELLING = "similar_spelling", _("Similar spelling")


class Match(NamedTuple):
    """How well a name answers, 0 to 100, and why."""

    score: float
    reason: Reason


class Candidate(NamedTuple, Generic[T]):
    """A person whose name was unsealed: each name they go by in full, and the mother's."""

    key: T
    names: Sequence[str]
    birth_year: int | None = None
    mother: str = ""


class Fit(NamedTuple):
    """How alike two parts are, 0 to 1, and in what way."""

    likeness: float
    reason: Reason


class Pair(NamedTuple):
    """Places of the query that places of the name answer."""

    fit: Fit
    asked: tuple[int, ...]
    named: tuple[int, ...]


# Worst first: the weakest fit of a query's parts is the reason shown.
_TELLING = (
    Reason.SIMILAR_SPELLING,
    Reason.MOTHER,
    Reason.NICKNAME,
    Reason.INITIALS,
    Reason.SAME_SOUND,
    Reason.JOINED,
)
_SOUND = 0.88  # parts that sound the same are at least this alike, however they are spelled
_NICKNAME = Fit(0.82, Reason.NICKNAME)
_INITIAL = Fit(0.7, Reason.INITIALS)
_MOTHER = 0.7  # of the likeness, where the mother's name answers
_LEAST = 0.6  # less alike is not alike at all


def score(
    query: str,
    name: str,
    birth_year: int | None = None,
    person_birth_year: int | None = None,
    *,
    mother: str = "",
) -> Match:
    """How well `name` (given and family names) answers `query`, whatever its spelling.

    A birth year known on both sides takes up to a quarter off a name it does not agree with.
    """
    match = _of_names(query, name, mother)
    return Match(match.score * _year(birth_year, person_birth_year), match.reason)


def rank(
    query: str, candidates: Iterable[Candidate[T]], birth_year: int | None = None, limit: int = 10
) -> list[tuple[T, Match]]:
    """The best answers first, at most `limit`, none below `ENOUGH`."""
    scored = [
        (
            person.key,
            max(
                score(query, name, birth_year, person.birth_year, mother=person.mother)
                for name in person.names
            ),
        )
        for person in candidates
    ]
    scored = [(key, match) for key, match in scored if match.score >= ENOUGH]
    return sorted(scored, key=lambda answer: -answer[1].score)[:limit]


def _year(asked: int | None, known: int | None) -> float:
    """1 for the same year, 0.75 beyond five years; estimates are often two years off."""
    if asked is None or known is None:
        return 1.0
    return (
        (1.0, 0.98, 0.95, 0.87, 0.82, 0.78)[min(abs(asked - known), 5)]
        if abs(asked - known) <= 5
        else 0.75
    )


@lru_cache(maxsize=4096)
def _of_names(query: str, name: str, mother: str) -> Match:
    asked, named = bare(parts(query)), bare(parts(name))
    if not asked or not named:
        return Match(0.0, Reason.SIMILAR_SPELLING)
    pairs = list(_best_pairs(query, name))
    pairs += _of_mother(asked, pairs, mother)
    weights = [2 + min(len(part), 6) for part in asked]
    covered = sum(
        pair.fit.likeness**2 * weights[place] for pair in pairs for place in pair.asked
    ) / sum(weights)
    left_over = len(named) - sum(len(pair.named) for pair in pairs)
    ordered = _in_order(pairs)
    whole = 1 - 0.1 * left_over / len(named) - (0 if ordered else 0.03)
    return Match(100 * covered * whole, _reason(pairs, len(asked), left_over, ordered))


def _best_pairs(query: str, name: str) -> Iterator[Pair]:
    """The parts of both names put together so that the most alike meet, each once."""
    pairs = sorted(
        (
            Pair(fit, places, others)
            for part, places in _units(query)
            for other, others in _units(name)
            if (fit := _fit(part, other)).likeness >= _LEAST
        ),
        key=lambda pair: (-pair.fit.likeness, -len(pair.asked) - len(pair.named)),
    )
    asked: set[int] = set()
    named: set[int] = set()
    for pair in pairs:
        if asked.isdisjoint(pair.asked) and named.isdisjoint(pair.named):
            asked.update(pair.asked)
            named.update(pair.named)
            yield pair


@lru_cache(maxsize=4096)
def _units(text: str) -> tuple[tuple[str, tuple[int, ...]], ...]:
    name = parts(text)
    single = ((part, (place,)) for place, part in enumerate(bare(name)))
    return (*single, *joins(name))


@lru_cache(maxsize=262_144)
def _fit(part: str, other: str) -> Fit:
    if part == other:
        return Fit(1.0, Reason.EXACT_NAME)
    if len(part) == 1 or len(other) == 1:
        return _INITIAL if part[0] == other[0] else Fit(0.0, Reason.SIMILAR_SPELLING)
    spelled = OSA.normalized_similarity(part, other)
    sound = max(OSA.normalized_similarity(a, b) for a in keys(part) for b in keys(other))
    if sound == 1:
        return Fit(_SOUND + (0.98 - _SOUND) * spelled, Reason.SAME_SOUND)
    if other in namesakes(part):
        return _NICKNAME
    return Fit(max(spelled, _SOUND * sound), Reason.SIMILAR_SPELLING)


def _of_mother(asked: Sequence[str], pairs: Sequence[Pair], mother: str) -> Iterator[Pair]:
    """What the name leaves of the query may be the mother's given name."""
    answered = {place for pair in pairs for place in pair.asked}
    for place, part in enumerate(asked):
        likeness = max((_fit(part, own).likeness for own in bare(parts(mother))), default=0)
        if place not in answered and likeness > _SOUND:
            yield Pair(Fit(_MOTHER * likeness, Reason.MOTHER), (place,), ())


def _in_order(pairs: Iterable[Pair]) -> bool:
    places = [pair.named for pair in sorted(pairs, key=lambda pair: pair.asked) if pair.named]
    return places == sorted(places)


def _reason(pairs: Sequence[Pair], asked: int, left_over: int, ordered: bool) -> Reason:
    reasons = {pair.fit.reason for pair in pairs}
    if sum(len(pair.asked) for pair in pairs) < asked:
        return Reason.SIMILAR_SPELLING
    for reason in _TELLING:
        if reason in reasons:
            return reason
    if not ordered:
        return Reason.OTHER_ORDER
    return Reason.PART_OF_NAME if left_over else Reason.EXACT_NAME
