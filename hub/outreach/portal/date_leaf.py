"""Show a day as a leaf of a calendar."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from hub.core.pages import formatting


@dataclass(frozen=True, slots=True)
class DateLeaf:
    """A day: its weekday, number and month, in the active language."""

    weekday: str
    day: int
    month: str


def date_leaf(moment: datetime) -> DateLeaf:
    """Return the leaf of the day, in the active time zone."""
    day = timezone.localtime(moment).date()
    return DateLeaf(formatting.weekday(day), day.day, formatting.month(day))
