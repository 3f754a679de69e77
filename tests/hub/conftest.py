"""Fixtures of the hub's tests: a small library in a database that is emptied after each test, and its staff."""

import pytest

from tests.hub.staff.staff_client import Grace
from tests.hub.support.trigger_cleanup import trigger_cleanup
from tests.hub.support.world import World, make_world

__all__ = ["trigger_cleanup"]


@pytest.fixture
def world(db: None) -> World:
    """A small library in a database of its own."""
    return make_world()


@pytest.fixture
def grace(world: World) -> Grace:
    """Return an administrator who is signed in."""
    return Grace()
