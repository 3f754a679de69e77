"""Some events of the feed that are taken together, and what their parts need of it; knows no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import models

from hub.outreach.events import Event
from hub.outreach.profiles.models import Person


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Events in their order, everybody whom they name by her pseudonym, and the library's time zone."""

    events: Sequence[Event]
    people: Mapping[str, Person]
    where: ZoneInfo

    @property
    def keys(self) -> list[int]:
        return [each.pk for each in self.people.values()]


class EventConsumer(Protocol):
    """Takes the events of one stretch, one after the other, in the stretch's database transaction."""

    def take(self, event: Event) -> None: ...

    def finish(self) -> None:
        """Writes down what it has only counted so far."""


Reader = Callable[[EventBatch], EventConsumer]
"""Makes a part ready for a stretch: what all its events need is asked once."""


@dataclass(frozen=True, slots=True)
class _Plain:
    take: Callable[[Event], None]

    def finish(self) -> None:
        pass


def one_by_one(take: Callable[[Event], None]) -> Reader:
    """A part that keeps nothing from one event to the next."""
    return lambda _stretch: _Plain(take)


def add(model: type[models.Model], keys: Sequence[str], counts: Mapping[tuple[Any, ...], Counter[str]]) -> None:
    """Adds to the counters of the rows that have these keys, and makes those that are not there; with two statements.

    Nobody else may write these counters: the feed's lock is held.
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
