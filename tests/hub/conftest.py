"""The hub's own ground: a small library in a database that is emptied after each test."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kiosk.hub.clock import hub_clock
from tests.hub.guarded import cleaned_up
from tests.hub.world import World, make_world

__all__ = ["cleaned_up"]


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A small library in a database of its own."""
    yield make_world()
    hub_clock().set(datetime.now(UTC))
