"""[security_gate]: the relay that lets a lent book pass the gate; knows no loan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.gpio_pins import Gpio
from kiosk.config.section import Absent, Section, Simulated

WITHOUT = (
    "[security_gate] driver is none: books with a security tag will ring at the gate after self-service.",
    "ISO 15693 item tags are not read and not switched off; the kiosk reads printed labels.",
)
"""What a library has to know that has no relay; told by the checks and where the kiosk is set up."""


class Relay(Section):
    """Switched on while its pin is high, for one pulse after each loan."""

    driver: Literal["relay"]
    pin: Gpio
    seconds: Annotated[float, Field(ge=0.05, le=10)] = 0.5
    """How long a pulse is."""

    def pins(self) -> Mapping[str, int]:
        return {"pin": self.pin}


SecurityGate = Annotated[Relay | Simulated | Absent, Field(discriminator="driver")]
