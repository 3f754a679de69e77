"""Provide the browser and channel fixtures for these pages."""

from collections.abc import Iterator

import pytest

from tests.hub.outreach.portal.phone import channels_are_on
from tests.hub.support.browsers import browser, chromium


@pytest.fixture(autouse=True)
def channels() -> Iterator[None]:
    """Configure channels, so that the library can send codes."""
    with channels_are_on():
        yield


__all__ = ["browser", "chromium"]
