"""Statistical disclosure control: what counts of people look like when they leave the house.

The rule (domain.md, section 19): 0 is shown, 1 to 7 becomes `*`, every other count is rounded to
the nearest 5; totals are rounded from the true total, percentages computed from rounded counts.
Where the variable is sensitive the threshold is 10 and zeros are starred too.

Rounding alone can be undone in rare tables. So every release passes an audit: with all that is
shown, and knowing this rule, nobody can find the one value that a starred cell must have. What
fails has categories merged, and at last is withheld.

Pure: no model, no request, no clock.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

STAR = "*"
MERGED = "+"  # joins the keys of merged categories
_MANY = 10**9  # above every count
_PATIENCE = 400  # nodes of one search; without an answer by then, a cell counts as found out

Shown = int | str | None
Bounds = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    threshold: int = 7
    star_zero: bool = False
    base: int = 5

    def show(self, count: int) -> int | str:
        """A count as it is published: itself when 0, starred, or rounded."""
        if count == 0 and not self.star_zero:
            return 0
        if count <= self.threshold:
            return STAR
        # Never written as 0, however coarse the rounding.
        return max(rounded(count, self.base), self.base)

    def bounds(self, count: int) -> Bounds:
        """What a reader who knows the rule learns from the count as shown; both included."""
        shown = self.show(count)
        if shown == 0:
            return 0, 0
        if shown == STAR:
            return (0 if self.star_zero else 1), self.threshold
        low = int(shown) - self.base // 2
        high = low + self.base - 1
        if shown == self.base:
            low = 0
        return max(low, self.threshold + 1), high


ORDINARY = Rule()
SENSITIVE = Rule(threshold=10, star_zero=True)


def rounded(count: int, base: int = 5) -> int:
    """The nearest multiple of the base, halves up."""
    return (count + base // 2) // base * base


# -- The audit ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Relation:
    """A fact every reader knows: the terms add up to 0, or (`at_least`) to 0 or more."""

    terms: tuple[tuple[str, int], ...]
    at_least: bool = False


def sums_to(total: str, parts: Iterable[str]) -> Relation:
    return Relation(((total, -1), *((part, 1) for part in parts)))


def narrow(bounds: Mapping[str, Bounds], relations: Iterable[Relation]) -> dict[str, Bounds] | None:
    """The bounds that follow from the relations; None where nothing satisfies them.

    Exact where the relations form no ring (sums of whole intervals are whole intervals);
    elsewhere never narrower than the truth.
    """
    known = dict(bounds)
    by_name: dict[str, list[Relation]] = {}
    for relation in relations:
        for name, _sign in relation.terms:
            by_name.setdefault(name, []).append(relation)
    waiting = {id(relation): relation for found in by_name.values() for relation in found}
    while waiting:
        relation = waiting.pop(next(iter(waiting)))
        for name in _tighten(known, relation):
            low, high = known[name]
            if low > high:
                return None
            waiting |= {id(other): other for other in by_name[name]}
    return known


def _tighten(known: dict[str, Bounds], relation: Relation) -> list[str]:
    """Narrow the terms of one relation; gives the names that changed."""
    most = least = 0
    for name, sign in relation.terms:
        low, high = known[name]
        least += low if sign > 0 else -high
        most += high if sign > 0 else -low
    changed = []
    for name, sign in relation.terms:
        low, high = known[name]
        mine = (low, high) if sign > 0 else (-high, -low)
        # sign * x >= -(the most that all others can add up to), and the reverse.
        lowest = -(most - mine[1])
        highest = mine[1] if relation.at_least else -(least - mine[0])
        tight = max(mine[0], lowest), min(mine[1], highest)
        if tight != mine:
            known[name] = tight if sign > 0 else (-tight[1], -tight[0])
            changed.append(name)
            most += tight[1] - mine[1]
            least += tight[0] - mine[0]
            if tight[0] > tight[1]:
                break
    return changed


def found_out(
    truth: Mapping[str, int],
    bounds: Mapping[str, Bounds],
    relations: Iterable[Relation],
    starred: Iterable[str],
) -> list[str]:
    """Starred cells that have one possible value only, given all bounds and relations.

    `truth` guides the search for a second value; it must satisfy bounds and relations.
    """
    given = list(relations)
    known = narrow(bounds, given)
    if known is None:
        raise ValueError("the true values contradict what is shown")
    exact = not _has_ring(given)
    found = []
    for name in starred:
        low, high = known[name]
        if low == high or not (exact or _another_value(name, truth, known, given)):
            found.append(name)
    return found


def _has_ring(relations: list[Relation]) -> bool:
    """Whether relations hang together in a ring; then narrowing may overlook something."""
    root: dict[object, object] = {}

    def top(node: object) -> object:
        while root.setdefault(node, node) != node:
            node = root[node]
        return node

    for relation in relations:
        for name, _sign in relation.terms:
            one, other = top(name), top((id(relation),))
            if one == other:
                return True
            root[one] = other
    return False


def _another_value(
    name: str, truth: Mapping[str, int], known: dict[str, Bounds], relations: list[Relation]
) -> bool:
    low, high = known[name]
    near = sorted(
        (value for value in range(low, high + 1) if value != truth[name]),
        key=lambda value: abs(value - truth[name]),
    )
    patience = [_PATIENCE]
    return any(_possible({**known, name: (v, v)}, relations, truth, patience) for v in near)


def _possible(
    bounds: dict[str, Bounds],
    relations: list[Relation],
    truth: Mapping[str, int],
    patience: list[int],
) -> bool:
    """Whether whole numbers within the bounds satisfy all relations."""
    patience[0] -= 1
    if patience[0] < 0:
        return False
    known = narrow(bounds, relations)
    if known is None:
        return False
    open_names = [name for name, (low, high) in known.items() if low < high]
    if not open_names:
        return True
    name = min(open_names, key=lambda n: known[n][1] - known[n][0])
    low, high = known[name]
    first = min(max(truth.get(name, low), low), high)
    values = sorted(range(low, min(high, low + 50) + 1), key=lambda value: abs(value - first))
    return any(
        _possible({**known, name: (value, value)}, relations, truth, patience)
        for value in dict.fromkeys((first, *values))
    )


# -- A release ---------------------------------------------------------------------------------
@dataclass
class Table:
    """One breakdown: cells by category, and the name of the total they belong to.

    Cells and total are names of counts. Cells of consultations add up to the total; people do
    not (`additive` false): each cell is at most the total, and together they reach it.
    """

    name: str
    total: str
    cells: dict[str, str]
    additive: bool = True
    ordered: bool = False  # only neighbours are merged: ages, months
    groups: list[tuple[str, ...]] = field(default_factory=list)
    withheld: bool = False

    def __post_init__(self) -> None:
        self.groups = self.groups or [(key,) for key in self.cells]

    def count_name(self, group: tuple[str, ...]) -> str:
        return self.cells[group[0]] if len(group) == 1 else f"{self.name}:{MERGED.join(group)}"


@dataclass
class Release:
    """Counts with their rules, the tables they stand in, and other sums that readers know.

    `exact` are counts shown as they are. Counts merged away are known to be 0 or more.
    """

    counts: dict[str, int]
    rules: dict[str, Rule]
    tables: list[Table] = field(default_factory=list)
    sums: list[Relation] = field(default_factory=list)
    exact: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)  # totals that are not told at all

    def shown(self, name: str) -> Shown:
        """A total as published; None when it is withheld."""
        if name in self.hidden:
            return None
        return self.counts[name] if name in self.exact else self._rule(name).show(self.counts[name])

    def cells(self, table: Table) -> dict[str, int | str]:
        """A table as published, by merged keys; empty when it is withheld. A merged category of
        people counts the sum of its categories (nobody in it twice for what people are)."""
        if table.withheld:
            return {}
        return {
            MERGED.join(group): self._rule(table.cells[group[0]]).show(self._sum(table, group))
            for group in table.groups
        }

    def protect(self) -> list[str]:
        """Merge and withhold until no starred cell can be found out; gives what was done."""
        done: list[str] = []
        while name := next(iter(self.found_out()), None):
            done.append(self._coarsen(name))
        return done

    def found_out(self) -> list[str]:
        """Starred counts that a reader can work out."""
        found = []
        for truth, bounds, relations, starred in self._parts():
            found += found_out(truth, bounds, relations, starred)
        return found

    def _rule(self, name: str) -> Rule:
        return self.rules.get(name, ORDINARY)

    def _sum(self, table: Table, group: tuple[str, ...]) -> int:
        return sum(self.counts[table.cells[key]] for key in group)

    def _system(self) -> tuple[dict[str, int], dict[str, Bounds], list[Relation], set[str]]:
        truth, bounds, relations, starred = dict(self.counts), {}, list(self.sums), set()
        told = {table.total for table in self.tables} | {n for n in self.counts if "/" not in n}
        for name in told - self.hidden:
            bounds[name] = (
                (truth[name], truth[name])
                if name in self.exact
                else self._rule(name).bounds(truth[name])
            )
            if self.shown(name) == STAR:
                starred.add(name)
        for table in self.tables:
            if table.withheld:
                continue
            groups = []
            for group in table.groups:
                name = table.count_name(group)
                rule, count = self._rule(table.cells[group[0]]), self._sum(table, group)
                truth[name] = count
                bounds[name] = _both(bounds.get(name, (0, _MANY)), rule.bounds(count))
                if rule.show(count) == STAR:
                    starred.add(name)
                if len(group) > 1:
                    relations.append(sums_to(name, (table.cells[key] for key in group)))
                groups.append(name)
            relations += _margins(table, groups)
        for name in truth:
            bounds.setdefault(name, (0, _MANY))
        return truth, bounds, relations, starred

    def _parts(
        self,
    ) -> Iterator[tuple[dict[str, int], dict[str, Bounds], list[Relation], list[str]]]:
        """The system in parts that share no count: each is audited by itself."""
        truth, bounds, relations, starred = self._system()
        part_of: dict[str, str] = {}

        def top(name: str) -> str:
            while part_of.setdefault(name, name) != name:
                name = part_of[name]
            return name

        for relation in relations:
            first = top(relation.terms[0][0])
            for name, _sign in relation.terms[1:]:
                part_of[top(name)] = first
        by_part: dict[str, list[Relation]] = {}
        for relation in relations:
            by_part.setdefault(top(relation.terms[0][0]), []).append(relation)
        wanted: dict[str, list[str]] = {}
        for name in sorted(starred):
            wanted.setdefault(top(name), []).append(name)
        for part, stars in wanted.items():
            held = by_part.get(part, [])
            names = {name for relation in held for name, _sign in relation.terms} | set(stars)
            yield {n: truth[n] for n in names}, {n: bounds[n] for n in names}, held, stars

    def _coarsen(self, name: str) -> str:
        for table in self.tables:
            for group in table.groups:
                if not table.withheld and table.count_name(group) == name:
                    return self._merge(table, group)
        return self._withhold_beside(name)

    def _merge(self, table: Table, group: tuple[str, ...]) -> str:
        others = [other for other in table.groups if other != group]
        if len(others) < 2:
            # What is left would be the total, or the total and what follows from it.
            table.withheld = True
            return f"{table.name}: withheld"
        index = table.groups.index(group)
        if table.ordered:
            partner = table.groups[index + 1 if index + 1 < len(table.groups) else index - 1]
        else:
            partner = min(others, key=lambda o: (self._sum(table, o) == 0, self._sum(table, o)))
        keys = [key for key in table.cells if key in (*group, *partner)]
        place = min(index, table.groups.index(partner))
        table.groups = [g for g in table.groups if g not in (group, partner)]
        table.groups.insert(place, tuple(keys))
        return f"{table.name}: {MERGED.join(keys)}"

    def _withhold_beside(self, name: str) -> str:
        """A starred total follows from others: what gives it away is not told at all."""
        related = {
            other
            for relation in self.sums
            if any(term == name for term, _sign in relation.terms)
            for other, _sign in relation.terms
            if other != name and other not in self.hidden and other not in self.exact
        }
        tables = [t for t in self.tables if t.total == name and not t.withheld]
        if tables:
            for table in tables:
                table.withheld = True
            return f"{name}: tables withheld"
        totals = [other for other in related if "/" not in other]
        if totals:
            hidden = min(totals, key=lambda other: self.counts[other])
            self.hidden.add(hidden)
            return f"{hidden}: withheld"
        if cells := [t for t in self.tables if not t.withheld and related & set(t.cells.values())]:
            for table in cells:
                table.withheld = True
            return f"{cells[0].name}: withheld"
        self.hidden.add(name)
        return f"{name}: withheld"


def _both(one: Bounds, other: Bounds) -> Bounds:
    return max(one[0], other[0]), min(one[1], other[1])


def _margins(table: Table, groups: list[str]) -> list[Relation]:
    if table.additive:
        return [sums_to(table.total, groups)]
    return [
        *(Relation(((table.total, 1), (name, -1)), at_least=True) for name in groups),
        Relation(((table.total, -1), *((name, 1) for name in groups)), at_least=True),
    ]


# -- Releases of overlapping periods -------------------------------------------------------------
def isolates(old: int, new: int, old_rule: Rule, new_rule: Rule) -> bool:
    """Whether two releases of one count tell that somebody, and how few, stands between them.

    True when the true difference is 1 to the threshold and what is shown leaves no doubt that
    it is not 0. Starred counts tell nothing of the kind.
    """
    between = abs(new - old)
    if not 0 < between <= max(old_rule.threshold, new_rule.threshold):
        return False
    (old_low, old_high), (new_low, new_high) = old_rule.bounds(old), new_rule.bounds(new)
    return new_low > old_high or old_low > new_high


def coarser(old: int, new: int, old_rule: Rule, rule: Rule) -> Rule | None:
    """The finest rounding of the new count that does not isolate anybody; None: withhold it."""
    for base in (rule.base, 10, 20, 50, 100):
        candidate = Rule(rule.threshold, rule.star_zero, base)
        if not isolates(old, new, old_rule, candidate):
            return candidate
    return None
