"""Lists for the picker of `accounts.fields`: `CodeField(Concepts("countries"))`."""

from accounts.policy import Permission
from accounts.widgets import Codes
from terminology import lists
from terminology.lists import Entry

Choice = tuple[str, str]


# Tables of the application that forms choose from, such as `partners`: with who may search them.
_TABLES: dict[str, tuple[Codes, Permission]] = {}


def register(codes: Codes, permission: Permission) -> None:
    """Let the picker search a table of an app to the left."""
    _TABLES[codes.name] = (codes, permission)


def table(name: str) -> tuple[Codes, Permission] | None:
    return _TABLES.get(name)


class Concepts:
    """What one field may be answered with: a spec as `forms.csv` writes it in `list`."""

    def __init__(self, spec: str) -> None:
        self.name = spec

    @property
    def complete(self) -> bool:
        """The quick picks are the whole list: nothing to search for."""
        return len(lists.all(self.name)) <= lists.QUICK

    def quick(self) -> list[Choice]:
        return [choice(entry) for entry in lists.quick(self.name)]

    def label(self, key: str) -> str | None:
        """None for what is not in the list; a retired value of it keeps its label."""
        entry = next((e for e in lists.all(self.name, retired=True) if e.key == key), None)
        return None if entry is None else choice(entry)[1]

    def find(self, text: str) -> list[Choice]:
        return [choice(entry) for entry in lists.search(self.name, text, limit=lists.QUICK)]


def choice(entry: Entry) -> Choice:
    return entry.key, entry.full_label
