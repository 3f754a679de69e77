"""How each part is: READY, FAULTY or ABSENT with a reason; a change is told once. Knows no part's insides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)


class PartName(StrEnum):
    CARD_READER = "card_reader"
    BARCODE_SCANNER = "barcode_scanner"
    RECEIPT_PRINTER = "receipt_printer"
    LIGHTS = "lights"
    KEYS = "keys"
    BIN = "bin"
    SECURITY_GATE = "security_gate"
    CENTRAL = "central"
    JOURNAL = "journal"
    BACKLOG = "backlog"
    """What waits for the central."""
    DAMAGED_JOURNAL = "damaged_journal"
    """Moved aside by a start, and still lying there."""
    SNAPSHOT = "snapshot"
    PINS = "pins"
    """Told once somebody has guessed at PINs here."""
    DISK = "disk"
    CLOCK = "clock"
    TEMPERATURE = "temperature"
    SUPPLY = "supply"
    HUB = "hub"
    """Told only where a library's own system is the central and no hub stands beside it."""


class Device(StrEnum):
    """What a technician tries beside the parts; nobody waits for it, so no report of health tells of it."""

    TOUCH = "touch"
    SPEAKER = "speaker"


class Condition(StrEnum):
    READY = "ready"
    FAULTY = "faulty"
    ABSENT = "absent"
    """Configured as `none`: nobody misses it."""


@dataclass(frozen=True, slots=True)
class PartState:
    condition: Condition
    reason: str = ""
    """A stable code such as `unplugged`, `out_of_paper`, `near_end`, `cover_open`; its words are in kiosk.words."""


READY = PartState(Condition.READY)
ABSENT = PartState(Condition.ABSENT)


class Health:
    """Remembers each part's state and tells one listener about a change, once."""

    def __init__(self, changed: Callable[[PartName, PartState], None]) -> None:
        self._states: dict[PartName, PartState] = {}
        self._changed = changed

    @property
    def states(self) -> Mapping[PartName, PartState]:
        return dict(self._states)

    def report(self, part: PartName, state: PartState) -> None:
        if self._states.get(part) == state:
            return
        self._states[part] = state
        level = logging.WARNING if state.condition is Condition.FAULTY else logging.INFO
        log.log(level, "%s is %s%s", part, state.condition, f": {state.reason}" if state.reason else "")
        self._changed(part, state)
