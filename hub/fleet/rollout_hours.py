"""Say when a rollout may reboot a kiosk: in hours such as `22:00-06:00`, at any time, or while a branch is closed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, time

from lending.showcase import parse_week

HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")
ANY_TIME = "any"
NIGHT = "22:00-06:00"
"""Hours for a branch that has not entered its opening hours."""


def is_hours(text: str) -> bool:
    """Return whether the text is `any` or a daily time range."""
    return text == ANY_TIME or (bool(HOURS.fullmatch(text)) and text[:5] != text[6:])


def may_happen(hours: str, week: Sequence[str], moment: datetime) -> bool:
    """Return whether the moment is in the hours.

    Args:
        hours: A time range, also across midnight, or `any`. Empty: while the branch is closed.
        week: Opening hours of the branch from Monday on; empty if they were not entered.
        moment: In the library's time zone.
    """
    if hours == ANY_TIME:
        return True
    if hours or not week:
        return _holds(hours or NIGHT, moment.time())
    opening = parse_week(week)[moment.weekday()]
    return opening is None or not opening[0] <= moment.time() < opening[1]


def _holds(hours: str, moment: time) -> bool:
    begin, end = map(time.fromisoformat, hours.split("-"))
    return begin <= moment < end if begin < end else moment >= begin or moment < end
