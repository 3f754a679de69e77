"""On which day she is reminded, by the rules of the library; days only, and never one outside of the loan."""

from collections.abc import Sequence
from datetime import date, timedelta

DAY = timedelta(days=1)
FEW = 3
"""Visits under which no weekday is hers."""


def within(day: date, out: date, due: date) -> date:
    """The day, or the nearest one that the loan allows: from the day after it began to the day it is due."""
    return min(max(day, out + DAY), due)


def after(out: date, days: float) -> date:
    """The day on which something that takes so many days is done; one that no calendar has is the last it has."""
    left = (date.max - out).days
    return out + timedelta(days=min(round(days), left))


def usual_weekday(visits: Sequence[int]) -> int | None:
    """The weekday (0 is Monday) on which she mostly comes; None where no one stands out of seven counts."""
    most = max(visits)
    return visits.index(most) if sum(visits) >= FEW and most >= 2 and list(visits).count(most) == 1 else None


def reminder(out: date, due: date, likely: date | None, weekday: int | None, before: int) -> date:
    """Her last usual weekday before it is likely back, and `before` days before it is due at the latest.

    Without a forecast or a usual weekday, or where there is none left, `before` days before it is due.
    """
    latest = due - timedelta(days=before)
    if likely is None or weekday is None:
        return within(latest, out, due)
    day = _last(weekday, min(latest, likely))
    return day if day > out else within(latest, out, due)


def missed(out: date, due: date, today: date, weekday: int, before: int) -> date:
    """The day in the place of one that has gone by unsaid: her next usual weekday, if it is not too late by then."""
    latest = due - timedelta(days=before)
    day = _last(weekday, today + timedelta(days=7))
    return day if out < day <= latest else within(latest, out, due)


def early(out: date, due: date, main: date, weekday: int | None, before: int) -> date | None:
    """The day of an extra reminder, `before` days before it is due or her usual weekday before that.

    None where it would not be two days after the loan and two days before the main one.
    """
    latest = min(due - timedelta(days=before), main - 2 * DAY)
    day = latest if weekday is None else _last(weekday, latest)
    if day < out + 2 * DAY:
        day = latest
    return day if day >= out + 2 * DAY else None


def _last(weekday: int, until: date) -> date:
    return until - timedelta(days=(until.weekday() - weekday) % 7)
