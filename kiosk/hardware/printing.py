"""Prints the receipt of a visit: laid out, drawn, handed to the printer; knows neither patron nor paper."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from kiosk.hardware.parts import PartFault, ReceiptPrinter
from kiosk.receipt import Receipt, layout
from kiosk.views import Farewell, Status
from kiosk.words import Words


class ReceiptDesk:
    def __init__(self, printer: ReceiptPrinter, words: Mapping[str, Words]) -> None:
        """`words` by language."""
        self._printer = printer
        self._words = words

    async def print(self, farewell: Farewell, status: Status) -> str | None:
        """None when the receipt came out, else why not: a reason code such as `out_of_paper`."""
        receipt = layout(farewell, status, self._words[status.language])
        try:
            await asyncio.to_thread(self._print, receipt)
        except PartFault as fault:
            return str(fault.args[0])
        return None

    def _print(self, receipt: Receipt) -> None:
        from kiosk.hardware import raster

        self._printer.check()
        self._printer.print(raster.draw(receipt, self._printer.width))
