"""Create profiles for the patrons in the feed, count their monthly loans, and delete erased patrons."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import ClassVar

from hub.core.clock import hub_clock
from hub.outreach.library_system.central import the_central
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.event_batch import EventBatch, add
from hub.outreach.patrons.models import MonthlyLoans, Person

FORGOTTEN, BORROWED, STATUS = "patron_forgotten", "checkout", "patron_status"


def load_persons(events: Iterable[Event]) -> dict[str, Person]:
    """Return the persons these events mention, creating new ones, except those an event erases."""
    since: dict[str, datetime] = {}
    for event in events:
        if event.patron and event.kind != FORGOTTEN:
            since.setdefault(event.patron, event.at)
    found = _there(since)
    new = [Person(ref=ref, since=at) for ref, at in since.items() if ref not in found]
    if new:
        Person.objects.bulk_create(new, ignore_conflicts=True)
        found |= _there(each.ref for each in new)
    return found


def _there(refs: Iterable[str]) -> dict[str, Person]:
    return {each.ref: each for each in Person.objects.filter(ref__in=list(refs))}


class ProfileConsumer:
    """Count checkouts per person and month, and delete erased patrons."""

    KINDS: ClassVar = frozenset({FORGOTTEN, BORROWED, STATUS})

    def __init__(self, stretch: EventBatch) -> None:
        self._stretch = stretch
        self._loans: defaultdict[tuple[int, date], Counter[str]] = defaultdict(Counter)

    def take(self, event: Event) -> None:
        if event.kind == FORGOTTEN:
            Person.objects.filter(ref=event.patron).delete()
            return
        person = self._stretch.people.get(event.patron)
        if person is None:
            return
        if event.kind == BORROWED:
            local = event.at.astimezone(self._stretch.where)
            self._loans[person.pk, date(local.year, local.month, 1)]["loans"] += 1
        elif event.kind == STATUS and event.data.get("status") == "active":
            Person.objects.filter(pk=person.pk, provisional=True).update(provisional=False)

    def finish(self) -> None:
        add(MonthlyLoans, ("person_id", "month"), self._loans)


def person_of(ref: str) -> Person | None:
    """Return the person with this pseudonym; None if the system that keeps the loans has no such patron."""
    found: Person | None = Person.objects.filter(ref=ref).first()
    if found is None and the_central().standing([ref]):
        found, _new = Person.objects.get_or_create(ref=ref, defaults={"since": hub_clock().now()})
    return found
