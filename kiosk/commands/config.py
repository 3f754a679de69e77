"""Implement `kiosk config`: validate kiosk.toml, print the effective settings, print an example."""

from __future__ import annotations

from pathlib import Path

from kiosk.config import EXAMPLE, load
from kiosk.config.fields import Absent
from kiosk.config.hardware import WITHOUT_GATE, WITHOUT_PAD
from kiosk.provisioning.detected_parts import FOUND_LATER
from kiosk.provisioning.enrolment import BESIDE
from lending.toml_text import render

IN_CLEAR = {
    "hub": "url is http: the card key, card numbers and PINs can be intercepted. Use https for the hub.",
    "sip2": "clear_text = true: card numbers, names and PINs can be intercepted. Put TLS in front of the system.",
}


def run(what: str, file: Path) -> int:
    """Run a subcommand. Raises ConfigError on an unusable file."""
    if what == "example":
        print(EXAMPLE.read_text(encoding="utf-8"), end="")
        return 0
    # A file written on a laptop may hold the one-time code, and leave parts to the machine.
    config = load(file, sections=BESIDE, found_later=FOUND_LATER)
    if what == "show":
        print(render(config.model_dump(mode="json", exclude_none=True, exclude={"technicians"})), end="")
        return 0
    print(f"{file}: valid")
    if config.central.in_clear:
        print(f"[central] {IN_CLEAR[config.central.driver]}")
    if config.hub is not None and config.hub.in_clear:
        print(f"[hub] {IN_CLEAR['hub']}")
    if isinstance(config.security_gate, Absent):
        print(WITHOUT_GATE)
    if isinstance(config.item_pad, Absent):
        print(WITHOUT_PAD)
    return 0
