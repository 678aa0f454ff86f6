import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AccessEvent
from accounts.rows import EditConflict
from terminology import lists
from terminology.models import Concept, Load
from terminology.parsing import Faults
from terminology.services import editing, sending
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db
HEADER = "code,label_en,label_es,label_fr\n"


@pytest.fixture
def admin():
    return UserFactory(role="administrator")


@pytest.fixture
def first():
    return Concept.objects.get(pk="visit_types:first")


def settle(concept, by, **changes):
    labels = {f"label_{name}": getattr(concept, f"label_{name}") for name in ("en", "es", "fr")}
    labels |= {name: changes.pop(name) for name in list(changes) if name.startswith("label_")}
    values = {"retired_on": None, "place": editing.place_of(concept), "expected": concept.version}
    return editing.edit(concept, by=by, labels=labels, **{**values, **changes})


def order(name):
    return [concept.code for concept in Concept.objects.of(name)]


def test_edit_relabels_remembers_it_and_logs_it(admin, first):
    settle(first, admin, label_es="Consulta inicial")
    first.refresh_from_db()
    assert (first.label_es, first.relabelled, first.version) == ("Consulta inicial", True, 2)
    assert lists.get("visit_types:first").labels["es"] == "Consulta inicial"
    event = AccessEvent.objects.get(action="lists.edited")
    assert (event.actor, event.purpose) == (admin, "visit_types:first")


def test_edit_retires_and_takes_back(admin, first):
    settle(first, admin, retired_on=dt.date(2026, 1, 1))
    first.refresh_from_db()
    assert first.decided
    assert "visit_types:first" not in dict(lists.choices("visit_types"))
    settle(first, admin, retired_on=None)
    assert "visit_types:first" in dict(lists.choices("visit_types"))


def test_edit_moves_to_a_place(admin, first):
    before = order("visit_types")
    settle(first, admin, place=3)
    assert order("visit_types") == [*before[1:3], before[0], *before[3:]]
    settle(Concept.objects.get(pk=first.pk), admin, place=10_000)
    assert order("visit_types")[-1] == "first"


def test_move_goes_one_step_and_stops_at_the_ends(admin, first):
    before = order("visit_types")
    editing.move(first, by=admin, expected=1, step=-1)
    assert order("visit_types") == before
    editing.move(first, by=admin, expected=1, step=1)
    assert order("visit_types")[:2] == [before[1], before[0]]
    assert Concept.objects.get(pk=first.pk).reordered


def test_a_scope_is_ordered_by_itself(admin):
    band = Concept.objects.of("age_bands").filter(scope="unhcr").first()
    others = [c.key for c in Concept.objects.of("age_bands").exclude(scope="unhcr")]
    editing.move(band, by=admin, expected=1, step=1)
    assert [c.key for c in Concept.objects.of("age_bands").exclude(scope="unhcr")] == others


def test_the_second_to_save_meets_a_conflict(admin, first):
    settle(first, admin, label_es="Uno")
    with pytest.raises(EditConflict) as caught:
        settle(first, admin, label_es="Dos", expected=1)
    assert caught.value.theirs.label_es == "Uno"


def test_nothing_changed_is_neither_saved_nor_logged(admin, first):
    settle(first, admin)
    assert Concept.objects.get(pk=first.pk).version == 1
    assert not AccessEvent.objects.exists()


def test_only_administrators_change_lists(first):
    with pytest.raises(PermissionDenied):
        settle(first, UserFactory(role="coordinator"), label_es="Uno")
    with pytest.raises(PermissionDenied):
        sending.send("visit_types", b"", by=UserFactory(role="coordinator"))


def send(text, by, name="visit_types"):
    return sending.send(name, text.encode(), by=by)


def apply(load, by):
    return sending.apply(load, by=by, seen=sending.mark(sending.changes(load)))


def test_a_file_changes_labels_and_adds_values_when_it_is_applied(admin):
    load = send(HEADER + "first,One,Uno,Un\nwalk_in,Walk-in,Sin cita,Sans rendez-vous\n", admin)
    assert [change.is_new for change in sending.changes(load)] == [False, True]
    assert not Concept.objects.filter(code="walk_in").exists()

    assert apply(load, admin) == 2
    assert lists.get("visit_types:first").labels["es"] == "Uno"
    added = Concept.objects.get(pk="visit_types:walk_in")
    assert added.added
    assert order("visit_types")[-1] == "walk_in"
    load.refresh_from_db()
    assert load.applied_at
    assert load.content == ""
    assert AccessEvent.objects.get(action="lists.file_applied").purpose == "visit_types"


def test_a_file_applied_twice_changes_nothing_more(admin):
    load = send(HEADER + "first,One,Uno,Un\n", admin)
    seen = sending.mark(sending.changes(load))
    assert sending.apply(load, by=admin, seen=seen) == 1
    assert sending.apply(load, by=admin, seen=seen) == 0


def test_a_list_that_changed_after_the_preview_is_not_overwritten(admin, first):
    load = send(HEADER + "first,One,Uno,Un\n", admin)
    seen = sending.mark(sending.changes(load))
    settle(first, admin, label_en="Other")
    with pytest.raises(sending.ChangedMeanwhile):
        sending.apply(load, by=admin, seen=seen)
    assert Concept.objects.get(pk=first.pk).label_es != "Uno"


def test_sending_again_drops_what_was_not_applied(admin):
    send(HEADER + "first,One,Uno,Un\n", admin)
    send(HEADER + "first,Two,Dos,Deux\n", admin)
    assert Load.objects.filter(sent_by=admin).count() == 1


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("visit_types", HEADER + "first,One,,Un\n", 2),
        ("visit_types", HEADER + "First,One,Uno,Un\n", 2),
        ("visit_types", HEADER + "first,a,b,c\nfirst,a,b,c\n", 3),
        ("visit_types", "code,label_en,label_es,label_fr,colour\nfirst,a,b,c,red\n", 1),
        ("visit_types", "code,label_en,label_es\nfirst,a,b\n", 1),
        ("visit_types", "", 1),
        ("partner_types", HEADER + "coop,Cooperative,Cooperativa,Coopérative\n", 2),
        ("partner_types", HEADER[:-1] + ",published_group\npublic_health,a,b,c,ngo\n", 2),
        ("age_bands", HEADER + "msf_0_4,a,b,c\n", 1),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(admin, name, text, line):
    with pytest.raises(Faults) as caught:
        send(text, admin, name)
    assert str(caught.value.faults[0]).startswith(f"{name}.csv:{line}:")
    assert not Load.objects.filter(sent_by=admin).exists()
