"""The screen and the parts of a simulated desk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from kiosk.events import PartTried, ReceiptPrinted, SwitchResult, TagHandle, TechnicianKnown
from kiosk.system.health import Device, PartName
from kiosk.views import AcceptedNumbers, Farewell, Signal, Status, Technician, View, VisitLine, VisitTask, lines_of


class Dark(Exception):
    """The kiosk went dark during a visit."""


class Glass:
    """The view as drawn; dark before the first one and after the kiosk is gone."""

    def __init__(self) -> None:
        self.view: View | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def show(self, view: View, status: Status) -> None:
        self.view = view
        self._wake()

    def go_dark(self) -> None:
        self.view = None
        self._wake()

    def line(self, item: str, errand: VisitTask) -> VisitLine | None:
        """Return the item's line of that errand, if it is on the screen."""
        if self.view is None:
            return None
        return next((each for each in lines_of(self.view) if (each.item, each.errand) == (item, errand)), None)

    async def until(self, seen: Callable[[View], bool], seconds: float) -> bool:
        """Wait until the view satisfies the condition; return False if that takes too long. Raises Dark."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if self.view is None:
                        raise Dark
                    if seen(self.view):
                        return True
                    change = asyncio.get_running_loop().create_future()
                    self._waiting.append(change)
                    await change
        except TimeoutError:
            return False

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)


class Parts:
    """Printer, lights, scanner, gate and technicians, as far as a desk uses them."""

    def __init__(self) -> None:
        self.paper = True

    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        await asyncio.sleep(2.0)
        return ReceiptPrinted(None if self.paper else "out_of_paper")

    async def report(self, view: Technician, status: Status) -> PartTried:
        return PartTried(PartName.RECEIPT_PRINTER, failed=not self.paper)

    def show(self, signal: Signal) -> None:
        pass

    def want(self, kinds: AcceptedNumbers) -> None:
        pass

    def pulse(self) -> None:
        pass

    async def switch(self, tags: Sequence[TagHandle], secured: bool) -> SwitchResult:
        return SwitchResult.DONE

    def call(self, why: str = "", *, unasked: bool = False) -> None:
        pass

    async def verify(self, code: str) -> TechnicianKnown:
        return TechnicianKnown(None)

    async def try_part(self, part: PartName | Device) -> PartTried:
        return PartTried(part)
