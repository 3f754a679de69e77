"""Test every part with the technician's help before the kiosk opens; scanned numbers are not stored."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Mapping

from kiosk.config import Config
from kiosk.events import CardPresented, DropSensed, Event, ItemScanned, KeyPressed
from kiosk.hardware.driver_factory import open_parts
from kiosk.hardware.self_tests import SHINE, PartSelfTests, sample_receipt
from kiosk.provisioning.wizard import Terminal
from kiosk.system.health import ABSENT, Condition, Health, PartName, PartState
from kiosk.views import LABELS
from kiosk.words import Words

PATIENCE = 20.0
"""Seconds in which a card, label or key must be presented."""
OPENING = 5.0
SHOW: Mapping[PartName, type[Event]] = {
    PartName.CARD_READER: CardPresented,
    PartName.BARCODE_SCANNER: ItemScanned,
    PartName.KEYS: KeyPressed,
    PartName.BIN: DropSensed,
}
WATCH = (PartName.RECEIPT_PRINTER, PartName.LIGHTS, PartName.SECURITY_GATE)
"""Parts whose effect the technician must see or hear."""


def try_parts(
    config: Config, terminal: Terminal, words: Words, patience: float = PATIENCE, shine: float = SHINE
) -> list[PartName]:
    """Open the parts, test each that is fitted, and return those that failed."""
    events: queue.Queue[Event] = queue.Queue()
    health = Health(lambda part, state: None)
    parts = open_parts(config, events.put, health)
    parts.viewfinder.want(LABELS)
    names = list(config.library.names.model_dump(exclude_none=True).values())
    trials = PartSelfTests(parts, lambda: sample_receipt(names), shine)
    try:
        return [
            part
            for part in (*SHOW, *WATCH)
            if not _works(part, _state(health, part), terminal, words, events, trials, patience)
        ]
    finally:
        parts.close()


def _sentence(words: Words, part: PartName) -> str:
    """Return what the technician has to do or to watch."""
    return {
        PartName.CARD_READER: words.say("Place a card on the reader now."),
        PartName.BARCODE_SCANNER: words.say("Scan a book's label now."),
        PartName.KEYS: words.say("Press one of the 4 keys now."),
        PartName.BIN: words.say("Drop an item into the bin now."),
        PartName.RECEIPT_PRINTER: words.say("It prints a test receipt. Is it clean and cut?"),
        PartName.LIGHTS: words.say("The lights show every signal. Do all of them light up?"),
        PartName.SECURITY_GATE: words.say("The gate lets 1 book pass. Does its relay click?"),
    }[part]


def _state(health: Health, part: PartName) -> PartState:
    """Return the part's state, once it has had time to open."""
    end = time.monotonic() + OPENING
    unheard = PartState(Condition.FAULTY, "time_out")
    while (state := health.states.get(part, unheard)) == unheard and time.monotonic() < end:
        time.sleep(0.02)
    return state


def _works(
    part: PartName,
    state: PartState,
    terminal: Terminal,
    words: Words,
    events: queue.Queue[Event],
    trials: PartSelfTests,
    patience: float,
) -> bool:
    if state == ABSENT:
        return True
    if state.condition is Condition.FAULTY:
        terminal.tell(f"{words.part(part)}: {words.part_state(state)}. {words.mending(part, state)}")
        return False
    if part in SHOW:
        terminal.tell(f"{words.part(part)}: {_sentence(words, part)} ({patience:.0f} s)")
        seen = _wait_for(SHOW[part], events, patience)
        terminal.tell("  " + (words.say("It works.") if seen else words.say("Nothing received.")))
        return seen
    failed = asyncio.run(trials.try_part(part)).failed
    either = words.say("y or n")
    answer = "n" if failed else terminal.ask(f"{words.part(part)}: {_sentence(words, part)} {either}", "y")
    return answer.lower().startswith("y")


def _wait_for(wanted: type[Event], events: queue.Queue[Event], patience: float) -> bool:
    end = time.monotonic() + patience
    while (left := end - time.monotonic()) > 0:
        try:
            if isinstance(events.get(timeout=left), wanted):
                return True
        except queue.Empty:
            break
    return False
