"""Ada reads mail; the library can send some."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.people import telling
from kiosk.hub.outreach.people.models import Person, Source
from kiosk.hub.outreach.people.telling import By
from tests.hub.outreach.delivery.post import Mailbox, mailbox
from tests.hub.world import World


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def ada(world: World) -> Person:
    """She is known, writes English and told the desk her address."""
    made: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    telling.tell(made, "mail", "ada@example.org", By(Source.STAFF, "grace"))
    return made
