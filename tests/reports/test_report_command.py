"""`manage.py report`, and the tasks that make reports by themselves."""

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AccessEvent, User
from reports import outputs, services, tasks
from reports.models import Report, State
from tests.accounts.factories import ProgrammeFactory
from tests.reports.factories import DefinitionFactory

pytestmark = pytest.mark.django_db
PERIOD = ("--from", "2025-01-01", "--to", "2025-01-31")


def test_the_command_writes_every_file_and_prints_id_and_hash(tmp_path: Path, capsys: Any) -> None:
    ProgrammeFactory(code="ONE")
    folder = tmp_path / "new" / "folder"

    call_command("report", *PERIOD, "--programme", "ONE", "--language", "fr", "--out", str(folder))

    pk, sha256 = capsys.readouterr().out.split()
    report = Report.objects.get(pk=pk)
    assert (report.state, report.language, report.audience) == ("ready", "fr", "internal")
    assert report.asked_by == User.objects.system("report")
    assert report.snapshot.sha256 == sha256
    assert sorted(path.name for path in folder.iterdir()) == sorted(outputs.MAKERS)
    for kept in report.files.all():
        written = (folder / kept.name).read_bytes()
        assert hashlib.sha256(written).hexdigest() == kept.sha256
    downloaded = AccessEvent.objects.filter(action="report.downloaded")
    assert downloaded.count() == len(outputs.MAKERS)


def test_an_edition_for_publication_says_so(tmp_path: Path) -> None:
    call_command("report", *PERIOD, "--for-publication", "--out", str(tmp_path))

    assert Report.objects.get().for_publication
    assert '"audience": "publication"' in (tmp_path / "report.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2025-02-01", "--to", "2025-01-31"), "--to is before --from"),
        ((*PERIOD, "--programme", "NONE"), "No programme NONE"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("report", *arguments, "--out", str(tmp_path))
    assert not Report.objects.exists()


def test_the_scheduler_asks_and_the_sweeper_finds_what_a_lost_message_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    DefinitionFactory(programmes=[ProgrammeFactory()], first_day=date(2025, 1, 1), sections=["CM"])
    woken: list[str] = []
    monkeypatch.setattr(tasks, "wake", lambda _task, pk: woken.append(pk))
    tasks.ask_what_is_due()
    first, *_more = Report.objects.order_by("starts_on")
    assert first.starts_on == date(2025, 1, 1)
    assert sorted(woken) == sorted(services.sweep())

    asked = len(woken)
    tasks.ask_what_is_due()
    assert len(woken) == asked, "each period once"
    tasks.sweep()
    assert len(woken) == 2 * asked, "nobody has them in hand: all are woken again"
    tasks.build(str(first.pk))

    first.refresh_from_db()
    assert first.state == State.READY
    assert str(first.pk) not in services.sweep()
