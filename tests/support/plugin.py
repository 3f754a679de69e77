"""Hooks of every test run: order and marks of the tests, the log, and the death of a worker process."""

from __future__ import annotations

import gc
import logging
from collections.abc import Generator
from typing import Any

import pytest

LONG = (
    "tests/kiosk/visit_player/",
    "tests/proofs/faults/",
    "tests/hub/backups/backup_test.py",
    "tests/end_to_end/parts_test.py",
    "tests/kiosk/benchmarks/bench_test.py",
    "tests/kiosk/commands/demo_test.py",
    "tests/stories/",
    "tests/proofs/world/",
    "tests/kiosk/journal/recovery_test.py",
    "tests/kiosk/app_test.py",
    "tests/kiosk/cli_test.py",
    "tests/kiosk/screens/display_options_test.py",
    "tests/kiosk/screens/button_places_test.py",
    "tests/hub/audit/roles_test.py",
    "tests/hub/staff/pages_browser_test.py",
    "tests/kiosk/sync/sip2/server_probe_test.py",
)
"""Path prefixes of slow tests. An outdated one costs only time."""
DIED = pytest.StashKey[bool]()
GARBAGE = (50_000, 20, 50)
"""Thresholds of the garbage collector while tests run.

With Python's own it spends a twentieth of the run, and a third where syntax trees of the whole repository are read.
"""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Disable garbage collection meanwhile: among millions of live objects each pass takes seconds."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # Before the marks are evaluated.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their fixtures, and move the slow files to the front, so that none runs alone at the end.

    The sort is stable, so each file stays together.
    """
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "served_demo" in fixtures:
            item.add_marker(pytest.mark.own_sqlite)
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, bool, bool]:
    """Restore the log's handlers and level after each test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        return (yield)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    if error:
        node.config.stash[DIED] = True


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run if one of its worker processes died, even before its first test."""
    if session.config.stash.get(DIED, False) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
