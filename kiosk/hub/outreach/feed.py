"""Takes in what happened at the desks, each event once and in order; never asks where it comes from."""

from collections.abc import Callable, Iterable

from django.db import transaction

from kiosk.hub.outreach import after
from kiosk.hub.outreach.campaigns import funnel
from kiosk.hub.outreach.day import counting
from kiosk.hub.outreach.delivery import service
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.habit import out
from kiosk.hub.outreach.models import Position
from kiosk.hub.outreach.people import known
from kiosk.hub.outreach.reading import history
from kiosk.hub.outreach.voice import heard

READERS: tuple[Callable[[Event], None], ...] = (
    known.take,
    service.take,
    out.take,
    history.take,
    heard.take,
    counting.take,
    funnel.take,
    after.take,
)
"""Each part's own, in the order in which they must hear of an event."""


@transaction.atomic
def take(events: Iterable[Event]) -> int:
    """Lets every part take the events that are new, all or none of them; tells the number of the last one."""
    position, _ = Position.objects.select_for_update().get_or_create(pk=1)
    for event in events:
        if event.number <= position.last:
            continue
        for reader in READERS:
            reader(event)
        position.last = event.number
    position.save(update_fields=("last",))
    return int(position.last)


def last() -> int:
    """The number of the last event that was taken."""
    position = Position.objects.filter(pk=1).first()
    return position.last if position else 0
