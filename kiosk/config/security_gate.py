"""Define [security_gate]: the relay that lets a borrowed book pass the gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.gpio_pins import Gpio
from kiosk.config.section import Absent, Section, SimulatedPart

WITHOUT = (
    "[security_gate] driver is none: books with a security tag will ring at the gate after self-service.",
    "ISO 15693 item tags are not read and not switched off; the kiosk reads printed labels.",
)
"""Consequences of having no relay, shown by the checks and during provisioning."""


class Relay(Section):
    """Relay that is on while its pin is high, for one pulse after each loan."""

    driver: Literal["relay"]
    pin: Gpio
    seconds: Annotated[float, Field(ge=0.05, le=10)] = 0.5
    """Length of a pulse in seconds."""

    def pins(self) -> Mapping[str, int]:
        return {"pin": self.pin}


SecurityGate = Annotated[Relay | SimulatedPart | Absent, Field(discriminator="driver")]
