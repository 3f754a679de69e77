"""Print the receipt of a visit: lay it out, draw it and send it to the printer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from kiosk.events import PartTried, ReceiptPrinted
from kiosk.hardware.parts import BrokenOff, PartFault, ReceiptPrinter
from kiosk.system.health import PartName
from kiosk.views import Farewell, Status, Technician
from kiosk.words import Words, technician_report
from kiosk.words.hidden_titles import without_titles
from kiosk.words.receipt import Receipt, layout

log = logging.getLogger(__name__)


class ReceiptDesk:
    """Prints the receipts of all visits, and the technician's report."""

    def __init__(self, printer: ReceiptPrinter, words: Mapping[str, Words]) -> None:
        """Accept the printer, and the UI text by language."""
        self._printer = printer
        self._words = words

    async def print(self, farewell: Farewell, status: Status) -> ReceiptPrinted:
        words = self._words[status.language]
        receipt = layout(without_titles(farewell, words) if status.hidden else farewell, status, words)
        try:
            await asyncio.to_thread(self._print, receipt)
        except PartFault as fault:
            log.warning("Cannot print a receipt: %s", ": ".join(map(str, fault.args)))
            return ReceiptPrinted(str(fault.args[0]), half=isinstance(fault, BrokenOff))
        return ReceiptPrinted()

    async def report(self, view: Technician, status: Status) -> PartTried:
        try:
            await asyncio.to_thread(self._print, technician_report.report(view, status, self._words[status.language]))
        except PartFault as fault:
            log.warning("Cannot print the report: %s", ": ".join(map(str, fault.args)))
            return PartTried(PartName.RECEIPT_PRINTER, failed=True)
        return PartTried(PartName.RECEIPT_PRINTER)

    def _print(self, receipt: Receipt) -> None:
        from kiosk.hardware import receipt_raster

        self._printer.check()
        self._printer.print(receipt_raster.draw(receipt, self._printer.width))
