"""Reports made by real processes: killed in the middle, and two at once."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("processes")]

PREPARE = """
from datetime import date
from accounts.models import User
from reports import services
report = services.ask(by=User.objects.system("reports"), name="All", start=date(2025, 1, 1),
    end=date(2025, 2, 28), language="en")
print(report.pk)
"""
# A worker that is held up before a file, so that it can be killed there.
BUILD = """
import sys, time
from reports import outputs, services
real = outputs.make
def make(name, edition):
    if name == sys.argv[2]:
        print("HERE", flush=True)
        time.sleep(60)
    return real(name, edition)
outputs.make = make
done = services.build(sys.argv[1])
print("DONE" if done else "NOT MINE", flush=True)
"""
STATE = """
import hashlib, json, sys
from datetime import timedelta
from django.utils import timezone
from reports import editions
from reports.models import Report
if sys.argv[2] == "expire":
    Report.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
report = Report.objects.get(pk=sys.argv[1])
files = {f.name: [f.sha256, hashlib.sha256(bytes(f.content)).hexdigest()]
    for f in report.files.all()}
snapshot = getattr(report, "snapshot", None)
print(json.dumps({"state": report.state, "files": files, "reports": Report.objects.count(),
    "sha256": snapshot and [snapshot.sha256, editions.sha256(snapshot.document)]}))
"""


class Place:
    """A database of its own, and programs that work on it."""

    def __init__(self, folder: Path) -> None:
        self.environment = os.environ | {
            "DATABASE_URL": f"sqlite:///{folder / 'reports.sqlite3'}",
            "VEREDA_STATE_DIR": str(folder),
        }
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "-v0"],
            cwd=ROOT, env=self.environment, check=True,
        )  # fmt: skip

    def start(self, program: str, *arguments: str) -> "subprocess.Popen[str]":
        setup = "import django; django.setup()\n"
        return subprocess.Popen(
            [sys.executable, "-c", setup + program, *arguments],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, program: str, *arguments: str) -> str:
        output, _ = self.start(program, *arguments).communicate(timeout=240)
        return output.strip()

    def state(self, report: str, what: str = "look") -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(STATE, report, what))
        return found


def test_a_report_killed_and_built_twice_at_once_exists_once_and_whole(tmp_path: Path) -> None:
    place = Place(tmp_path)
    report = place.run(PREPARE)

    worker = place.start(BUILD, report, "report.json")
    assert worker.stdout is not None
    assert worker.stdout.readline() == "HERE\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    broken = place.state(report, "expire")
    assert broken["state"] == "building"
    assert set(broken["files"]) == {"report.pdf", "report.xlsx", "report.csv"}

    both = [place.start(BUILD, report, "none") for _ in range(2)]
    said = sorted(process.communicate(timeout=240)[0].strip() for process in both)

    whole = place.state(report)
    assert said == ["DONE", "NOT MINE"]
    assert (whole["state"], whole["reports"], len(whole["files"])) == ("ready", 1, 7)
    assert whole["sha256"][0] == whole["sha256"][1] == broken["sha256"][0]
    for name, hashes in whole["files"].items():
        assert hashes[0] == hashes[1], name
        assert broken["files"].get(name, hashes) == hashes, "what was made stays"
