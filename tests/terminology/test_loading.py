import csv
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terminology import lists
from terminology.models import Concept, Load
from terminology.parsing import Faults
from terminology.services import loading
from terminology.services.loading import DATA, load

pytestmark = pytest.mark.django_db
HEADER = "code,label_en,label_es,label_fr"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped files, to change."""
    for path in DATA.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def rewrite(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def faults_of(folder: Path) -> list[str]:
    before = list(Concept.objects.order_by("pk").values_list("pk", "label_es", "version"))
    with pytest.raises(Faults) as caught:
        load(folder)
    assert list(Concept.objects.order_by("pk").values_list("pk", "label_es", "version")) == before
    return [str(fault) for fault in caught.value.faults]


def test_every_row_of_every_shipped_file_is_there():
    for path in DATA.glob("*.csv"):
        if path.stem in loading.NOT_LISTS:
            continue
        with path.open(encoding="utf-8", newline="") as file:
            rows = sum(1 for _ in csv.DictReader(file))
        assert Concept.objects.filter(list_name=path.stem).count() == rows, path.stem


def test_loading_again_changes_nothing_and_takes_one_statement(django_assert_num_queries):
    before = list(Concept.objects.order_by("pk").values())
    with django_assert_num_queries(1):
        assert load() == []
    assert list(Concept.objects.order_by("pk").values()) == before


def test_a_changed_file_is_loaded_and_the_others_are_left(folder):
    rewrite(folder / "visit_types.csv", "First", "Very first")
    assert load(folder) == ["visit_types"]
    assert Concept.objects.get(pk="visit_types:first").label_en.startswith("Very first")
    assert load(folder) == []


def test_labels_order_and_retirement_of_an_administrator_stay(folder):
    concept = Concept.objects.get(pk="visit_types:first")
    concept.label_es, concept.relabelled = "Consulta inicial", True
    concept.position, concept.reordered = 77, True
    concept.retired_on, concept.decided = "2026-01-01", True
    concept.save()
    rewrite(folder / "visit_types.csv", "First", "Very first")
    load(folder)
    concept.refresh_from_db()
    assert (concept.label_es, concept.position) == ("Consulta inicial", 77)
    assert str(concept.retired_on) == "2026-01-01"


def test_a_value_that_vanished_is_retired_and_comes_back(folder):
    path = folder / "visit_types.csv"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace(next(r for r in whole.splitlines(True) if "first" in r), ""))
    load(folder)
    assert Concept.objects.get(pk="visit_types:first").retired_on
    path.write_text(whole)
    load(folder)
    assert Concept.objects.get(pk="visit_types:first").retired_on is None


def test_a_file_that_vanished_retires_its_list(folder):
    (folder / "danger_level.csv").unlink()
    load(folder)
    assert not Concept.objects.of("danger_level").offered().exists()
    assert Concept.objects.of("danger_level").count() == 5


def test_a_value_added_by_an_administrator_is_not_retired(folder):
    Concept.objects.create(
        key="visit_types:own", list_name="visit_types", code="own", position=9,
        label_en="Own", label_es="Propio", label_fr="Propre", added=True,
    )  # fmt: skip
    rewrite(folder / "visit_types.csv", "First", "Very first")
    load(folder)
    assert Concept.objects.get(pk="visit_types:own").retired_on is None


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("first,First visit", "first,", 2, "label_en"),
        ("\nfollow_up,", "\nfirst,", 3, "first"),
        ("\nfollow_up,", "\nFollow-up,", 3, "Follow-up"),
        ("\nfollow_up,", "\n,", 3, ""),
        ("\nfollow_up,", "\nfollow_up,one more,", 3, "5"),
        ("first,First", "first,Fi\x00rst", 2, ""),
        ("first,First", "first," + "x" * 401, 2, "400"),
        ("first,First", 'first,"First', 2, ""),
    ],
)
def test_a_wrong_row_is_named_and_changes_nothing(folder, old, new, line, message):
    rewrite(folder / "visit_types.csv", old, new)
    found = faults_of(folder)
    if '"' in new:  # an open quote runs on to the end of the file
        assert found[0].startswith("visit_types.csv:")
        return
    assert any(f.startswith(f"visit_types.csv:{line}:") and message in f for f in found), found


def test_bytes_that_are_no_utf8_are_named_with_their_line(folder):
    path = folder / "visit_types.csv"
    path.write_bytes(path.read_bytes() + b"latin,Caf\xe9,Caf\xe9,Caf\xe9\n")
    assert faults_of(folder)[0].startswith("visit_types.csv:7:")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("morbidity.csv", ",yes,clinical", ",perhaps,clinical"),
        ("morbidity.csv", ",yes,clinical", ",yes,secret"),
        ("morbidity.csv", "J06.9", "J6.9"),
        ("partner_types.csv", "public_body", "private_body"),
        ("time_since_event.csv", ",24,", ",a day,"),
        ("mh_diagnoses.csv", ",EPI,", ",XYZ,"),
        ("countries.csv", "VEN,", "Ven,"),
    ],
)
def test_an_unknown_value_of_a_closed_set_is_refused(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    if old not in text:
        pytest.skip(f"{old} is not in {file}")
    rewrite(folder / file, old, new)
    assert faults_of(folder)[0].startswith(f"{file}:")


def test_a_reference_to_a_code_that_is_not_there_is_refused(folder):
    rewrite(folder / "violence_types.csv", ",rape,", ",rapee,")
    assert "rapee" in faults_of(folder)[0]


def test_a_missing_column_and_an_empty_file_are_refused(folder):
    (folder / "visit_types.csv").write_text("code,label_en,label_es\nfirst,a,b\n")
    assert "label_fr" in faults_of(folder)[0]
    (folder / "visit_types.csv").write_text("")
    assert faults_of(folder)[0].startswith("visit_types.csv:1:")


def test_the_command_names_the_fault_and_fails(folder, monkeypatch, capsys):
    rewrite(folder / "visit_types.csv", "first,First visit", "first,")
    monkeypatch.setattr(loading.load, "__defaults__", (folder,))
    with pytest.raises(CommandError, match=r"visit_types\.csv:2:"):
        call_command("load_terminology")
    monkeypatch.setattr(loading.load, "__defaults__", (DATA,))
    call_command("load_terminology")
    assert "Nothing has changed" in capsys.readouterr().out


def test_what_was_loaded_is_kept_with_its_sha256():
    row = Load.objects.get(list_name="countries", sent_by=None)
    assert (len(row.sha256), row.rows) == (64, 251)


def test_the_lists_in_memory_follow_a_load(folder, django_capture_on_commit_callbacks):
    lists.label("visit_types:first")
    with django_capture_on_commit_callbacks(execute=True):
        rewrite(folder / "visit_types.csv", "First", "Very first")
        load(folder)
    assert lists.get("visit_types:first").labels["en"].startswith("Very first")


def refused(**changes):
    with pytest.raises(IntegrityError), transaction.atomic():
        Concept.objects.filter(pk="visit_types:first").update(**changes)


def test_codes_never_change_and_nothing_is_deleted():
    refused(code="other", key="visit_types:other")
    refused(list_name="countries")
    with pytest.raises(IntegrityError), transaction.atomic():
        Concept.objects.filter(pk="visit_types:first").delete()


def test_a_concept_needs_labels_and_a_known_privacy_class():
    refused(label_fr="")
    refused(privacy="secret")
    with pytest.raises(IntegrityError), transaction.atomic():
        Concept.objects.create(
            key="visit_types:a", list_name="visit_types", code="b", position=1,
            label_en="a", label_es="a", label_fr="a",
        )  # fmt: skip
