"""The automatic rules of `vulnerability_criteria.csv`.

`auto_rule` joins conditions with ` and `; a condition is a name, one of `<`, `>=`, `=`, `!=` or
`in`, and a value or, after `in`, several apart by `;`. A name is `form.field` or one of `age`
(completed years), `suicide_risk`, `washington_group`.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from terminology import lists

CRITERIA = "vulnerability_criteria"

Fact = str | int | Iterable[str] | None
_CONDITION = re.compile(r"(?P<name>[a-z0-9_.]+)(?P<sign><|>=|!=|=| in )(?P<values>[a-z0-9_;]+)")


class BadRule(ValueError):
    """A rule that does not follow the grammar."""


class Condition(NamedTuple):
    name: str
    sign: str
    values: tuple[str, ...]

    def holds(self, fact: Fact) -> bool:
        """A fact with several codes holds where one of them does."""
        if self.sign in ("<", ">="):
            number = int(str(fact))
            bound = int(self.values[0])
            return number < bound if self.sign == "<" else number >= bound
        found = any(code in self.values for code in _codes(fact))
        return not found if self.sign == "!=" else found


def _codes(fact: Fact) -> list[str]:
    """Codes of a fact, which may be given as keys (`list:code`)."""
    facts = [fact] if isinstance(fact, str | int) else [*(fact or ())]
    return [str(each).rpartition(":")[2] for each in facts]


@lru_cache(maxsize=256)
def parse(rule: str) -> tuple[Condition, ...]:
    return tuple(_condition(text) for text in rule.split(" and "))


def _condition(text: str) -> Condition:
    match = _CONDITION.fullmatch(text.strip())
    if match is None:
        raise BadRule(text)
    return Condition(match["name"], match["sign"].strip(), tuple(match["values"].split(";")))


def judge(rule: str, facts: Mapping[str, Fact]) -> bool | None:
    """Whether the rule holds; None where the facts leave it open.

    One condition that fails settles it, whatever else is unknown. A fact that is None is unknown.
    """
    unknown = False
    for condition in parse(rule):
        if facts.get(condition.name) is None:
            unknown = True
        elif not condition.holds(facts[condition.name]):
            return False
    return None if unknown else True


def judgements(facts: Mapping[str, Fact]) -> dict[str, bool]:
    """Key of each criterion whose rule the facts settle, and whether it holds."""
    found = {
        entry.key: judge(rule, facts)
        for entry in lists.all(CRITERIA)
        if (rule := entry.attributes.get("auto_rule"))
    }
    return {key: holds for key, holds in found.items() if holds is not None}
