"""Define [sound]: the loudspeaker whose tone helps to position a book for the camera."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.section import Absent, Section, SimulatedPart


class Alsa(Section):
    """Played by aplay of alsa-utils."""

    driver: Literal["alsa"]
    device: Annotated[str, Field(min_length=1, pattern="^[^-]")] = "default"
    """As `aplay -L` names it."""
    volume: Annotated[float, Field(gt=0, le=1)] = 0.3


Sound = Annotated[Alsa | SimulatedPart | Absent, Field(discriminator="driver")]
