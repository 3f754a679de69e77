"""Measure outreach at the size of a large city: nightly run, the day after, and staff pages.

Library and loans are invented (see `synthetic_loans`). A temporary, durable PostgreSQL database is used, so a library's
own data is not touched.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_plus
from zoneinfo import ZoneInfo

import requests

from hub.core.django_setup import CannotDo, bring_up_to_date, set_up
from hub.core.roles import Role
from hub.load_test.postgresql import postgresql

if TYPE_CHECKING:
    from hub.load_test import synthetic_loans

NIGHT_MINUTES, PEAK_MIB, PAGE_MS, SEARCH_MS, MENU_MS = 30.0, 2048, 300.0, 50.0, 200.0
OFTEN = 40
TOLD = 0.1
"""Seconds from which a job is listed."""
NAME, LISTENS = "librarian", re.compile(r"listening on (http://\S+)")
DASHBOARD = {
    "Today": "/staff/",
    "Holds": "/staff/holds/",
    "Figures of four weeks": "/staff/figures/",
    "Figures of a quarter": "/staff/figures/?period=quarter",
    "Figures of a year": "/staff/figures/?period=year",
    "Figures of a year at a branch": "/staff/figures/?period=year&branch=main",
}
PAGES = {**DASHBOARD, "Segments": "/staff/segments/"}
SEARCH = "Search while typing"
LINK = re.compile(r'<a\b[^>]*href="(/staff/[^"?#]*)"')
RECORD = re.compile(r'href="(/staff/patrons/[^"?#]+/)"')
SEARCHES = (
    "/staff/patrons/?q=patron+00123",
    "/staff/patrons/?q=0012345",
    "/staff/items/?q=山海",
    "/staff/titles/?q=月光春",
)
"""Searches by a patron's name and number, for items and for titles."""
TYPED = ("山海", "月光春", "河历 史", "shyg", "author 17", "1234")
"""Two and three characters, two words, pinyin initials, a name, a number: each matches generated titles."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job of a night: seconds, CPU seconds, peak memory in MiB, and the number of rows done."""

    job: str
    seconds: float
    used: float
    peak: int
    done: int | None


@dataclass(frozen=True, slots=True)
class BudgetFigure:
    """A figure with its budget; `most` is None if there is none."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def ok(self) -> bool:
        return self.most is None or self.value <= self.most

    def __str__(self) -> str:
        bar = "" if self.most is None else f"   (at most {self.most:g}: {'ok' if self.ok else 'TOO MUCH'})"
        return f"{self.name:<44}{self.value:>10,.1f} {self.unit}{bar}"


def run(patrons: int, loans: int, seed: int) -> int:
    """Print the figures; return 0 if all are within their budgets."""
    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name, postgresql(Path(name)) as url:
        os.environ |= {"KIOSK_HUB_STATE": str(Path(name) / "state"), "DATABASE_URL": url}
        set_up()
        bring_up_to_date()
        lines = list(run_load_test(patrons, loans, seed))
    return 0 if all(each.ok for each in lines) else 1


def run_pages(patrons: int, loans: int, seed: int) -> int:
    """Print the time of every staff page without a number, of searches and of a patron's record.

    Returns 0 if all are within the budget.
    """
    from hub.load_test import synthetic_loans

    with tempfile.TemporaryDirectory(prefix="kiosk-bench-") as name, postgresql(Path(name)) as url:
        os.environ |= {"KIOSK_HUB_STATE": str(Path(name) / "state"), "DATABASE_URL": url}
        set_up()
        bring_up_to_date()
        fill(synthetic_loans.invent_library(patrons, loans, seed), seed)
        password = create_librarian(Role.ADMINISTRATOR)
        lines = []
        with running_hub() as home:
            visit = sign_in(home, password)
            for path in _paths(visit, home):
                seconds = [_time_request(visit, home + path)[0] for _ in range(OFTEN + 1)][1:]
                lines.append(BudgetFigure(unquote_plus(path), 1000 * p95(seconds), "ms", MENU_MS))
                print(lines[-1], flush=True)
    return 0 if all(each.ok for each in lines) else 1


def _paths(visit: requests.Session, home: str) -> Iterator[str]:
    """Yield every page that links lead to without a number, then searches, then the first patron's pages."""
    seen = ["/staff/"]
    for path in seen:  # grows while pages are found
        answer = visit.get(home + path, timeout=120, allow_redirects=False)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            yield path
            links = dict.fromkeys(each for each in LINK.findall(answer.text) if not re.search(r"\d", each))
            seen += [each for each in links if each not in seen]
    yield from SEARCHES
    found = RECORD.search(visit.get(home + SEARCHES[0], timeout=120).text)
    if found is None:
        raise CannotDo("no patron was found by name")
    asked = visit.get(home + found[1], timeout=120)
    form = {"csrfmiddlewaretoken": visit.cookies["csrftoken"]}
    reason = re.search(r'name="reason" value="([^"]*)"', asked.text)
    if reason is None:
        raise CannotDo("no reason was asked before a patron's record")
    form["reason"] = reason[1]
    record = visit.post(asked.url, form, timeout=120)
    record.raise_for_status()
    yield found[1]
    yield from dict.fromkeys(
        each for each in LINK.findall(record.text) if each.startswith(found[1]) and each != found[1]
    )


def run_load_test(patrons: int, loans: int, seed: int) -> Iterator[BudgetFigure]:
    """Print and yield each figure as soon as it is known."""
    for line in _run_load_test(patrons, loans, seed):
        print(line, flush=True)
        yield line


def _run_load_test(patrons: int, loans: int, seed: int) -> Iterator[BudgetFigure]:
    from hub.load_test import synthetic_loans

    began = time.perf_counter()
    library = synthetic_loans.invent_library(patrons, loans, seed)
    first, second, events = fill(library, seed)
    yield BudgetFigure("patrons", patrons, "")
    yield BudgetFigure("loans", len(library.loans), "")
    yield BudgetFigure("making the library", time.perf_counter() - began, "s")
    yield from _night("night", night(first))
    day = night(second, "carry")
    yield from _night("a day later", day)
    carried = next(each for each in day if each.job == "carry")
    if carried.done != events:
        raise CannotDo(f"{events} events were in the feed, but {carried.done} were carried")
    yield BudgetFigure("the feed: an event", 1000 * carried.seconds / max(events, 1), "ms")
    yield from _night("reminders of a day", night(second + timedelta(hours=9), "remind"), total=False)
    password = create_librarian()
    with running_hub() as home:
        for name, seconds in times(home, password, OFTEN).items():
            bar = SEARCH_MS if name == SEARCH else PAGE_MS if name in DASHBOARD else None
            yield BudgetFigure(f"page, p95: {name}", 1000 * p95(seconds), "ms", bar)
    # last, because it happens once in a library's life, and PostgreSQL vacuums for an hour after it
    yield from _night("first of all nights", night(second, "part"), total=False)


def fill(library: synthetic_loans.SyntheticLibrary, seed: int) -> tuple[datetime, datetime, int]:
    """Fill the database up to the day before the last.

    Returns that night, the next one, and the number of events of the day between.
    """
    from hub.catalogue.search import index
    from hub.core.clock import hub_clock
    from hub.load_test import circulation_fixtures, outreach_fixtures

    calendar = circulation_fixtures.LibraryDays(
        hub_clock().now().astimezone(ZoneInfo(circulation_fixtures.ZONE)).date()
    )
    before = library.end - 1
    with without_triggers():
        circulation_fixtures.catalogue(library, calendar)
        circulation_fixtures.circulation(library, calendar)
        outreach_fixtures.fill_outreach(library, calendar, before)
        outreach_fixtures.fill_beyond_feed(library, calendar, before, seed)
    events = circulation_fixtures.feed(library, calendar, before, library.end)
    index.rebuild(lambda _count: None)
    analyse_tables()
    return calendar.moment(before), calendar.moment(library.end), events


@contextmanager
def without_triggers() -> Iterator[None]:
    """Disable PostgreSQL's triggers and foreign key checks, which would run for every row."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = DEFAULT")


def analyse_tables() -> None:
    """Analyse the tables, which PostgreSQL does by itself only after some minutes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def night(now: datetime, *what: str) -> list[Job]:
    """Run the jobs of `hub.load_test.nightly_run` at that moment."""
    command = (sys.executable, "-m", "hub.load_test.nightly_run", now.isoformat(), *what)
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ, check=False)
    if done.returncode:
        raise CannotDo("the night broke off; what failed is said above")
    return [Job(**json.loads(line)) for line in done.stdout.splitlines()]


def _night(name: str, jobs: Sequence[Job], *, total: bool = True) -> Iterator[BudgetFigure]:
    for each in jobs:
        if each.seconds >= TOLD:
            yield BudgetFigure(
                f"{name}: {each.job}", each.seconds, f"s, {each.used:.1f} of them its own work, {each.peak} MiB"
            )
    if total:
        yield BudgetFigure(f"{name}: all of it", sum(each.seconds for each in jobs) / 60, "min", NIGHT_MINUTES)
        yield BudgetFigure(f"{name}: memory at most", float(max(each.peak for each in jobs)), "MiB", PEAK_MIB)


def p95(seconds: Sequence[float]) -> float:
    """Return the 95th percentile (nearest rank)."""
    return sorted(seconds)[max(0, -(-95 * len(seconds) // 100) - 1)]


def create_librarian(role: Role = Role.LIBRARIAN) -> str:
    """Create an account and return its password."""
    from django.contrib.auth.models import User

    from hub.audit import role_groups
    from hub.audit.models import SecuritySettings

    SecuritySettings.objects.update_or_create(
        pk=1, defaults={"second_step": False}
    )  # the benchmark cannot enter a code
    password = secrets.token_urlsafe(12)
    role_groups.give(User.objects.create_user(NAME, password=password), role)
    return password


@contextmanager
def running_hub() -> Iterator[str]:
    """Run the hub in a process of its own on a free port, and yield its URL."""
    command = (sys.executable, "-m", "hub.cli", "serve", "--port", "0")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as hub:
        try:
            assert hub.stdout is not None
            found = LISTENS.match(hub.stdout.readline())
            if found is None:
                raise CannotDo("the hub did not begin to serve; what it says is above")
            yield found[1]
        finally:
            hub.terminate()


def times(home: str, password: str, often: int) -> dict[str, list[float]]:
    """Return the seconds per page view, without the first (cold) view of each page."""
    visit = sign_in(home, password)
    ways = {name: [path] for name, path in PAGES.items()}
    ways[SEARCH] = [f"/staff/titles/?part&q={quote(typed)}" for typed in TYPED]
    for name, paths in ways.items():
        for path in paths:
            _seconds, first = _time_request(visit, home + path)
            if name == SEARCH and 'href="/staff/titles/' not in first:
                raise CannotDo(f"{path} found nothing: the index is not that of the catalogue")
    return {
        name: [_time_request(visit, home + paths[each % len(paths)])[0] for each in range(often)]
        for name, paths in ways.items()
    }


def sign_in(home: str, password: str) -> requests.Session:
    visit = requests.Session()
    visit.trust_env = False
    visit.get(f"{home}/staff/sign-in/", timeout=60).raise_for_status()
    fields = {"username": NAME, "password": password, "csrfmiddlewaretoken": visit.cookies["csrftoken"]}
    visit.post(f"{home}/staff/sign-in/", fields, timeout=60).raise_for_status()
    return visit


def _time_request(visit: requests.Session, url: str) -> tuple[float, str]:
    """Return the duration in seconds, and the page."""
    began = time.perf_counter()
    response = visit.get(url, timeout=120, allow_redirects=False)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise CannotDo(f"{url} answered {response.status_code}")
    return seconds, response.text
