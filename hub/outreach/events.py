"""One line of the feed, as docs/feed.md has it; knows nobody who writes or reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a desk. `number` grows from event to event; `at` is aware."""

    number: int
    at: datetime
    kind: str
    data: Mapping[str, Fact]

    @property
    def patron(self) -> str:
        """The pseudonym of the patron it is about, or nothing."""
        return str(self.data.get("patron") or "")
