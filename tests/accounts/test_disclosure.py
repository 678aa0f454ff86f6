"""Sealing, and the only way to open what is sealed."""

from dataclasses import dataclass, field
from typing import ClassVar
from uuid import UUID

import pytest

from accounts import crypto, services
from accounts.crypto import INSTALLATION, Unreadable
from accounts.disclosure import Disclosure, NotDisclosed, compare
from accounts.privacy import PrivacyClass
from accounts.rows import Row, Sealed, SealedField, uuid7
from tests.accounts.factories import UserFactory


class Note(Row):
    text = SealedField()
    aside = SealedField()

    PRIVACY: ClassVar[dict[str, PrivacyClass]] = {"text": PrivacyClass.CLINICAL}

    class Meta:
        app_label = "accounts"
        managed = False

    def __str__(self) -> str:
        return "note"


@dataclass
class Key:
    patient_id: UUID | None = field(default_factory=uuid7)
    destroyed_at: object = None
    secret: bytes = b"k" * 32


@dataclass(frozen=True)
class Person:
    pk: UUID
    code: str = "ABCDEFGH1"


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def note(key) -> Note:
    note = Note()
    note.seal(key, text="Dolor de cabeza", aside="además")
    return note


def disclose(key: Key, privacy_class: PrivacyClass = PrivacyClass.CLINICAL) -> Disclosure:
    return services.disclose(
        by=UserFactory(role="doctor"),
        action="person.opened",
        subjects=[Person(key.patient_id)],
        privacy_class=privacy_class,
    )


# -- Sealing -----------------------------------------------------------------------------------
def test_the_same_text_sealed_twice_differs(key, note):
    again = Note(id=note.id)
    again.seal(key, text="Dolor de cabeza")

    assert bytes(again.text) != bytes(note.text)


def test_an_empty_text_is_null(key, note):
    note.seal(key, text="")

    assert note.text is None


def test_sealed_text_shows_nothing_of_itself(note):
    assert str(note.text) == repr(note.text) == f"{note.text}" == "<sealed>"


@pytest.mark.parametrize("what", ["row", "field", "key", "bytes"])
def test_sealed_text_opens_only_for_its_row_field_and_key(key, note, what):
    other = Note(text=note.text) if what == "row" else note
    blob = bytes(note.text)
    if what == "bytes":
        blob = blob[:-1] + bytes([blob[-1] ^ 1])
    secret = Key(secret=b"o" * 32) if what == "key" else key

    with pytest.raises(Unreadable):
        crypto.unseal(secret, blob, other.aad("aside" if what == "field" else "text"))


def test_a_wrapped_key_belongs_to_its_row():
    wrapped = crypto.new_wrapped_key(b"row 1")

    assert len(crypto.unwrap_key(wrapped, b"row 1")) == 32
    with pytest.raises(Unreadable):
        crypto.unwrap_key(wrapped, b"row 2")


def test_tokens_of_two_kinds_differ_and_repeat():
    assert crypto.token32("name", "ana") == crypto.token32("name", "ana")
    assert crypto.token32("name", "ana") != crypto.token32("phone", "ana")
    assert -(2**31) <= crypto.token32("name", "ana") < 2**31


def test_parts_of_a_mac_cannot_be_moved():
    assert crypto.mac("x", b"ab", b"c") != crypto.mac("x", b"a", b"bc")
    assert crypto.mac("x", b"a") != crypto.mac("y", b"a")


def test_a_sealed_field_comes_back_as_it_was_stored(note):
    stored = SealedField().from_db_value(memoryview(bytes(note.text)))

    assert isinstance(stored, Sealed)
    assert bytes(stored) == bytes(note.text)


# -- Disclosing --------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_event_opens_the_texts_of_its_person(key, note):
    assert disclose(key).open(note, "text", key) == "Dolor de cabeza"


@pytest.mark.django_db
def test_an_event_opens_nothing_of_another_person(key, note):
    disclosure = disclose(Key())

    with pytest.raises(NotDisclosed, match="does not name this person"):
        disclosure.open(note, "text", key)


@pytest.mark.django_db
def test_an_event_opens_nothing_of_a_stricter_class(key, note):
    disclosure = disclose(key, PrivacyClass.SENSITIVE)

    with pytest.raises(NotDisclosed, match="lesser privacy class"):
        disclosure.open(note, "text", key)


@pytest.mark.django_db
def test_a_field_that_names_no_class_counts_as_the_strictest(key, note):
    with pytest.raises(NotDisclosed, match="lesser privacy class"):
        disclose(key).open(note, "aside", key)

    assert disclose(key, PrivacyClass.PROTECTED).open(note, "aside", key) == "además"


@pytest.mark.django_db
def test_texts_of_nobody_open_with_any_event(note):
    note.seal(INSTALLATION, aside="Lunes cerrado")

    assert disclose(Key(), PrivacyClass.OPEN).open(note, "aside", INSTALLATION) == "Lunes cerrado"


@pytest.mark.django_db
def test_what_was_erased_is_empty(key, note):
    key.destroyed_at = object()

    assert disclose(key).open(note, "text", key) == ""


@pytest.mark.django_db
def test_what_was_never_written_is_empty(key):
    assert disclose(key).open(Note(), "text", key) == ""


def test_nobody_makes_a_disclosure_without_an_event():
    with pytest.raises(NotDisclosed):
        Disclosure(object(), 1, [], PrivacyClass.PROTECTED)


def test_a_comparison_hands_out_only_its_judgement(key, note):
    assert compare(note, "text", key, lambda text: "cabeza" in text) is True
    assert compare(Note(), "text", key, lambda text: text == "") is True
