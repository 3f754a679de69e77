"""Provide a member of staff who prints."""

import pytest

from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()
