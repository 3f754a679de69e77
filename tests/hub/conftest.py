"""Fixtures of the hub's tests: a small library in a database that is emptied after each test."""

import pytest

from tests.hub.guarded import cleaned_up
from tests.hub.world import World, make_world

__all__ = ["cleaned_up"]


@pytest.fixture
def world(db: None) -> World:
    """A small library in a database of its own."""
    return make_world()
