"""Represent a daily time range in the library's time zone, also across midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

ONE = "([01][0-9]|2[0-3]):[0-5][0-9]"
OPEN = "open"
"""Instead of a time range: the hours in which the branch is open."""
PATTERN = re.compile(f"{ONE}-{ONE}")


@dataclass(frozen=True, slots=True)
class Hours:
    """Times of day from `begin` (inclusive) to `end` (exclusive)."""

    begin: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Hours:
        """Parse `07:30-21:00`. Raises ValueError."""
        if not PATTERN.fullmatch(text) or text[:5] == text[6:]:
            raise ValueError('should be two times of a day, such as "07:30-21:00"')
        return cls(time.fromisoformat(text[:5]), time.fromisoformat(text[6:]))

    def hold(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Return whether the moment lies in these hours in that time zone."""
        at = moment.astimezone(zone).time()
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end
