"""Start the slowest test files first, so that none of them runs alone at the end."""

from __future__ import annotations

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the slow files to the front. The sort is stable, so each file stays together."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))
