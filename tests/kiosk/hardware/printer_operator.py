"""Operate an emulated ESC/POS printer on each kind of connection, with its plug."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from PIL import Image

from kiosk.config.hardware import FilePrinter, NetworkPrinter, SerialPrinter
from kiosk.hardware.driver_factory import UNFINISHED
from kiosk.hardware.parts import ReceiptPrinter
from kiosk.hardware.receipt_printer.driver import RealPrinter, opening_of
from tests.emulated.escpos_cables import Cable, PtyCable, TcpCable
from tests.emulated.escpos_printer import Printer
from tests.kiosk.hardware.receipt_printer_contract import PrinterOperator

Width = Literal[384, 576]


class CableOperator(PrinterOperator):
    """A printer on a connection; the caller closes the connection. `folder` is the kiosk's state folder."""

    def __init__(self, cable: Cable, choice: RealPrinter, folder: Path) -> None:
        self.cable = cable
        self.printer = cable.printer
        self.choice = choice
        self.unfinished = folder / UNFINISHED
        self._opening = opening_of(choice, self.unfinished)
        self._plugged = True

    def open(self) -> AbstractContextManager[ReceiptPrinter]:
        return self._opening()

    def put(self, state: str) -> None:
        match state:
            case "unplugged":
                self.cable.pull()
                self._plugged = False
                return
            case _:
                self.printer.put(state)
        if not self._plugged:
            self.cable.plug()
            self._plugged = True

    def paper(self) -> list[Image.Image]:
        return list(self.printer.slips())


def by_network(printer: Printer, width: Width, folder: Path) -> CableOperator:
    cable = TcpCable(printer)
    choice = NetworkPrinter(driver="network", host="127.0.0.1", port=cable.port, width=width)
    return CableOperator(cable, choice, folder)


def by_serial(printer: Printer, width: Width, folder: Path) -> CableOperator:
    cable = PtyCable(printer, folder / "tty")
    return CableOperator(cable, SerialPrinter(driver="serial", device=cable.link, width=width), folder)


class FileOperator(PrinterOperator):
    """A plain file instead of a printer; an emulated printer renders its content afterwards."""

    asked = False

    def __init__(self, width: Width, folder: Path) -> None:
        self._width = width
        self._path = folder / "lp0"
        self._path.touch()
        self._opening = opening_of(FilePrinter(driver="file", path=self._path, width=width), folder / UNFINISHED)

    def open(self) -> AbstractContextManager[ReceiptPrinter]:
        return self._opening()

    def put(self, state: str) -> None:
        if state == "unplugged":
            os.rename(self._path, self._path.with_name("gone"))
        elif not self._path.exists():
            self._path.touch()

    def paper(self) -> list[Image.Image]:
        printer = Printer(self._width)
        for file in ("gone", self._path.name):
            if (path := self._path.with_name(file)).exists():
                printer.receive(path.read_bytes())
        return list(printer.slips())
