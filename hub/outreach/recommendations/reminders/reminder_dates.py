"""Calculate the day of a reminder by the library's rules, always within the loan."""

from collections.abc import Sequence
from datetime import date, timedelta

DAY = timedelta(days=1)
FEW = 3
"""Visits below which a patron has no usual weekday."""


def clamp_to_loan(day: date, out: date, due: date) -> date:
    """Return the day, or the nearest one from the day after the checkout to the due date."""
    return min(max(day, out + DAY), due)


def days_after(out: date, days: float) -> date:
    """Return the day so many days later, or the last day of the calendar if there is none."""
    left = (date.max - out).days
    return out + timedelta(days=min(round(days), left))


def usual_weekday(visits: Sequence[int]) -> int | None:
    """Return the patron's usual weekday (0 is Monday) from seven counts; None if none is most frequent."""
    most = max(visits)
    return visits.index(most) if sum(visits) >= FEW and most >= 2 and list(visits).count(most) == 1 else None


def reminder(out: date, due: date, likely: date | None, weekday: int | None, before: int) -> date:
    """Return the last usual weekday before the likely return, at least `before` days before the due date.

    Without a forecast or a usual weekday, or if none is left, `before` days before the due date.
    """
    latest = due - timedelta(days=before)
    if likely is None or weekday is None:
        return clamp_to_loan(latest, out, due)
    day = _last(weekday, min(latest, likely))
    return day if day > out else clamp_to_loan(latest, out, due)


def replacement_day(out: date, due: date, today: date, weekday: int, before: int) -> date:
    """Return the replacement for a missed day: the next usual weekday, if it is not too late by then."""
    latest = due - timedelta(days=before)
    day = _last(weekday, today + timedelta(days=7))
    return day if out < day <= latest else clamp_to_loan(latest, out, due)


def early(out: date, due: date, main: date, weekday: int | None, before: int) -> date | None:
    """Return the day of an extra reminder: `before` days before the due date, or the usual weekday before.

    None if it would not be two days after the checkout and two days before the main reminder.
    """
    latest = min(due - timedelta(days=before), main - 2 * DAY)
    day = latest if weekday is None else _last(weekday, latest)
    if day < out + 2 * DAY:
        day = latest
    return day if day >= out + 2 * DAY else None


def _last(weekday: int, until: date) -> date:
    return until - timedelta(days=(until.weekday() - weekday) % 7)
