"""Define an event of the feed, as specified in docs/feed.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lending.responses import KINDS, AnyPatronResponse

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Event at a desk or kiosk. `number` increases from event to event; `at` is aware."""

    number: int
    at: datetime
    kind: str
    data: Mapping[str, Fact]

    @property
    def patron(self) -> str:
        """Pseudonym of the patron concerned; empty if there is none."""
        return str(self.data.get("patron") or "")

    @property
    def transaction(self) -> str:
        """Id of the transaction at the kiosk or desk, or the event's own if it has none."""
        return str(self.data.get("transaction") or f"feed-{self.number}")

    @property
    def branch(self) -> str:
        """Code of the branch; empty if there is none."""
        return str(self.data.get("branch") or "")

    @property
    def response(self) -> AnyPatronResponse | None:
        """Return what the patron answered or requested; None for other events, and for a kind that is unknown here."""
        kind = KINDS.get(str(self.data.get("ask") or "")) if self.kind == "said" else None
        return kind(str(self.data.get("answer") or ""), str(self.data.get("about") or "")) if kind else None
