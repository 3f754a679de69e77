"""Coverage looks on only while what it judges is tested: to trace the rest takes a third of its time, for nothing."""

from __future__ import annotations

from collections.abc import Generator

import pytest

ELSEWHERE = ("tests/hub/", "tests/screens/", "tests/stories/")
"""Their subjects are not among those that scripts/test names with --cov."""
BUT = ("tests/hub/outreach/voice/oracle_test.py",)
"""It judges the domain's questionnaires."""


def is_traced(nodeid: str) -> bool:
    return nodeid.startswith(BUT) or not nodeid.startswith(ELSEWHERE)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """With its fixtures: what a whole file shares is made with its first test."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    coverage = plugin.cov_controller if plugin else None
    if coverage is None or is_traced(item.nodeid):
        return (yield)
    coverage.pause()
    try:
        return (yield)
    finally:
        coverage.resume()
