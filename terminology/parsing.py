"""Reading a file of list values. A fault names its file and line, and no row of the file counts."""

import csv
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.privacy import PrivacyClass
from terminology import rules
from terminology.models import LABEL_LENGTH, LABELS
from terminology.spreadsheets import plain_cell

_TURNED_INTO_COLUMNS = {"code", *LABELS, "privacy", "retired"}


@dataclass(frozen=True)
class Fault:
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Faults(Exception):
    """A file, or several, cannot be loaded; nothing was changed."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass
class Line:
    """One value of a list as its file says it."""

    list_name: str
    number: int
    cells: Mapping[str, str]
    code: str = field(init=False)
    scope: str = field(init=False)

    def __post_init__(self) -> None:
        self.code = self.cells.get("code", "") or self.cells.get("value", "")
        self.scope = self.cells.get(rules.SCOPES.get(self.list_name, ""), "")
        if self.list_name == "scale_answers":  # an answer belongs to an item, else to its scale
            self.scope = self.cells["item"] or self.cells["scale"]

    @property
    def key(self) -> str:
        return f"{self.list_name}:{f'{self.scope}.' if self.scope else ''}{self.code}"

    @property
    def labels(self) -> dict[str, str]:
        return {column: self.cells[column] for column in LABELS}

    @property
    def privacy(self) -> str:
        return self.cells.get("privacy") or PrivacyClass.OPEN.value

    @property
    def retired(self) -> bool:
        return self.cells.get("retired") == "yes"

    @property
    def attributes(self) -> dict[str, str]:
        return {
            column: cell
            for column, cell in self.cells.items()
            if column not in _TURNED_INTO_COLUMNS
        }


def read(list_name: str, data: bytes, *, columns: Iterable[str] = ()) -> list[Line]:
    """The values in a file, in order. Raises `Faults`, all of them at once.

    `columns` are the columns the file must have, when that is known.
    """
    file = f"{list_name}.csv"
    header, rows = _table(file, data)
    missing = [c for c in (columns or LABELS) if c not in header]
    if missing:
        raise Faults([Fault(file, 1, _("missing columns: %s") % ", ".join(missing))])
    faults: list[Fault] = []
    lines: list[Line] = []
    for number, cells in rows:
        if len(cells) != len(header):
            message = _("%(found)s columns instead of %(expected)s")
            counts = {"found": len(cells), "expected": len(header)}
            faults.append(Fault(file, number, message % counts))
            continue
        lines.append(Line(list_name, number, dict(zip(header, cells, strict=True))))
        faults += [Fault(file, number, message) for message in _messages(lines[-1])]
    faults += _repeated(file, lines)
    if faults:
        raise Faults(sorted(faults, key=lambda fault: fault.line))
    return lines


def check_references(lists: Mapping[str, list[Line]]) -> None:
    """Raises `Faults` where a value points to a code that its list does not have."""
    codes = {name: {line.code for line in lines} for name, lines in lists.items()}
    faults = [
        Fault(f"{name}.csv", line.number, _("%(column)s: %(value)s is no code of %(list)s") % {
            "column": column, "value": value, "list": target,
        })
        for (name, column), target in _references()
        for line in lists.get(name, ())
        for value in filter(None, line.cells[column].split(";"))
        if value not in codes.get(target, ())
    ]  # fmt: skip
    if faults:
        raise Faults(faults)


def _references() -> Iterator[tuple[tuple[str, str], str]]:
    for place, target in rules.REFERENCES.items():
        name, column = place.split(".")
        yield (name, column), target


def _table(file: str, data: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Faults([Fault(file, line, _("not in UTF-8"))]) from error
    for number, line_text in enumerate(text.split("\n"), 1):
        if any(unicodedata.category(c) == "Cc" and c != "\r" for c in line_text):
            raise Faults([Fault(file, number, _("control characters, such as NUL or tab"))])
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        rows = [(reader.line_num, _clean(cells)) for cells in reader if cells]
    except csv.Error as error:
        raise Faults(
            [Fault(file, reader.line_num, _("this line cannot be read as CSV"))]
        ) from error
    if not rows or len(set(rows[0][1])) < len(rows[0][1]):
        raise Faults([Fault(file, 1, _("no header, or a column stands twice in it"))])
    return rows[0][1], rows[1:]


def _clean(cells: list[str]) -> list[str]:
    return [plain_cell(unicodedata.normalize("NFC", cell).strip()) for cell in cells]


def _messages(line: Line) -> Iterator[str]:
    form = rules.CODES.get(line.list_name, rules.SNAKE)
    if not form.fullmatch(line.code) or len(line.code) > 60:
        yield _("code %s has not the form of a code") % (line.code or "“”")
    for column in LABELS:
        if not line.cells[column]:
            yield _("%s is empty") % column
        elif len(line.cells[column]) > LABEL_LENGTH:
            yield _("%(column)s is longer than %(length)s characters") % {
                "column": column, "length": LABEL_LENGTH,
            }  # fmt: skip
    for column, cell in line.cells.items():
        if cell and not _fits(f"{line.list_name}.{column}", column, cell):
            yield _("%(column)s: %(value)s is not one of the known values") % {
                "column": column, "value": cell[:60],
            }  # fmt: skip


def _fits(place: str, column: str, cell: str) -> bool:
    if place in rules.CLOSED:
        return rules.CLOSED[place].issuperset(cell.split(";"))
    if place in rules.PATTERNS:
        return bool(rules.PATTERNS[place].fullmatch(cell))
    if column == "privacy":
        return cell in PrivacyClass.values
    if column in rules.NUMBERS:
        return cell.removeprefix("-").replace(".", "", 1).isdecimal()
    return True


def _repeated(file: str, lines: list[Line]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for line in lines:
        if line.key in seen:
            faults.append(Fault(file, line.number, _("code %s stands twice") % line.code))
        seen.add(line.key)
    return faults
