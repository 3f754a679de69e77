"""Takes in what happened at the desks, each event once and in order; never asks where it comes from."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db import transaction

from kiosk.hub.outreach import after, receipt
from kiosk.hub.outreach.campaigns import funnel
from kiosk.hub.outreach.day import counting
from kiosk.hub.outreach.delivery import service
from kiosk.hub.outreach.details import said
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.finding import awaited, wished
from kiosk.hub.outreach.habit import out
from kiosk.hub.outreach.habit.times import zone
from kiosk.hub.outreach.loyalty import records
from kiosk.hub.outreach.models import Position
from kiosk.hub.outreach.people import known
from kiosk.hub.outreach.reading import heard as opinions
from kiosk.hub.outreach.reading import history
from kiosk.hub.outreach.taking import Part, Reader, Stretch, one_by_one
from kiosk.hub.outreach.voice import heard


def _heard(stretch: Stretch) -> Part:
    return one_by_one(heard.take)(stretch)


def _opinions(stretch: Stretch) -> Part:
    return one_by_one(opinions.take)(stretch)


def _after(stretch: Stretch) -> Part:
    return one_by_one(after.take)(stretch)


def _receipt(stretch: Stretch) -> Part:
    return one_by_one(receipt.take)(stretch)


def _details(stretch: Stretch) -> Part:
    return one_by_one(said.take)(stretch)


def _wished(stretch: Stretch) -> Part:
    return one_by_one(wished.take)(stretch)


READERS: tuple[Reader, ...] = (
    known.Known,
    service.Service,
    out.Out,
    history.History,
    _heard,
    _opinions,
    counting.Counting,
    funnel.Funnel,
    records.Records,
    _after,
    _receipt,
    _wished,
    awaited.Awaiting,
    _details,
)
"""Each part's own, in the order in which they must hear of an event."""
APART = ("reminder", "forget_visit", receipt.ASKED, said.ERASE)


@transaction.atomic
def take(events: Iterable[Event]) -> int:
    """Lets every part take the events that are new, all or none of them; tells the number of the last one."""
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
    """Whoever is forgotten, and whoever chooses a day for what is planned, forgets a visit or wants its receipt, must
    find all that was before written."""
    apart = event.kind == known.FORGOTTEN or (event.kind == "said" and event.data.get("ask") in APART)
    return event.number if apart else 0


def _take(events: Sequence[Event]) -> None:
    stretch = Stretch(events, known.met(events), zone())
    parts = [reader(stretch) for reader in READERS]
    for event in events:
        for part in parts:
            part.take(event)
    for part in parts:
        part.finish()


def last() -> int:
    """The number of the last event that was taken."""
    position = Position.objects.filter(pk=1).first()
    return position.last if position else 0
