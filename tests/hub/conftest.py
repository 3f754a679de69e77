"""Fixtures of the hub's tests: a small library in a database that is emptied after each test."""

import pytest

from tests.hub.support.trigger_cleanup import cleaned_up
from tests.hub.support.world import World, make_world

__all__ = ["cleaned_up"]


@pytest.fixture
def world(db: None) -> World:
    """A small library in a database of its own."""
    return make_world()
