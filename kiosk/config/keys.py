"""Define [keys]: four hardware buttons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.gpio_pins import Gpio
from kiosk.config.section import Absent, Section, SimulatedPart


class GpioKeys(Section):
    """Buttons between their pin and ground."""

    driver: Literal["gpio"]
    previous: Gpio
    next: Gpio
    choose: Gpio
    back: Gpio

    def pins(self) -> Mapping[str, int]:
        return self.model_dump(exclude={"driver"})


Keys = Annotated[GpioKeys | SimulatedPart | Absent, Field(discriminator="driver")]
