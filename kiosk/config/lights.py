"""Define [lights]: the GPIO pins of lamps and buzzer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kiosk.config.gpio_pins import Gpio
from kiosk.config.section import Absent, Section, SimulatedPart


class Rgb(Section):
    red: Gpio
    green: Gpio
    blue: Gpio


class GpioLights(Section):
    """Lamps that are on while their pin is high. The status lamp has one colour, or three."""

    driver: Literal["gpio"]
    status: Gpio | None = None
    rgb: Rgb | None = None
    ring: Gpio | None = None
    """The ring around the card pad and the camera's window."""
    reader: Gpio | None = None
    """Marks the card pad."""
    scanner: Gpio | None = None
    """Marks where to present a book."""
    buzzer: Gpio | None = None
    """An active buzzer, which sounds while its pin is high."""
    beeps: bool = True
    """False: the buzzer is silent, as in a reading room."""

    @model_validator(mode="after")
    def _one_status(self) -> GpioLights:
        if (self.status is None) == (self.rgb is None):
            raise ValueError("should have either status or rgb")
        return self

    def pins(self) -> Mapping[str, int]:
        rgb = self.rgb.model_dump() if self.rgb else {}
        single = {name: getattr(self, name) for name in ("status", "ring", "reader", "scanner", "buzzer")}
        return {
            **{f"rgb.{colour}": pin for colour, pin in rgb.items()},
            **{name: pin for name, pin in single.items() if pin is not None},
        }


Lights = Annotated[GpioLights | SimulatedPart | Absent, Field(discriminator="driver")]
