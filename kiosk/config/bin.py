"""Define [bin]: the sensor that detects an item falling into the return bin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.gpio_pins import Gpio
from kiosk.config.section import Absent, Section, SimulatedPart


class GpioBin(Section):
    """A light barrier or flap switch that pulls its pin to ground while something passes."""

    driver: Literal["gpio"]
    pin: Gpio

    def pins(self) -> Mapping[str, int]:
        return {"pin": self.pin}


Bin = Annotated[GpioBin | SimulatedPart | Absent, Field(discriminator="driver")]
