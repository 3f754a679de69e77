"""Marks what opens a page in Chromium, and what has a hub on SQLite of its own: proofs run them, or leave them out."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before the marks are looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "served_demo" in fixtures:
            item.add_marker(pytest.mark.own_sqlite)
