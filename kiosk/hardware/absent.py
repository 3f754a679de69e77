"""Null drivers for parts that a library does not have; they do nothing, and say so."""

from __future__ import annotations

from collections.abc import Sequence

from PIL.Image import Image

from kiosk.hardware.parts import PartFault
from kiosk.views import Signal


class AbsentPrinter:
    @property
    def width(self) -> int:
        return 384

    def check(self) -> str:
        raise PartFault("absent")

    def print(self, picture: Image) -> None:
        raise PartFault("absent")


class AbsentLights:
    def show(self, signal: Signal) -> None:
        """Dark, as configured."""


class AbsentSpeaker:
    def sound(self, hertz: float | None) -> None:
        """Silent, as configured."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """There is nothing to end."""


class AbsentVoice:
    def say(self, language: str, phrases: Sequence[str]) -> None:
        """Silent, as configured."""

    def hush(self) -> None:
        """Nothing is being said."""

    def check(self) -> None:
        raise PartFault("absent")

    def close(self) -> None:
        """There is nothing to end."""


class AbsentGate:
    def pulse(self) -> None:
        """Nothing is let through: the book's tag will ring, as the library was told."""
