"""Process consecutive feed events as one batch, so that each consumer loads its data once per batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol
from zoneinfo import ZoneInfo

from django.db import models

from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import Person


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Feed events in order, the profiles they mention by pseudonym, and the library's time zone."""

    events: Sequence[Event]
    people: Mapping[str, Person]
    where: ZoneInfo

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


def add(model: type[models.Model], keys: Sequence[str], counts: Mapping[tuple[Any, ...], Counter[str]]) -> None:
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
