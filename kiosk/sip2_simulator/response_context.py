"""Hold what every response needs: library, dialect, clock, and formats."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from kiosk.sip2_simulator.dialects import Dialect
from kiosk.sip2_simulator.library import SimulatedLibrary
from kiosk.sync.sip2.field_values import stamp
from kiosk.sync.sip2.message import Sip2Message

CURRENCY = "USD"
Fields = list[tuple[str, str]]


@dataclass(slots=True)
class ResponseContext:
    """State of one connection."""

    library: SimulatedLibrary
    dialect: Dialect
    clock: Callable[[], datetime]
    zone: tzinfo
    place: str = ""
    """Location code (CP) of the Login."""
    permits: str = "YYYYYY"
    """The first six flags of ACS Status (98), which a fault mode may change."""

    @property
    def now(self) -> str:
        return stamp(self.clock(), self.zone)

    def due(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime(self.dialect.due)

    def patron_fields(self, asked: Sip2Message) -> Fields:
        return [("AO", self.library.institution), ("AA", asked.first("AA") or "")]


def screen_messages(*words: str) -> Fields:
    """Return screen messages (AF), without empty ones."""
    return [("AF", each) for each in words if each]
