"""Finding people: by name however it is spelled, by code, by the end of a phone number.

Candidates come from the blind index, within the user's scope; their names are compared by
`accounts.disclosure`, which shows them to nobody. The view discloses the few shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from django.core.cache import cache
from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts import crypto, disclosure, policy
from accounts.models import User
from accounts.policy import Reach
from accounts.privacy import PrivacyClass
from patients import codes, names, phones
from patients.builders import KINDS
from patients.card import Names
from patients.models import Access, Identity, Patient, SearchToken
from patients.names import Match, Probe, Reason, Token
from patients.names.scoring import ENOUGH

SHOWN = 10
CANDIDATES = 300
DUPLICATE = 70  # likeness, in per cent, from which two records may be of one person
_PEOPLE_COUNTED_FOR = 600  # seconds


class Purpose(StrEnum):
    """What somebody typed into the one search box."""

    NOTHING = "nothing"
    CODE = "code"
    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True)
class Asked:
    purpose: Purpose
    text: str = ""
    birth_year: int | None = None


@dataclass(frozen=True)
class Found:
    """A person found, and why. A hidden one only for who asked by exact name and birth year."""

    identity: Identity
    match: Match

    @property
    def patient(self) -> Patient:
        return self.identity.patient


def asked(text: str, birth_year: int | None = None) -> Asked:
    """Read the search box: a whole code, four or more digits of a phone, else a name."""
    code = codes.normalise(text)
    if codes.check(code):
        return Asked(Purpose.CODE, code)
    tail = phones.tail(text)
    if tail is not None:
        return Asked(Purpose.PHONE, tail)
    if names.parts(text):
        return Asked(Purpose.NAME, text, birth_year)
    return Asked(Purpose.NOTHING)


def find_people(user: User, question: Asked) -> list[Found]:
    """At most `SHOWN` people of the user's scope, best first. A code is opened by
    `services.open_by_code`, not found here."""
    if question.purpose == Purpose.PHONE:
        return _by_phone(user, question.text)
    if question.purpose == Purpose.NAME:
        return _by_name(user, question.text, question.birth_year)
    return []


def _by_phone(user: User, tail: str) -> list[Found]:
    token = crypto.token32(phones.KIND, tail)
    holders = SearchToken.objects.filter(kind=SearchToken.Kind.PHONE, token=token)
    people = Patient.objects.visible_to(user).filter(pk__in=holders.values("patient"))
    newest = people.newest_first().values_list("pk", flat=True)[:CANDIDATES]

    def ends_so(identity: Identity) -> bool:
        # Tokens are cut to 32 bits: two phones may share one.
        return disclosure.compare(
            identity, "phone", identity.key, lambda phone: phone.endswith(tail)
        )

    found = [identity for identity in _identities(newest) if ends_so(identity)]
    return [Found(identity, Match(100, Reason.PHONE)) for identity in found[:SHOWN]]


def _by_name(user: User, text: str, birth_year: int | None) -> list[Found]:
    candidates = _identities(_candidates(user, text, birth_year))
    scored = [Found(identity, _match(text, identity, birth_year)) for identity in candidates]
    likely = [found for found in scored if found.match.score >= ENOUGH]
    allowed = _hidden_allowed(user, likely, text, birth_year)
    shown = [found for found in likely if not found.patient.hidden or found.patient.pk in allowed]
    return sorted(shown, key=lambda found: -found.match.score)[:SHOWN]


_NAMES = ("given_name", "family_name", "official_name", "mother_name")
# What ranking and a list of results need: making whole rows of 300 candidates takes longer.
_SHOWN = (
    *_NAMES,
    "birth_date",
    "phone",
    "key__patient_id",
    "key__purpose",
    "key__wrapped",
    "key__destroyed_at",
    *(
        f"patient__{field}"
        for field in ("code", "sex", "birth_year", "nationality_id", "hidden", "data_consent")
    ),
)


def _identities(patient_ids: Iterable[UUID]) -> list[Identity]:
    rows = Identity.objects.filter(patient__in=list(patient_ids), superseded_at__isnull=True)
    return list(rows.select_related("key", "patient").only(*_SHOWN))


def _match(text: str, identity: Identity, birth_year: int | None) -> Match:
    """How well the best of the names a person goes by answers."""

    def judge(given: str, family: str, official: str, mother: str) -> Match:
        known = identity.patient.birth_year
        return max(
            names.score(text, name, birth_year, known, mother=mother)
            for name in (f"{given} {family}", official)
            if name
        )

    return disclosure.compare_fields(identity, _NAMES, identity.key, judge)


def _hidden_allowed(
    user: User, likely: Sequence[Found], text: str, birth_year: int | None
) -> set[UUID]:
    """Hidden people among the candidates who may be shown: those of the user's own access, and
    to clinical staff those whose exact full name and birth year was asked for."""
    hidden = {found.patient.pk: found for found in likely if found.patient.hidden}
    if not hidden:
        return set()
    clinical = [
        posting.programme_id
        for posting in user.active_postings
        if posting.programme_id and Reach.ALL in policy.reach([posting.role], PrivacyClass.CLINICAL)
    ]
    accesses = Access.objects.open().filter(
        Q(user=user) | Q(programme__in=clinical), patient__in=hidden
    )
    return {
        access.patient_id
        for access in accesses
        if access.user_id is not None
        or _is_exactly(hidden[access.patient_id].identity, text, birth_year)
    }


def _is_exactly(identity: Identity, text: str, birth_year: int | None) -> bool:
    def judge(given: str, family: str, official: str) -> bool:
        full = {names.normalise(f"{given} {family}"), names.normalise(official)}
        return names.normalise(text) in full

    return birth_year == identity.patient.birth_year and disclosure.compare_fields(
        identity, _NAMES[:3], identity.key, judge
    )


def _candidates(user: User, text: str, birth_year: int | None) -> list[UUID]:
    """Ids of up to `CANDIDATES` people of the user's scope who share most of the rarest tokens."""
    probes = _probes(text)
    if not probes:
        return []
    scope, scope_params = (
        Patient.objects.within_reach_of(user).values("id", "birth_year").query.sql_with_params()
    )
    # One row per probe: the parts of the query are summed, each counting its best hit.
    values = ", ".join(["(%s, %s, %s, %s)"] * len(probes))
    near = "CASE WHEN ABS(scope.birth_year - %s) <= 2 THEN 2 ELSE 1 END" if birth_year else "1"
    sql = f"""
        WITH probe(kind, token, part, weight) AS (VALUES {values})
        SELECT hit.patient_id
        FROM (
            SELECT best.patient_id, SUM(best.weight) AS score
            FROM (
                SELECT held.patient_id, probe.part, MAX(probe.weight) AS weight
                FROM probe
                JOIN patients_searchtoken held
                  ON held.kind = probe.kind AND held.token = probe.token
                GROUP BY held.patient_id, probe.part
            ) best
            GROUP BY best.patient_id
        ) hit
        JOIN ({scope}) scope ON scope.id = hit.patient_id
        ORDER BY hit.score * {near} DESC, hit.patient_id DESC
        LIMIT {CANDIDATES}
    """  # noqa: S608  # only our own column names and placeholders are put together
    params = [each for probe in probes for each in probe]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, *scope_params, *([birth_year] if birth_year else [])])
        return [_uuid(pk) for (pk,) in cursor.fetchall()]


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _probes(text: str) -> list[tuple[int, int, int, int]]:
    """(kind, token, part of the query, weight) of the tokens worth looking up."""
    probes = names.query_tokens(text)
    blind = {probe.token: _blind(probe.token) for probe in probes}
    counts = _counts(set(blind.values()))
    chosen: list[Probe] = names.pick(
        probes,
        {token: counts[hashed] for token, hashed in blind.items() if hashed in counts},
        people=_people(),
    )
    return [(*blind[probe.token], probe.part, probe.weight) for probe in chosen]


def _blind(token: Token) -> tuple[int, int]:
    return KINDS[token.kind], crypto.token32(token.kind, token.text)


def _counts(wanted: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    by_kind: dict[int, list[int]] = defaultdict(list)
    for kind, token in wanted:
        by_kind[kind].append(token)
    held = Q()
    for kind, tokens in by_kind.items():
        held |= Q(kind=kind, token__in=tokens)
    if not held:
        return {}
    rows = SearchToken.objects.filter(held).order_by().values_list("kind", "token")
    return {(kind, token): count for kind, token, count in rows.annotate(held=Count("patient"))}


def _people() -> int:
    """About how many people there are: rarity needs no more."""
    return cache.get_or_set("patients:people", Patient.objects.count, _PEOPLE_COUNTED_FOR) or 1


def look_alikes(
    user: User,
    who: Names,
    *,
    sex: str,
    birth_year: int,
    nationality: str,
    besides: UUID | None = None,
) -> list[Found]:
    """People of the user's scope who may be this one: like names, sex that does not exclude it,
    age ± 2 years; another nationality counts against it. Hidden people never show."""
    if not names.parts(who.full):
        return []
    candidates = _possible(_candidates(user, who.full, birth_year), sex, birth_year)
    scored = [
        Found(identity, _likeness(who, identity, nationality))
        for identity in candidates
        if identity.patient_id != besides
    ]
    alike = [found for found in scored if found.match.score >= DUPLICATE]
    return sorted(alike, key=lambda found: -found.match.score)[:SHOWN]


def _possible(ids: Sequence[UUID], sex: str, birth_year: int) -> QuerySet[Identity]:
    unsaid = Patient.Sex.UNKNOWN
    same_sex = Q() if sex == unsaid else Q(patient__sex__in=(sex, unsaid))
    return (
        Identity.objects.filter(
            same_sex,
            patient__in=ids,
            patient__hidden=False,
            patient__birth_year__range=(birth_year - 2, birth_year + 2),
            superseded_at__isnull=True,
        )
        .select_related("key", "patient")
        .only(*_SHOWN)
    )


def _likeness(who: Names, identity: Identity, nationality: str) -> Match:
    def judge(given: str, family: str, official: str, mother: str) -> Match:
        own = {f"{given} {family}".strip(), official} - {""}
        asked_as = {who.full, who.official_name} - {""}
        best = max(
            (names.score(mine, theirs) for mine in asked_as for theirs in own),
            default=Match(0, Reason.SIMILAR_SPELLING),
        )
        share = 1.0 if nationality == identity.patient.nationality_id else 0.85
        if who.mother_name and mother and names.score(who.mother_name, mother).score < ENOUGH:
            share *= 0.85
        return Match(best.score * share, best.reason)

    return disclosure.compare_fields(identity, _NAMES, identity.key, judge)
