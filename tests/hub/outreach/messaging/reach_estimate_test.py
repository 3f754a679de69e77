"""Test the reach estimate: as many queries for hundreds of people as for a few."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.core.clock import hub_clock
from hub.outreach.messaging.enqueue import queue_message, queue_messages, queued_keys
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.reach_estimate import first, reach
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import Segment, SegmentMembership
from tests.hub.outreach.messaging.mailbox import mailbox
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def box(world: World) -> Iterator[None]:
    with mailbox():
        yield


def people(count: int, begin: int = 0) -> list[Person]:
    created = [Person.objects.create(ref=f"p{begin + each}", since=hub_clock().now()) for each in range(count)]
    for each in created[::2]:
        records.store_contact(each, "mail", f"{each.ref}@example.org", RecordSource(Source.STAFF, "grace"))
    return created


def test_channels_and_reach_of_group_match_each_patron() -> None:
    found = people(6)
    child, orphan, mother = found[1], found[3], found[0]
    child.child, child.guardian = True, mother
    orphan.child = True
    records.set_channel_order(found[2], "", ["screen", "mail"])
    records.set_channel_order(found[4], MessageKind.CAMPAIGN, [])
    for each in (mother, found[2]):
        consents.give(each, Purpose.CAMPAIGN, "phone", "2026-1")
    assert records.ways_of(found, MessageKind.CAMPAIGN) == {
        each.pk: records.usable_addresses(each, MessageKind.CAMPAIGN) for each in found
    }
    by = first(found, MessageKind.CAMPAIGN)
    assert [by[each.pk] for each in found] == ["mail", "mail", "screen", "screen", "", "screen"]
    estimate = reach(found, MessageKind.CAMPAIGN)
    assert (estimate.count, estimate.unreachable) == (5, 1)


def queries(count: int, begin: int) -> int:
    """Return the number of queries of a segment's dry run with `count` people."""
    SegmentMembership.objects.all().delete()
    for each in people(count, begin):
        consents.give(each, Purpose.CAMPAIGN, "staff grace", consents.text(Purpose.CAMPAIGN).version)
        SegmentMembership.objects.create(person=each, segment=Segment.NEW, since=hub_clock().now().date())
    with CaptureQueriesContext(connection) as captured:
        assert len(segments.dry_run(Segment.NEW).reached) == count
    return len(captured)


def test_dry_run_uses_constant_number_of_queries() -> None:
    assert queries(40, 100) == queries(3, 0) <= 9


def test_bulk_message_is_queued_once_per_patron() -> None:
    found = people(3)
    queue_message(found[0], MessageKind.CAMPAIGN, "k0", {"heading": "first"})
    queue_messages(
        MessageKind.CAMPAIGN, [(each, f"k{number}", {"heading": "again"}) for number, each in enumerate(found)]
    )
    assert queued_keys(MessageKind.CAMPAIGN, ["k0", "k1", "k2", "k3"]) == {"k0", "k1", "k2"}
    headings = [each.decrypted_facts()["heading"] for each in Message.objects.order_by("key")]
    assert headings == ["first", "again", "again"]
