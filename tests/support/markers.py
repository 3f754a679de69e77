"""Add the marks `browser` and `own_sqlite` to tests by their fixtures."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # Before the marks are evaluated.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = item.fixturenames if isinstance(item, pytest.Function) else ()
        if "chromium" in fixtures:
            item.add_marker(pytest.mark.browser)
        if "served_demo" in fixtures:
            item.add_marker(pytest.mark.own_sqlite)
