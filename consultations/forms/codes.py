"""Lists as the search-and-tap control of a consultation offers them."""

from collections.abc import Sequence

from accounts.widgets import Choice
from terminology import lists
from terminology.fields import Concepts, choice


class Offered(Concepts):
    """The values of a list, or spec of several, that may be chosen today; retired ones may not.

    `first` are the quick picks, where the list's own are not those of the discipline.
    """

    def __init__(self, spec: str, *, first: Sequence[lists.Entry] | None = None) -> None:
        super().__init__(spec)
        self._offered = {entry.key: entry for entry in lists.all(spec)}
        self._first = lists.quick(spec) if first is None else first

    @property
    def complete(self) -> bool:
        return len(self._first) == len(self._offered)

    def quick(self) -> list[Choice]:
        return [choice(entry) for entry in self._first]

    def label(self, key: str) -> str | None:
        entry = self._offered.get(key)
        return None if entry is None else choice(entry)[1]
