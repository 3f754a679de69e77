"""Define [voice]: how the screen's text is spoken."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.fields import Local
from kiosk.config.section import Absent, Section, SimulatedPart

Device = Annotated[str, Field(min_length=1, pattern="^[^-]")]
"""As `aplay -L` names it."""


class Espeak(Section):
    """Speech by espeak-ng, played by aplay; a recorded sentence is played instead."""

    driver: Literal["espeak"]
    device: Device = "default"
    volume: Annotated[float, Field(gt=0, le=1)] = 0.6
    speed: Annotated[int, Field(ge=80, le=300)] = 150
    """Words per minute."""
    recordings: Local | None = None
    """A folder for each language, with a WAV for each sentence by the id that `kiosk voice` lists."""
    headphones: bool = False
    """There is a headphone socket near the keys, so that only the patron hears: PIN keys are spoken as well."""


class Recordings(Section):
    """Recorded sentences only; a sentence without a recording stays silent."""

    driver: Literal["recordings"]
    recordings: Local
    device: Device = "default"
    headphones: bool = False


Voice = Annotated[Espeak | Recordings | SimulatedPart | Absent, Field(discriminator="driver")]
