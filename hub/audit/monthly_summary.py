"""Count a month's views by member of staff, with and without a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from hub.audit.models import AccessLogEntry, Reason


@dataclass(frozen=True, slots=True)
class MonthlyAccessRow:
    """Views by one member of staff in a month.

    `patrons` counts distinct patrons, with or without a card. `reasons` counts the views without a card, in the order
    of `REASONS`.
    """

    staff: str
    without: int
    with_card: int
    patrons: int
    reasons: tuple[int, ...]


REASONS = tuple(each for each in Reason if each is not Reason.CARD)


def rows(month: date) -> list[MonthlyAccessRow]:
    """Return the rows of the month that begins on this day, most views without a card first."""
    counts = {each.value: Count("number", filter=Q(reason=each)) for each in REASONS}
    found = (
        views_in_month(month)
        .order_by()
        .values("staff")
        .annotate(
            without=Count("number", filter=Q(card=False)),
            with_card=Count("number", filter=Q(card=True)),
            patrons=Count("ref", distinct=True),
            **counts,
        )
    )
    made = [
        MonthlyAccessRow(
            each["staff"], each["without"], each["with_card"], each["patrons"], tuple(each[r.value] for r in REASONS)
        )
        for each in found
    ]
    return sorted(made, key=lambda row: (-row.without, row.staff))


def views_in_month(month: date) -> QuerySet[AccessLogEntry]:
    """Return the views of the month that begins on this day, in the library's time zone."""
    return AccessLogEntry.objects.filter(at__gte=_begins(month), at__lt=_begins(next_month(month)))


def first(day: date) -> date:
    """Return the first day of the month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def previous_month(month: date) -> date:
    """Return the first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def _begins(month: date) -> datetime:
    return timezone.make_aware(datetime.combine(month, time.min))
