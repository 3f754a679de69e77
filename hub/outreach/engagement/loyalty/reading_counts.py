"""Count the books a patron borrows after opting in, and award badges."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from hub.outreach.engagement.loyalty.models import ReadingCount

if TYPE_CHECKING:
    from hub.outreach.library_system.events import Event
    from hub.outreach.patrons.feed_consumer import EventBatch
    from hub.outreach.patrons.models import Person

BADGES = (10, 50, 100)
"""Numbers of books that earn a badge."""


class ReadingCountConsumer:
    """Feed consumer that counts checkouts of patrons who opted in."""

    KINDS: ClassVar = frozenset({"checkout", "checkout_undone"})

    def __init__(self, stretch: EventBatch) -> None:
        rows = ReadingCount.objects.filter(person__in=stretch.keys).select_related("person")
        self._counts = {each.person.ref: each for each in rows}

    def take(self, event: Event) -> None:
        record = self._counts.get(event.patron)
        if record is None or event.at < record.since:
            return
        if event.kind == "checkout":
            record.books += 1
        elif event.kind == "checkout_undone" and record.books:
            record.books -= 1

    def finish(self) -> None:
        ReadingCount.objects.bulk_update(self._counts.values(), ("books",))


def begin(person: Person, now: datetime) -> ReadingCount:
    """Start counting from now on; an existing count continues."""
    return ReadingCount.objects.get_or_create(person=person, defaults={"since": now})[0]


def stop(person: Person) -> None:
    """Delete the count."""
    ReadingCount.objects.filter(person=person).delete()


def following(books: int) -> int:
    """Return the number of books to the next badge, 0 if there is none."""
    return next((each - books for each in BADGES if books < each), 0)
