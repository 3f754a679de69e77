"""Provide null drivers for the parts that kiosk.toml declares absent."""

from __future__ import annotations

from collections.abc import Sequence

from PIL.Image import Image

from kiosk.hardware.parts import PartFault
from kiosk.views import Signal


class AbsentPrinter:
    """Printer that is not there: every call raises PartFault `absent`."""

    @property
    def width(self) -> int:
        return 384

    def check(self) -> str:
        raise PartFault("absent")

    def print(self, picture: Image) -> None:
        raise PartFault("absent")


class AbsentLights:
    """Lights that are not there."""

    def show(self, signal: Signal) -> None:
        """Do nothing: the kiosk has no lights."""


class AbsentSpeaker:
    """Speaker that is not there; `check` raises PartFault `absent`."""

    def sound(self, hertz: float | None) -> None:
        """Do nothing: the kiosk has no speaker."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """Do nothing: no resource is held."""


class AbsentVoice:
    """Voice that is not there; `check` raises PartFault `absent`."""

    def say(self, language: str, phrases: Sequence[str]) -> None:
        """Do nothing: the kiosk has no voice."""

    def hush(self) -> None:
        """Do nothing: no phrase is playing."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """Do nothing: no resource is held."""


class AbsentGate:
    """Security gate that is not there."""

    def pulse(self) -> None:
        """Do nothing: without a gate relay the tag of a borrowed item triggers the alarm, as the library was warned."""
