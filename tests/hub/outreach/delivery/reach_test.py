"""How many would be reached, and by what: asked for hundreds with as many queries as for a few."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message
from kiosk.hub.outreach.delivery.reach import first, reach
from kiosk.hub.outreach.delivery.say import said_of, say, say_all
from kiosk.hub.outreach.people import consents, contacts, telling
from kiosk.hub.outreach.people.models import Person, Source
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.people.telling import By
from kiosk.hub.outreach.reading import acting
from kiosk.hub.outreach.reading.models import Standing
from kiosk.hub.outreach.reading.models.segments import Segment
from tests.hub.outreach.delivery.post import mailbox
from tests.hub.world import World


@pytest.fixture(autouse=True)
def box(world: World) -> Iterator[None]:
    with mailbox():
        yield


def people(count: int, begin: int = 0) -> list[Person]:
    made = [Person.objects.create(ref=f"p{begin + each}", since=hub_clock().now()) for each in range(count)]
    for each in made[::2]:
        telling.tell(each, "mail", f"{each.ref}@example.org", By(Source.STAFF, "grace"))
    return made


def test_what_is_told_of_many_is_what_is_told_of_each() -> None:
    found = people(6)
    child, orphan, mother = found[1], found[3], found[0]
    child.child, child.guardian = True, mother
    orphan.child = True
    contacts.set_order(found[2], "", ["screen", "mail"])
    contacts.set_order(found[4], Kind.CAMPAIGN, [])
    for each in (mother, found[2]):
        consents.give(each, Purpose.CAMPAIGN, "phone", "2026-1")
    assert contacts.ways_of(found, Kind.CAMPAIGN) == {each.pk: contacts.ways(each, Kind.CAMPAIGN) for each in found}
    by = first(found, Kind.CAMPAIGN)
    assert [by[each.pk] for each in found] == ["mail", "mail", "screen", "screen", "", "screen"]
    told = reach(found, Kind.CAMPAIGN)
    assert (told.count, told.nobody) == (5, 1)


def queries(count: int, begin: int) -> int:
    """How many are asked for the dry run of a segment with so many people in it."""
    Standing.objects.all().delete()
    for each in people(count, begin):
        consents.give(each, Purpose.CAMPAIGN, "staff grace", consents.text(Purpose.CAMPAIGN).version)
        Standing.objects.create(person=each, segment=Segment.NEW, since=hub_clock().now().date())
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert len(acting.dry_run(Segment.NEW).reached) == count
    return len(asked)


def test_a_dry_run_asks_no_more_for_many_than_for_few() -> None:
    assert queries(40, 100) == queries(3, 0) <= 8


def test_said_to_many_is_said_once_to_each() -> None:
    found = people(3)
    say(found[0], Kind.CAMPAIGN, "k0", {"heading": "first"})
    say_all(Kind.CAMPAIGN, [(each, f"k{number}", {"heading": "again"}) for number, each in enumerate(found)])
    assert said_of(Kind.CAMPAIGN, ["k0", "k1", "k2", "k3"]) == {"k0", "k1", "k2"}
    told = [each.told()["heading"] for each in Message.objects.order_by("key")]
    assert told == ["first", "again", "again"]
