"""Repeat the hub's tests on PostgreSQL, except those that use no database."""

from __future__ import annotations

import os

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup"}
STARTS_HUBS = "tests/hub/backups/backup_test.py"
"""File that starts its own hubs on the configured database."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need no database on a PostgreSQL run, and those whose hubs use SQLite."""
    if not os.environ.get("DATABASE_URL"):
        return
    database_free = [item for item in items if item.nodeid.startswith("tests/hub/") and _needs_no_database(item)]
    items[:] = [item for item in items if item not in database_free]
    config.hook.pytest_deselected(items=database_free)


def _needs_no_database(item: pytest.Item) -> bool:
    file = item.nodeid.partition("::")[0]
    uses_database = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return file.endswith("_browser_test.py") or not (uses_database or file == STARTS_HUBS)
