"""Measure branch coverage in the tests that judge the packages which are to be covered, and only there.

Tracing doubles a test's time on Python 3.11, and triples it where bytes are searched, so only the first cases of a
parametrized test are traced. `scripts/test --coverage` names a data file in `KIOSK_COVERAGE`, runs all tests in one go
and combines what each process has written.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections import Counter
from collections.abc import Generator

import coverage
import pytest

DATA = "KIOSK_COVERAGE"
"""Path of the data file; each process adds a suffix."""
KIOSK = ("lending", "kiosk.desk", "kiosk.journal", "kiosk.snapshot", "kiosk.sync")
HUB = (
    "hub.circulation",
    "hub.fleet",
    "hub.outreach.messaging",
    "hub.outreach.patrons",
)
TESTS = (
    "tests/lending/",
    *(f"tests/{package.replace('.', '/')}/" for package in (*KIOSK, *HUB)),
    "tests/hub/outreach/engagement/feedback/oracle_test.py",
    "tests/hub/returned_titles_unlinked_test.py",
    "tests/hub/staff/holds_test.py",
    "tests/hub/staff/library/numbering_test.py",
)
HISTORIES = ("tests/kiosk/desk/random_test.py", "tests/kiosk/sync/random_faults_test.py")
"""Not traced: they repeat at random, hundreds of times, what other tests cover step by step."""
CASES = 4
"""Traced cases of each parametrized test."""


class Tracing:
    """Coverage of one process: on while the packages are imported and while their tests run."""

    def __init__(self, data: str) -> None:
        self._coverage = coverage.Coverage(data_file=data, data_suffix=True, branch=True, source=[*KIOSK, *HUB])
        self._coverage.start()
        self._on = True
        self._cases: Counter[str] = Counter()

    def pytest_collection(self) -> None:
        """Import every module that is to be covered, so that its definitions count, and pause."""
        for package in (*KIOSK, *HUB):
            found = importlib.import_module(package)
            for each in pkgutil.walk_packages(found.__path__, f"{package}."):
                if ".migrations." not in each.name:
                    importlib.import_module(each.name)
        self._turn(on=False)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Turn coverage on or off for the next test and its fixtures."""
        test = item.nodeid.partition("[")[0]
        self._cases[test] += 1
        repeats = self._cases[test] > CASES or test.startswith(HISTORIES)
        self._turn(on=item.nodeid.startswith(TESTS) and not repeats)
        return (yield)

    def pytest_unconfigure(self) -> None:
        self._turn(on=False)
        self._coverage.save()

    def _turn(self, *, on: bool) -> None:
        if on != self._on:
            (self._coverage.start if on else self._coverage.stop)()
            self._on = on


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before pytest-django loads the hub's apps; the process that only hands out the tests is left alone."""
    if DATA in os.environ and "PYTEST_XDIST_WORKER" in os.environ:
        early_config.pluginmanager.register(Tracing(os.environ[DATA]))
