"""Run the printer contract on the ESC/POS driver over network, serial port and file, for both paper widths."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulated.escpos_printer import Printer
from tests.kiosk.hardware.printer_operator import FileOperator, by_network, by_serial
from tests.kiosk.hardware.receipt_printer_contract import PrinterOperator, ReceiptPrinterContract


class TestNetworkPrinter(ReceiptPrinterContract):
    driver = "network"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrinterOperator]:
        operator = by_network(Printer(request.param), request.param, tmp_path)
        with operator.cable:
            yield operator


class TestSerialPrinter(ReceiptPrinterContract):
    driver = "serial"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PrinterOperator]:
        operator = by_serial(Printer(request.param), request.param, tmp_path)
        with operator.cable:
            yield operator


class TestFilePrinter(ReceiptPrinterContract):
    driver = "file"

    @pytest.fixture(params=[384, 576])
    def operator(self, request: pytest.FixtureRequest, tmp_path: Path) -> PrinterOperator:
        return FileOperator(request.param, tmp_path)
