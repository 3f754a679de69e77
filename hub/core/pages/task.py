"""Define a task of the Today page: the count, the oldest case and the next action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.pages import formatting

if TYPE_CHECKING:
    from django.db.models import QuerySet


class Urgency(IntEnum):
    """Order of tasks: someone is waiting at this moment, past its time, for today, for this week."""

    NOW = 0
    LATE = 1
    TODAY = 2
    WEEK = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A task; `view` is the URL name behind its button, `query` is appended to the URL."""

    words: str
    verb: str
    view: str
    count: int
    note: str
    urgency: Urgency
    oldest: datetime | None = None
    query: str = ""

    @property
    def url(self) -> str:
        """The URL behind the task's button."""
        return reverse(self.view) + self.query


def task(
    words: str, verb: str, view: str, rows: QuerySet[Any], since: str, urgency: Urgency, *, query: str = ""
) -> Task:
    """Return a task that counts the rows; the oldest is the one with the earliest `since`."""
    count, oldest = count_and_oldest(rows, since)
    note = _("Oldest since {when}").format(when=formatting.date_and_time(oldest)) if oldest else ""
    return Task(words, verb, view, count, note, urgency, oldest, query)


def count_and_oldest(rows: QuerySet[Any], since: str) -> tuple[int, datetime | None]:
    """Return the number of rows and the earliest `since`, with one query."""
    found = rows.order_by().aggregate(count=Count("pk"), oldest=Min(since))
    return found["count"], found["oldest"]
