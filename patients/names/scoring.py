"""How well a name answers a query, and why: the second look, on names unsealed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rapidfuzz.distance import OSA

from patients.names.index import joins
from patients.names.nicknames import namesakes
from patients.names.spelling import bare, keys, parts

T = TypeVar("T")

ENOUGH = 45.0  # a name that scores less is no answer


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


# The weakest way in which a part of the query was answered is the reason shown.
_WEAKEST_FIRST = (
    Reason.SIMILAR_SPELLING,
    Reason.MOTHER,
    Reason.NICKNAME,
    Reason.INITIALS,
    Reason.SAME_SOUND,
    Reason.JOINED,
)
_LEAST = 0.6  # parts less alike are not alike at all
_HOPELESS = 0.25  # spelled so differently that sounds are not compared
_SOUND, _SPELLED = 0.88, 0.98  # the range of parts that sound the same, by their spelling
_SPREAD = 5  # letters a joined name may be longer or shorter
_EQUAL = Fit(1.0, Reason.EXACT_NAME)
_NICKNAME = Fit(0.82, Reason.NICKNAME)
_INITIAL = Fit(0.7, Reason.INITIALS)
_UNLIKE = Fit(0.0, Reason.SIMILAR_SPELLING)
_MOTHER = 0.7  # of the likeness, where the mother's name answers
_LEFT_OVER = 0.1  # taken off for parts of the name that were not asked for
_DISORDER = 0.03
_YEARS_APART = {0: 1.0, 1: 0.98, 2: 0.95, 3: 0.87, 4: 0.82, 5: 0.78}
_MORE_YEARS = 0.75


def score(
    query: str,
    name: str,
    birth_year: int | None = None,
    person_birth_year: int | None = None,
    *,
    mother: str = "",
) -> Match:
    """How well `name` (given and family names) answers `query`, whatever its spelling.

    A birth year known on both sides takes up to a quarter off a name it does not agree with:
    estimated ages are often two years off, seldom more than five.
    """
    match = _query(query).match(name, mother)
    if birth_year is None or person_birth_year is None:
        return match
    agreement = _YEARS_APART.get(abs(birth_year - person_birth_year), _MORE_YEARS)
    return Match(match.score * agreement, match.reason)


def rank(
    query: str, candidates: Iterable[Candidate[T]], birth_year: int | None = None, limit: int = 10
) -> list[tuple[T, Match]]:
    """The best answers first, at most `limit`, none below `ENOUGH`."""
    answers: list[tuple[T, Match]] = []
    for person in candidates:
        match = max(
            score(query, name, birth_year, person.birth_year, mother=person.mother)
            for name in person.names
        )
        if match.score >= ENOUGH:
            answers.append((person.key, match))
    return sorted(answers, key=lambda answer: -answer[1].score)[:limit]


class _Unit(NamedTuple):
    """A part of the query, or parts read as one, and how it fitted the parts met so far."""

    text: str
    places: tuple[int, ...]
    fits: dict[str, Fit]


class _Query:
    """A query taken apart once, to be held against many names."""

    def __init__(self, text: str) -> None:
        spelled = parts(text)
        self.asked = bare(spelled)
        self.parts = [_Unit(part, (place,), {}) for place, part in enumerate(self.asked)]
        self.parts_against_joined = [_Unit(*unit[:2], {}) for unit in self.parts]
        self.joined = [_Unit(joined, places, {}) for joined, places in joins(spelled)]
        # Two letters may be anything; beyond eight a name says no more.
        self.weights = [2 + min(len(part), 6) for part in self.asked]

    def match(self, name: str, mother: str) -> Match:
        spelled = parts(name)
        named = bare(spelled)
        if not self.asked or not named:
            return Match(0.0, Reason.SIMILAR_SPELLING)
        if self.asked == named:
            return Match(100.0, Reason.EXACT_NAME)
        single = [(part, (place,)) for place, part in enumerate(named)]
        pairs = _apart(
            [
                *_pairs(self.parts, single, _fit),
                *_pairs(self.parts_against_joined, joins(spelled), _fit_joined),
                *_pairs(self.joined, single, _fit_joined),
            ]
        )
        left_over = len(named) - sum(len(pair.named) for pair in pairs)
        pairs += self._of_mother(pairs, mother)
        ordered = _in_order(pairs)
        answered = sum(
            pair.fit.likeness**2 * self.weights[place] for pair in pairs for place in pair.asked
        )
        whole = 1 - _LEFT_OVER * left_over / len(named) - (0 if ordered else _DISORDER)
        return Match(
            100 * whole * answered / sum(self.weights), self._reason(pairs, left_over, ordered)
        )

    def _of_mother(self, pairs: Sequence[Pair], mother: str) -> list[Pair]:
        """What the name leaves of the query may be the mother's given name."""
        answered = {place for pair in pairs for place in pair.asked}
        if not mother or len(answered) == len(self.asked):
            return []
        fits = (
            (place, max(_fit(part, own).likeness for own in bare(parts(mother))))
            for place, part in enumerate(self.asked)
            if place not in answered
        )
        return [
            Pair(Fit(_MOTHER * likeness, Reason.MOTHER), (place,), ())
            for place, likeness in fits
            if likeness >= _SOUND
        ]

    def _reason(self, pairs: Sequence[Pair], left_over: int, ordered: bool) -> Reason:
        if sum(len(pair.asked) for pair in pairs) < len(self.asked):
            return Reason.SIMILAR_SPELLING
        reasons = {pair.fit.reason for pair in pairs}
        for reason in _WEAKEST_FIRST:
            if reason in reasons:
                return reason
        if not ordered:
            return Reason.OTHER_ORDER
        return Reason.PART_OF_NAME if left_over else Reason.EXACT_NAME


# One query is held against hundreds of names, and a page shown again asks it again.
_query = lru_cache(maxsize=32)(_Query)


def _pairs(
    units: Iterable[_Unit],
    named: Iterable[tuple[str, tuple[int, ...]]],
    fitting: Callable[[str, str], Fit],
) -> Iterator[Pair]:
    named = list(named)
    for text, places, fits in units:
        for other, other_places in named:
            if (fit := fits.get(other)) is None:
                fit = fits[other] = fitting(text, other)
            if fit is not _UNLIKE:
                yield Pair(fit, places, other_places)


def _apart(pairs: list[Pair]) -> list[Pair]:
    """The most alike first, each place of the query and of the name once.

    Two places answered well by one count before two places answered one by one.
    """
    asked: set[int] = set()
    named: set[int] = set()
    chosen: list[Pair] = []
    for pair in sorted(pairs, key=_worth, reverse=True):
        if asked.isdisjoint(pair.asked) and named.isdisjoint(pair.named):
            asked.update(pair.asked)
            named.update(pair.named)
            chosen.append(pair)
    return chosen


def _worth(pair: Pair) -> float:
    return pair.fit.likeness**3 * (len(pair.asked) + len(pair.named))


def _in_order(pairs: Iterable[Pair]) -> bool:
    places = [named for _, asked, named in sorted(pairs, key=lambda pair: pair.asked) if named]
    return places == sorted(places)


def _fit(part: str, other: str) -> Fit:
    if part == other or part.replace("ç", "c") == other.replace("ç", "c"):
        return _EQUAL
    if len(part) == 1 or len(other) == 1:
        return _INITIAL if part[0] == other[0] else _UNLIKE
    spelled = OSA.normalized_similarity(part, other)
    if spelled < _HOPELESS:
        return _NICKNAME if other in namesakes(part) else _UNLIKE
    sounds, others = keys(part), keys(other)
    if not set(sounds).isdisjoint(others):
        return Fit(_SOUND + (_SPELLED - _SOUND) * spelled, Reason.SAME_SOUND)
    if other in namesakes(part):
        return _NICKNAME
    sound = max(
        OSA.normalized_similarity(a, b, score_cutoff=_LEAST) for a in sounds for b in others
    )
    likeness = max(spelled, _SOUND * sound)
    return Fit(likeness, Reason.SIMILAR_SPELLING) if likeness >= _LEAST else _UNLIKE


def _fit_joined(part: str, other: str) -> Fit:
    """Where one of the two was read as one from two parts."""
    if abs(len(part) - len(other)) > _SPREAD:
        return _UNLIKE
    fit = _fit(part, other)
    return Fit(fit.likeness, Reason.JOINED) if fit.likeness >= _SOUND else fit
