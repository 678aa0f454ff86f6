"""People found by name although every name is sealed and spelled in many ways.

What is stored of a name is a handful of `tokens` per part, each an HMAC the caller makes; a
search turns what was typed into `query_tokens` (probes), `pick` orders them by rarity, and
`rank` re-reads the few unsealed candidates and says why each one matched.
"""

from patients.names.index import Probe, Token, pick, query_tokens, tokens
from patients.names.scoring import Candidate, Match, Reason, rank, score
from patients.names.spelling import normalise, parts

__all__ = [
    "Candidate",
    "Match",
    "Probe",
    "Reason",
    "Token",
    "normalise",
    "parts",
    "pick",
    "query_tokens",
    "rank",
    "score",
    "tokens",
]
