"""The message catalogues, without GNU gettext: `python -m config.translations <word>`.

    extract   print every message of the code and the templates
    sync      bring locale/<language>/LC_MESSAGES/django.po up to date; translations are kept
    check     fail where a message is missing, empty, fuzzy or has lost a placeholder
    compile   write the .mo files that Django reads

English needs no catalogue: it is what the messages are written in. Labels of reference lists and
of form fields are no messages; they come in three languages from the CSV files of `terminology`.
"""

import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import template

BASE_DIR = Path(__file__).resolve().parent.parent
LANGUAGES = ("es", "fr")
APPS = (
    "accounts", "config", "consultations", "demo", "desk", "partners", "patients", "referrals",
    "reports", "terminology",
)  # fmt: skip
PLURAL, CONTEXT, BOTH = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": None,
    **{f"{name}{lazy}": spec for lazy in ("", "_lazy") for name, spec in (
        ("gettext", None), ("ngettext", PLURAL), ("pgettext", CONTEXT), ("npgettext", BOTH),
    )},
    "gettext_noop": None,
}  # fmt: skip
SHOWN = 40  # faults printed at once
Text = str | Sequence[str] | None  # one form, or the forms of a plural
PLACEHOLDER = re.compile(r"%\(\w+\)[#0\- +]?[\d.]*[a-zA-Z]|%[sd]|\{\w*\}")


def messages() -> Catalog:
    """Every message of the code and the templates; its locations name the files."""
    catalog = Catalog()
    for path, text in sources():
        found = extract("python", io.BytesIO(text.encode()), KEYWORDS, (), {"encoding": "utf-8"})
        for line, message, _comments, context in found:
            if message and any(message):
                catalog.add(message, locations=[(path, line)], context=context)
    return catalog


def sources() -> Iterator[tuple[str, str]]:
    for app in APPS:
        for path in sorted((BASE_DIR / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(BASE_DIR)), path.read_text()
    for path in sorted((BASE_DIR / "templates").rglob("*.*")):
        python = template.templatize(path.read_text(), origin=str(path))
        # What remains of the layout would not indent as Python does.
        yield str(path.relative_to(BASE_DIR)), "\n".join(map(str.strip, python.splitlines()))


def path_of(language: str, suffix: str = ".po") -> Path:
    return BASE_DIR / "locale" / language / "LC_MESSAGES" / f"django{suffix}"


def catalogue(language: str) -> Catalog:
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def synced(language: str, template: Catalog) -> bytes:
    """The catalogue with exactly the messages of the template, sorted, without line numbers and
    dates: a change shows only the lines that mean something."""
    old, new = catalogue(language), Catalog(locale=language)
    for message in template:
        if message.id:
            known = old.get(message.id, message.context)
            if known and same_shape(known, message):
                new.add(message.id, known.string, flags=known.flags, context=message.context)
            else:
                new.add(message.id, context=message.context)
    body = io.BytesIO()
    write_po(body, new, omit_header=True, no_location=True, sort_output=True, width=96)
    header = (
        f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {new.plural_forms}\\n"\n\n'
    )
    return header.encode() + body.getvalue()


def same_shape(one: Message, other: Message) -> bool:
    return bool(one.id == other.id)


def faults(language: str, template: Catalog) -> Iterator[str]:
    known = catalogue(language)
    for message in template:
        if not message.id:
            continue
        where = f"{language}: {message.locations[0][0]}: {first(message.id)!r}"
        translated = known.get(message.id, message.context)
        if translated is None or not same_shape(translated, message):
            yield f"{where} is missing (make translations)"
        elif translated.fuzzy:
            yield f"{where} is fuzzy"
        elif not all(forms(translated.string)):
            yield f"{where} is not translated"
        elif not placeholders_match(message.id, translated.string):
            yield f"{where} has other placeholders than its translation"
    if path_of(language).exists() and path_of(language).read_bytes() != synced(language, template):
        yield f"{language}: the catalogue is not in step with the code (make translations)"


def forms(text: Text) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def first(text: Text) -> str:
    return forms(text)[0]


def placeholders_match(source: Text, target: Text) -> bool:
    """The translation has the placeholders of its source; a singular may leave the number out."""
    wanted = [set(PLACEHOLDER.findall(form)) for form in forms(source)]
    given = [set(PLACEHOLDER.findall(form)) for form in forms(target)]
    singular = given[0] in (wanted[0], wanted[-1])
    return singular and all(form == wanted[-1] for form in given[1:])


def compile_all() -> None:
    for language in LANGUAGES:
        if path_of(language).exists():
            with path_of(language, ".mo").open("wb") as file:
                write_mo(file, catalogue(language))


def sync() -> None:
    found = messages()
    for language in LANGUAGES:
        text = synced(language, found)
        path_of(language).parent.mkdir(parents=True, exist_ok=True)
        path_of(language).write_bytes(text)


def check() -> int:
    found = messages()
    wrong = [fault for language in LANGUAGES for fault in faults(language, found)]
    print("\n".join(wrong[:SHOWN]) or f"{len(found)} messages, each in {' and '.join(LANGUAGES)}.")
    if len(wrong) > SHOWN:
        print(f"… and {len(wrong) - SHOWN} more.")
    return min(len(wrong), 1)


def print_all() -> None:
    body = io.BytesIO()
    write_po(body, messages(), omit_header=True, sort_output=True)
    print(body.getvalue().decode())


def main(arguments: list[str]) -> int:
    if not settings.configured:
        settings.configure()  # templatize asks for the names of the tags, nothing else
    words = {"extract": print_all, "sync": sync, "check": check, "compile": compile_all}
    if len(arguments) != 1 or arguments[0] not in words:
        print(__doc__)
        return 2
    return words[arguments[0]]() or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
