"""Run a part once for a technician, who judges the result by eye and ear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from kiosk.events import PartTried
from kiosk.hardware.driver_factory import Parts
from kiosk.hardware.parts import PartFault
from kiosk.hardware.speaker import pitch
from kiosk.system.health import Device, PartName
from kiosk.views import Signal
from kiosk.words.receipt import Fill, HorizontalLine, Print, Receipt, Shelf, Size, Spine

MONGOLIAN = "Өө Үү ₮"
"""Letters that some fonts lack."""
SHINE = 0.8
"""Seconds for which each signal is shown: one blink of its rhythm."""


class PartSelfTests:
    """Runs parts once, on request of a technician."""

    def __init__(self, parts: Parts, sample: Callable[[], Receipt], shine: float = SHINE) -> None:
        """Accept the receipt to print as a `sample`, and the seconds `shine` for which each signal is shown."""
        self._parts = parts
        self._sample = sample
        self._shine = shine

    async def try_part(self, part: PartName | Device) -> PartTried:
        try:
            await self._work(part)
        except PartFault:
            return PartTried(part, failed=True)
        return PartTried(part)

    async def _work(self, part: PartName | Device) -> None:
        match part:
            case PartName.RECEIPT_PRINTER:
                await asyncio.to_thread(self._print)
            case PartName.LIGHTS:
                await self._light()
            case PartName.SECURITY_GATE:
                self._parts.security_gate.pulse()
            case Device.SPEAKER:
                await self._sing()
            case _:
                pass

    def _print(self) -> None:
        from kiosk.hardware import receipt_raster

        printer = self._parts.receipt_printer
        printer.check()
        printer.print(receipt_raster.draw(self._sample(), printer.width))

    async def _light(self) -> None:
        for signal in Signal:
            self._parts.lights.show(signal)
            await asyncio.sleep(self._shine)
        self._parts.lights.show(Signal.ATTENTION)

    async def _sing(self) -> None:
        """Play the aiming tone from the lowest pitch to the highest."""
        speaker = self._parts.speaker
        try:
            for stripes in (0.0, 0.5, 1.0):
                speaker.sound(pitch(stripes))
                await asyncio.sleep(self._shine)
            speaker.check()
        finally:
            speaker.sound(None)


def sample_receipt(names: Sequence[str]) -> Receipt:
    """Return a receipt with the library's names in every text size, Mongolian letters, and full-width rules."""
    sizes = tuple(Print(name, size) for size in Size for name in names if name)
    return Receipt(
        (
            *sizes,
            HorizontalLine(),
            Print(MONGOLIAN),
            HorizontalLine(),
            Shelf(tuple(Spine(each, 4, 20) for each in Fill)),
        )
    )
