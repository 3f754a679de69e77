"""Narrate a visit in plain English, one line per step."""

from __future__ import annotations

from typing import assert_never

from kiosk.visit_player.library import VisitLibrary
from kiosk.visit_player.steps import (
    CentralRefuses,
    CutPower,
    DropItem,
    Kill,
    Lay,
    Lift,
    Network,
    Press,
    PressKey,
    Scan,
    SetPart,
    Tap,
    Type,
    Verb,
    Wait,
)

NETWORKS = {
    "down": "The network goes down",
    "up": "The network is up",
    "slow": "The network gets slow",
    "answer_lost": "The next response of the library system will be lost on its way",
}
PARTS = {
    "card_reader": "Card reader:",
    "barcode_scanner": "Barcode scanner:",
    "receipt_printer": "Receipt printer:",
    "lights": "Lights:",
    "keys": "Keys:",
    "bin": "Return bin:",
    "security_gate": "Security gate:",
}
STATES = {
    "ok": "all well",
    "unplugged": "unplugged",
    "near_end": "the paper is near its end",
    "ends_halfway": "the paper ends in the middle of the next receipt",
    "out_of_paper": "out of paper",
    "cover_open": "its cover is open",
    "blocked": "its sensor is blocked",
}
LONGEST = 48


def describe(verb: Verb | None, library: VisitLibrary) -> str:
    """Return a sentence about the verb for the person watching."""
    match verb:
        case None:
            return "A look at the screen"
        case Tap(uid):
            return f"{_card(uid, library)} is held on the reader"
        case Lay(uid):
            return f"{_card(uid, library)} is laid on the reader and stays there"
        case Lift():
            return "The card is taken away"
        case Scan(barcode):
            return f"{_label(barcode, library)} is shown to the scanner"
        case PressKey(key):
            return f"The hardware key “{key}”"
        case DropItem():
            return "Something falls into the bin"
        case Press(name, item, choice):
            on = f" on {_label(item, library)}" if item else ""
            return f"Press {name}{f' {choice}' if choice else ''}{on}"
        case Type(keys):
            return f"Type on the keypad: {len(keys)} key{'s' if len(keys) > 1 else ''}"
        case Network(state):
            return NETWORKS[state]
        case CentralRefuses():
            return "The library system will refuse the next transaction"
        case SetPart(part, state):
            return f"{PARTS[part]} {STATES[state]}"
        case Kill():
            return "The kiosk's program is killed, and starts again"
        case CutPower():
            return "The power fails in the middle of a write, and the kiosk starts again on what is on its disk"
        case Wait(seconds, until):
            return f"{_span(seconds)} pass" if until is None else f"Time passes until the screen says “{_short(until)}”"
        case _:
            assert_never(verb)


def verb_text(verb: Verb | None) -> str:
    """Return the verb as in its script, for visit.json; a PIN is masked."""
    match verb:
        case None:
            return "look"
        case Tap(uid):
            return f"tap {uid}"
        case Lay(uid):
            return f"lay {uid}"
        case Lift():
            return "lift"
        case Scan(barcode):
            return f"scan {_short(barcode)}"
        case PressKey(key):
            return f"key {key}"
        case DropItem():
            return "drop"
        case Press(name, item, choice):
            return " ".join(part for part in ("press", name, item, choice) if part)
        case Type(keys):
            return f"type {keys if len(keys) > 6 else '*' * len(keys)}"
        case Network(state):
            return f"network {state}"
        case CentralRefuses():
            return "central refuses"
        case SetPart(part, state):
            return f"part {part} {state}"
        case Kill():
            return "process killed"
        case CutPower():
            return "power cut"
        case Wait(seconds, until):
            return f"wait {seconds:g}" if until is None else f"wait {seconds:g} until {_short(until)}"
        case _:
            assert_never(verb)


def _card(uid: str, library: VisitLibrary) -> str:
    name = library.owner_name(uid)
    return f"{name}'s card" if name else "A card"


def _label(barcode: str, library: VisitLibrary) -> str:
    if title := library.title_of(barcode):
        return f"“{_short(title)}”"
    if library.owner_name(barcode):
        return "A card's barcode"
    return f"A label {_short(barcode)!r}" if barcode else "An empty label"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _span(seconds: float) -> str:
    """Return a duration in the largest unit that divides it; a long one rounded to its unit."""
    units = ((86400, "days"), (3600, "hours"), (60, "minutes"))
    for size, name in units:
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds / size:g} {name}"
    if seconds < 3600:
        return f"{seconds:g} seconds"
    return next(f"About {seconds / size:.0f} {name}" for size, name in units if seconds >= 2 * size)
