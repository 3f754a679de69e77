"""Switch the relay, on a header pin, that lets a borrowed item pass the security gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kiosk.config.security_gate import Relay
from kiosk.hardware.gpio_header import Header, reaching


class PinGate:
    """Gate relay on a header pin."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay

    def switch(self, on: bool) -> None:
        with reaching():
            self._relay.state = on


@contextmanager
def open_gate(config: Relay, header: Header) -> Iterator[PinGate]:
    """Open the relay: off from the first moment, and off at the end even after an error. Raises PartFault."""
    with header.open_switch(config.pin) as relay:
        yield PinGate(relay)
