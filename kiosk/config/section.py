"""Define the base class of kiosk.toml's sections, and the drivers `simulated` and `none`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of kiosk.toml: immutable, strictly typed, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def pins(self) -> Mapping[str, int]:
        """Return the header lines of this section by key; see kiosk.config.gpio_pins."""
        return {}

    def buses(self) -> frozenset[str]:
        """Return the header buses that this section uses: kiosk.config.gpio_pins.SPI, UART."""
        return frozenset()


class SimulatedPart(Section):
    """A simulated part, operated by a test or the demo."""

    driver: Literal["simulated"]


class Absent(Section):
    """The part is not fitted, which is no fault."""

    driver: Literal["none"]
