"""Take feed events in batches: create the profiles they mention, count monthly loans, delete erased patrons.

Each consumer of the feed loads its data once per batch.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from django.db import models

from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import MonthlyLoans, Person


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Feed events in order, the profiles they mention by pseudonym, and the library's time zone."""

    events: Sequence[Event]
    people: Mapping[str, Person]
    zone: ZoneInfo

    @property
    def keys(self) -> list[int]:
        """Return the ids of the persons in the batch."""
        return [each.pk for each in self.people.values()]


class EventConsumer(Protocol):
    """Take the events of one batch in order, inside the batch's database transaction.

    It is made for a batch that has an event of its KINDS, and then loads in few queries what all these events need.
    """

    KINDS: ClassVar[frozenset[str]]

    def __init__(self, stretch: EventBatch) -> None: ...

    def take(self, event: Event) -> None:
        """Take the next event of one of KINDS."""

    def finish(self) -> None:
        """Write the totals that were only counted in memory so far."""


def add_counts(model: type[models.Model], keys: Sequence[str], counts: Mapping[tuple[Any, ...], Counter[str]]) -> None:
    """Add to the counters of the rows with these keys, creating missing rows, with two SQL statements.

    The read-modify-write is safe only because the feed position is locked: no other process writes these counters.
    """
    if not counts:
        return
    columns = [set(values) for values in zip(*counts, strict=True)]
    known = model._default_manager.filter(**{f"{key}__in": values for key, values in zip(keys, columns, strict=True)})
    rows = {tuple(getattr(each, key) for key in keys): each for each in known}
    names = sorted({name for each in counts.values() for name in each})
    changed = []
    for at, more in counts.items():
        row = rows.get(at) or model(**dict(zip(keys, at, strict=True)))
        for name in names:
            setattr(row, name, getattr(row, name) + more[name])
        changed.append(row)
    unique = [key.removesuffix("_id") for key in keys]
    model._default_manager.bulk_create(changed, update_conflicts=True, unique_fields=unique, update_fields=names)


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
            local = event.at.astimezone(self._stretch.zone)
            self._loans[person.pk, date(local.year, local.month, 1)]["loans"] += 1
        elif event.kind == STATUS and event.data.get("status") == "active":
            Person.objects.filter(pk=person.pk, provisional=True).update(provisional=False)

    def finish(self) -> None:
        add_counts(MonthlyLoans, ("person_id", "month"), self._loans)
