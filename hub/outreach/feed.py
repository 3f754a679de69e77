"""Apply feed events to every outreach consumer, each event exactly once and in order."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction

from hub.outreach import response_router
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.journeys import running
from hub.outreach.engagement.loyalty import reading_counts
from hub.outreach.library_system.central import zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import circulation_notices
from hub.outreach.patrons import feed_consumer
from hub.outreach.patrons.feed_consumer import EventBatch, EventConsumer
from hub.outreach.patrons.models import FeedPosition
from hub.outreach.portal.opac import availability_alerts
from hub.outreach.recommendations.reading_profiles import history
from hub.outreach.recommendations.reminders import open_loans
from hub.outreach.statistics import counts

CONSUMERS: tuple[type[EventConsumer], ...] = (
    feed_consumer.ProfileConsumer,
    circulation_notices.NoticeConsumer,
    open_loans.OpenLoanTracker,
    history.History,
    counts.CountConsumer,
    dispatch.Funnel,
    running.JourneyConsumer,
    reading_counts.ReadingCountConsumer,
    availability_alerts.AlertConsumer,
    response_router.Responses,
)
"""Consumers in the order in which they must take an event."""


@transaction.atomic
def take(events: Iterable[Event]) -> int:
    """Apply the new events in one database transaction; return the number of the last event taken.

    Events up to the stored position are skipped. The position row is locked, so that only one process reads the
    feed.
    """
    position, _ = FeedPosition.objects.select_for_update().get_or_create(pk=1)
    new = []
    for event in events:
        if event.number > position.last:
            new.append(event)
            position.last = event.number
    for _key, some in groupby(new, _batch_key):
        _take(list(some))
    position.save(update_fields=("last",))
    return int(position.last)


def _batch_key(event: Event) -> int:
    """Return a group key: the event's own number if it needs a batch of its own, else 0.

    An erasure, and the responses in `response_router.SEPARATE`, read what earlier events wrote, so those writes must be
    complete.
    """
    separate = event.kind == feed_consumer.FORGOTTEN or isinstance(event.response, response_router.SEPARATE)
    return event.number if separate else 0


def _take(events: Sequence[Event]) -> None:
    stretch = EventBatch(events, feed_consumer.load_persons(events), zone())
    kinds = {event.kind for event in events}
    parts = [each(stretch) for each in CONSUMERS if not kinds.isdisjoint(each.KINDS)]
    for event in events:
        for part in parts:
            if event.kind in part.KINDS:
                part.take(event)
    for part in parts:
        part.finish()


def last() -> int:
    """Return the number of the last event taken; 0 before the first."""
    position = FeedPosition.objects.filter(pk=1).first()
    return position.last if position else 0
