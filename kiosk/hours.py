"""Hours of a day between which something holds, in the library's own time, over midnight too; knows no day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Hours:
    begin: time
    end: time

    @classmethod
    def of(cls, text: str) -> Hours:
        """`07:30-21:00`. Raises ValueError."""
        begin, _, end = text.partition("-")
        hours = cls(time.fromisoformat(begin), time.fromisoformat(end))
        if hours.begin == hours.end or str(hours) != text:
            raise ValueError('should be two times of a day, such as "07:30-21:00"')
        return hours

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def hold(self, moment: datetime, zone: ZoneInfo) -> bool:
        at = moment.astimezone(zone).time()
        if self.begin < self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end
