"""Addenda: nothing signed is overwritten, and a correction has its readers."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from accounts import crypto
from accounts.rows import uuid7
from consultations.models import Addendum
from consultations.services import addenda
from patients.services import key_of
from tests.accounts.factories import UserFactory
from tests.consultations.factories import ConsultationFactory


@pytest.fixture
def note(doctor, person, outing):
    return ConsultationFactory(by=doctor, patient=person, outing=outing)


def add(note, by, **more):
    return addenda.add(
        note,
        by=by,
        id=more.pop("id", uuid7()),
        reason=more.pop("reason", "Error de lado"),
        text=more.pop("text", "Era el pie izquierdo"),
        **more,
    )


def test_an_addendum_has_author_time_and_reason_and_is_sealed(doctor, note, person):
    row = add(note, doctor)
    assert row.author == doctor
    assert b"izquierdo" not in bytes(row.text)
    assert crypto.unseal(key_of(person), row.text, row.aad("text")) == "Era el pie izquierdo"


def test_the_same_id_again_is_one_addendum(doctor, note):
    row_id = uuid7()
    assert add(note, doctor, id=row_id).pk == add(note, doctor, id=row_id).pk
    assert Addendum.objects.count() == 1


def test_the_id_of_anothers_addendum_does_not_exist(doctor, note, programme):
    row = add(note, doctor)
    with pytest.raises(Addendum.DoesNotExist):
        add(note, UserFactory(role="doctor", programme=programme), id=row.pk)


def test_an_addendum_is_never_changed(doctor, note):
    row = add(note, doctor)
    with pytest.raises(DatabaseError), transaction.atomic():
        Addendum.objects.filter(pk=row.pk).delete()


@pytest.mark.parametrize("role", ["psychologist", "social_worker", "mediator"])
def test_only_the_discipline_of_the_note_adds_to_it(note, programme, role):
    with pytest.raises(PermissionDenied):
        add(note, UserFactory(role=role, programme=programme))


def test_nobody_of_another_programme_adds(note, stranger):
    with pytest.raises(PermissionDenied):
        add(note, stranger)
