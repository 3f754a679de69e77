"""Repeat the hub's tests on PostgreSQL, except those that use no database."""

from __future__ import annotations

import os

import pytest

ASKS = {"db", "transactional_db", "django_db_setup"}
ITS_OWN = "tests/hub/backups/backup_test.py"
"""It starts hubs of its own on the database that there is."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who asks for none is kept from any by pytest-django; the hubs that tests serve stand on SQLite."""
    if not os.environ.get("DATABASE_URL"):
        return
    alike = [item for item in items if item.nodeid.startswith("tests/hub/") and _says_the_same(item)]
    items[:] = [item for item in items if item not in alike]
    config.hook.pytest_deselected(items=alike)


def _says_the_same(item: pytest.Item) -> bool:
    file = item.nodeid.partition("::")[0]
    asks = item.get_closest_marker("django_db") or ASKS & set(getattr(item, "fixturenames", ()))
    return file.endswith("_browser_test.py") or not (asks or file == ITS_OWN)
