"""Say when the branches of the library are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hub.core.pages import formatting
from hub.outreach.library_system.central import OpenToday, the_patron_pages

AHEAD = 7
"""Days in which the next opening is looked for."""


@dataclass(frozen=True, slots=True)
class BranchHours:
    """Branch, and when it is open, as a sentence."""

    branch: str
    words: str


def hours(now: datetime) -> list[BranchHours]:
    """Return the hours of each branch that publishes them; none if the library publishes none."""
    system = the_patron_pages()
    if system is None:
        return []
    local = timezone.localtime(now)
    week = [local.date() + timedelta(days=days) for days in range(AHEAD)]
    by_branch = zip(*(system.opening_hours(day) for day in week), strict=True)
    return [BranchHours(days[0].branch, _words(list(zip(week, days, strict=True)), local)) for days in by_branch]


def _words(days: list[tuple[date, OpenToday]], local: datetime) -> str:
    today = days[0][1].hours
    if today and local.time() < today[0]:
        return _("Opens today at {time}").format(time=_clock(today[0]))
    if today and local.time() < today[1]:
        return _("Open today until {time}").format(time=_clock(today[1]))
    closed = _("Closed today") if today is None else _("Closed now")
    later = next(((day, found.hours) for day, found in days[1:] if found.hours), None)
    if later is None:
        return closed
    if later[0] == days[0][0] + timedelta(days=1):
        return _("{closed}, opens tomorrow at {time}").format(closed=closed, time=_clock(later[1][0]))
    return _("{closed}, opens {day} at {time}").format(
        closed=closed, day=formatting.day(later[0]), time=_clock(later[1][0])
    )


def _clock(moment: time) -> str:
    return f"{moment.hour}:{moment.minute:02}"
