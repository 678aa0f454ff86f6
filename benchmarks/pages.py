"""The table of pages, on the database that DATABASE_URL names. Called by `python -m benchmarks`."""

import argparse
import gzip
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from benchmarks import queue  # noqa: E402
from consultations.models import Consultation, Outing  # noqa: E402
from patients.models import Patient  # noqa: E402
from referrals.models import Referral  # noqa: E402
from reports import figures  # noqa: E402
from reports.scope import Scope  # noqa: E402

OPEN_REFERRALS = 5000
PERIOD = "start=2025-01-01&end=2025-10-31"


@dataclass(frozen=True)
class Page:
    """One line of the table. The first is the empty authenticated page."""

    name: str
    role: str
    url: str
    posted: dict[str, str] | None = None


def pages() -> list[Page]:
    busiest = (
        Consultation.objects.values("patient")
        .annotate(n=Count("pk"))
        .order_by("-n")
        .values_list("patient", flat=True)[:1]
    )
    cai = Patient.objects.get(pk=busiest[0]).code
    seen = Consultation.objects.filter(programme__code="CDMX-MOBILE").order_by("-signed_at")
    code = seen.select_related("patient")[0].patient.code
    outing = Outing.objects.filter(programme__code="CDMX-MOBILE").order_by("-local_date")[0]
    return [
        Page("empty page (profile)", "doctor", "/accounts/profile/"),
        Page("Today", "doctor", "/"),
        Page("People", "doctor", "/patients/"),
        Page("Search by name", "doctor", "/patients/search/", {"q": "Maria Lopez"}),
        Page("Search by phone", "doctor", "/patients/search/", {"q": "55012"}),
        Page("Registration", "doctor", "/patients/new/"),
        Page("Person", "doctor", f"/patients/{code}/"),
        Page("Person, most consultations", "cai-psychologist", f"/patients/{cai}/"),
        Page("Medical form", "doctor", f"/patients/{code}/consultations/new/medical/"),
        Page("Outings", "doctor", "/outings/"),
        Page("Outing", "doctor", f"/outings/{outing.pk}/"),
        Page("Partners", "doctor", "/partners/"),
        Page("Episodes", "cai-coordinator", "/episodes/"),
        Page("Referrals, new", "cai-coordinator", "/referrals/?tab=new"),
        Page("Referrals, late", "cai-coordinator", "/referrals/?tab=late"),
        Page("Referrals, waiting list", "cai-coordinator", "/referrals/?tab=waiting"),
        Page("Referrals, sent", "coordinator", "/referrals/?tab=sent"),
        Page("Activity report", "manager", f"/reports/?{PERIOD}"),
        Page("Access log", "dpo", "/accounts/log/"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    queue.fill(OPEN_REFERRALS)
    people, notes = Patient.objects.count(), Consultation.objects.count()
    print(
        f"{people:,} people, {notes:,} consultations, {Referral.objects.open().count():,} open referrals"
    )
    print(f"{'page':<28}{'status':>7}{'kB':>7}{'statements':>12}{'ms':>8}{'p95':>8}{'× empty':>9}")
    empty = 0.0
    for page in pages():
        line = _line(page, runs)
        empty = empty or line["ms"]
        print(
            f"{page.name:<28}{line['status']:>7}{line['kb']:>7.1f}{line['statements']:>12}"
            f"{line['ms']:>8.1f}{line['p95']:>8.1f}{line['ms'] / empty:>9.1f}",
            flush=True,
        )
    _figures(runs)


def _line(page: Page, runs: int) -> dict[str, Any]:
    client = Client(headers={"accept-encoding": "gzip"})
    client.force_login(User.objects.get(email=f"{page.role}@vereda.example"))

    def ask() -> Any:
        if page.posted is None:
            return client.get(page.url, follow=True)
        return client.post(page.url, page.posted)

    response = ask()
    with CaptureQueriesContext(connection) as captured:
        ask()
    times = _times(ask, runs)
    body = response.content
    if response.get("Content-Encoding") != "gzip":
        body = gzip.compress(body)
    return {
        "status": response.status_code, "kb": len(body) / 1000, "statements": len(captured),
        "ms": statistics.median(times), "p95": sorted(times)[int(len(times) * 0.95) - 1],
    }  # fmt: skip


def _times(ask: Callable[[], Any], runs: int) -> list[float]:
    found = []
    for _ in range(runs):
        started = time.perf_counter()
        ask()
        found.append(1000 * (time.perf_counter() - started))
    return found


def _figures(runs: int) -> None:
    scope = Scope(date(2025, 1, 1), date(2025, 10, 31))
    for name, by in (("all figures", ()), ("with all breakdowns", figures.DIMENSIONS)):
        times = _times(lambda by=by: figures.compute(scope, by), max(3, runs // 3))  # type: ignore[misc]
        print(f"{name:<28}{'':>26}{statistics.median(times):>8.1f}{max(times):>8.1f}")


if __name__ == "__main__":
    main()
