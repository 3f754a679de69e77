"""What every section of kiosk.toml is built on, and the two drivers that any part may have; knows no part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def pins(self) -> Mapping[str, int]:
        """The lines of the header that this section takes, by its keys; see kiosk.config.gpio_pins."""
        return {}

    def buses(self) -> frozenset[str]:
        """The buses of the header that this section uses: kiosk.config.gpio_pins.SPI, UART."""
        return frozenset()


class Simulated(Section):
    """The part's twin, worked by a bench."""

    driver: Literal["simulated"]


class Absent(Section):
    """There is no such part, and nobody misses it."""

    driver: Literal["none"]
