"""[voice]: what says aloud what the screen shows; knows no sentence and no driver's insides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.fields import Local
from kiosk.config.section import Absent, Section, Simulated

Device = Annotated[str, Field(min_length=1, pattern="^[^-]")]
"""As `aplay -L` names it."""


class Espeak(Section):
    """Spoken by espeak-ng and played by aplay; a sentence that was recorded is played instead."""

    driver: Literal["espeak"]
    device: Device = "default"
    volume: Annotated[float, Field(gt=0, le=1)] = 0.6
    speed: Annotated[int, Field(ge=80, le=300)] = 150
    """Words a minute."""
    recordings: Local | None = None
    """A folder for each language, with a WAV for each sentence by the id that `kiosk voice` lists."""
    headphones: bool = False
    """There is a socket beside the keys, and nobody else hears: the keys of a PIN pad are named too."""


class Recordings(Section):
    """Recorded sentences alone: what nobody has spoken stays silent."""

    driver: Literal["recordings"]
    recordings: Local
    device: Device = "default"
    headphones: bool = False


Voice = Annotated[Espeak | Recordings | Simulated | Absent, Field(discriminator="driver")]
