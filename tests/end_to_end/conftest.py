"""Provide a house with a hub and a kiosk, shared by the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.support.real_kiosk import House, house


@pytest.fixture(scope="module")
def library() -> Iterator[House]:
    """Run a house with a hub."""
    with house(hub=True) as running:
        yield running
