"""Provide a patron without any address."""

from __future__ import annotations

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Person
from tests.hub.support.world import World


@pytest.fixture
def ada(world: World) -> Person:
    person: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now())
    return person
