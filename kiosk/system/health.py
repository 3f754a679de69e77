"""Track the state of each part: READY, FAULTY or ABSENT with a reason; report each change once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

log = logging.getLogger(__name__)


class PartName(StrEnum):
    """Parts whose state is reported; the values are used on the wire and in the control socket."""

    CARD_READER = "card_reader"
    BARCODE_SCANNER = "barcode_scanner"
    RECEIPT_PRINTER = "receipt_printer"
    LIGHTS = "lights"
    KEYS = "keys"
    BIN = "bin"
    SECURITY_GATE = "security_gate"
    ITEM_PAD = "item_pad"
    CENTRAL = "central"
    JOURNAL = "journal"
    BACKLOG = "backlog"
    """Transactions waiting for the central."""
    DAMAGED_JOURNAL = "damaged_journal"
    """Moved aside at a start, and still present."""
    SNAPSHOT = "snapshot"
    PINS = "pins"
    """Reported once PINs have been guessed at this kiosk."""
    DISK = "disk"
    CLOCK = "clock"
    TEMPERATURE = "temperature"
    SUPPLY = "supply"
    HUB = "hub"
    """Reported only if an ILS is the central; ABSENT without a companion hub."""


class Device(StrEnum):
    """Devices that a technician can test besides the parts; they are not part of health reports."""

    TOUCH = "touch"
    SPEAKER = "speaker"


class Condition(StrEnum):
    """Overall state of a part."""

    READY = "ready"
    FAULTY = "faulty"
    ABSENT = "absent"
    """Configured as `none`, so its absence is no fault."""


@dataclass(frozen=True, slots=True)
class PartState:
    """State of a part. A part that is ready may have a reason too, such as `near_end`."""

    condition: Condition
    reason: str = ""
    """Stable code such as `unplugged`, `out_of_paper`, `near_end`, `cover_open`; kiosk.words has its text."""


READY = PartState(Condition.READY)
ABSENT = PartState(Condition.ABSENT)


class Health:
    """Store each part's state and call one listener once per change."""

    def __init__(self, changed: Callable[[PartName, PartState], None]) -> None:
        self._states: dict[PartName, PartState] = {}
        self._changed = changed

    @property
    def states(self) -> Mapping[PartName, PartState]:
        return dict(self._states)

    def report(self, part: PartName, state: PartState) -> None:
        """Store a state, log a change and call the listener."""
        if self._states.get(part) == state:
            return
        self._states[part] = state
        level = logging.WARNING if state.condition is Condition.FAULTY else logging.INFO
        log.log(level, "%s is %s%s", part, state.condition, f": {state.reason}" if state.reason else "")
        self._changed(part, state)
