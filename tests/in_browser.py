"""Marks what opens a page in Chromium: `scripts/prove --only browser` runs it, `scripts/test` does not."""

from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before the marks are looked at
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "chromium" in item.fixturenames:
            item.add_marker(pytest.mark.browser)
