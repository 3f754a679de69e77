"""Apply feed events to every outreach consumer, each event exactly once and in order."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction

from hub.outreach import post_visit, receipt
from hub.outreach.campaigns import funnel
from hub.outreach.delivery import circulation_notices
from hub.outreach.event_batch import EventBatch, EventConsumer, Reader, one_by_one
from hub.outreach.events import Event
from hub.outreach.feedback import kiosk_responses
from hub.outreach.loyalty import reading_counts
from hub.outreach.models import Position
from hub.outreach.my_details import record_changes
from hub.outreach.opac import availability_alerts, kiosk_search_alerts
from hub.outreach.profiles import feed_consumer
from hub.outreach.reading_profiles import history
from hub.outreach.reading_profiles import kiosk_feedback as opinions
from hub.outreach.reminders import open_loans
from hub.outreach.reminders.library_time import zone
from hub.outreach.statistics import daily_counts


def _kiosk_responses(stretch: EventBatch) -> EventConsumer:
    return one_by_one(kiosk_responses.take)(stretch)


def _opinions(stretch: EventBatch) -> EventConsumer:
    return one_by_one(opinions.take)(stretch)


def _post_visit(stretch: EventBatch) -> EventConsumer:
    return one_by_one(post_visit.take)(stretch)


def _receipt(stretch: EventBatch) -> EventConsumer:
    return one_by_one(receipt.take)(stretch)


def _details(stretch: EventBatch) -> EventConsumer:
    return one_by_one(record_changes.take)(stretch)


def _search_alerts(stretch: EventBatch) -> EventConsumer:
    return one_by_one(kiosk_search_alerts.take)(stretch)


READERS: tuple[Reader, ...] = (
    feed_consumer.ProfileConsumer,
    circulation_notices.Service,
    open_loans.OpenLoanTracker,
    history.History,
    _kiosk_responses,
    _opinions,
    daily_counts.Counting,
    funnel.Funnel,
    reading_counts.Records,
    _post_visit,
    _receipt,
    _search_alerts,
    availability_alerts.AlertConsumer,
    _details,
)
"""Consumers in the order in which they must take an event."""
APART = ("reminder", "forget_visit", receipt.ASKED, record_changes.ERASE)


@transaction.atomic
def take(events: Iterable[Event]) -> int:
    """Apply the new events in one database transaction; return the number of the last event taken.

    Events up to the stored position are skipped. The position row is locked, so that only one process reads the
    feed.
    """
    position, _ = Position.objects.select_for_update().get_or_create(pk=1)
    new = []
    for event in events:
        if event.number > position.last:
            new.append(event)
            position.last = event.number
    for _apart, some in groupby(new, _apart_of):
        _take(list(some))
    position.save(update_fields=("last",))
    return int(position.last)


def _apart_of(event: Event) -> int:
    """Return a group key: the event's own number if it needs a batch of its own, else 0.

    Erasure, choosing a reminder day, forgetting a visit and requesting a receipt read what earlier events wrote, so
    those writes must be complete.
    """
    apart = event.kind == feed_consumer.FORGOTTEN or (event.kind == "said" and event.data.get("ask") in APART)
    return event.number if apart else 0


def _take(events: Sequence[Event]) -> None:
    stretch = EventBatch(events, feed_consumer.load_persons(events), zone())
    parts = [reader(stretch) for reader in READERS]
    for event in events:
        for part in parts:
            part.take(event)
    for part in parts:
        part.finish()


def last() -> int:
    """Return the number of the last event taken; 0 before the first."""
    position = Position.objects.filter(pk=1).first()
    return position.last if position else 0
