"""Provide a patron with a mail address, and a library that can send mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.core.clock import hub_clock
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, mailbox
from tests.hub.support.world import World


@pytest.fixture
def post() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def ada(world: World) -> Person:
    """Patron who reads English and has a mail address entered by staff."""
    person: Person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    return person
