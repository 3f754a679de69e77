"""Contract tests that every barcode scanner driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import pytest

from kiosk.hardware.parts import BarcodeScanner, PartFault
from tests.kiosk.hardware.watch_thread import WatchContract, Watching, WatchOperator

DUNE, MOMO = "30012000000017", "30012000000025"


class ScannerOperator(WatchOperator[BarcodeScanner]):
    @abstractmethod
    def show(self, barcode: str) -> None: ...


class BarcodeScannerContract(WatchContract[BarcodeScanner]):
    def watch(self, driver: BarcodeScanner, watching: Watching, stop: Callable[[], bool]) -> None:
        driver.watch(watching.reports.put, stop)

    def check(self, operator: ScannerOperator, seen: Watching) -> None:
        operator.show(DUNE)
        assert seen.next() == DUNE

    def test_barcodes_are_reported_once_and_in_order(self, operator: ScannerOperator) -> None:
        with self.watched(operator) as seen:
            operator.show(DUNE)
            operator.show(MOMO)
            assert [seen.next(), seen.next()] == [DUNE, MOMO]
            assert seen.reports.empty()

    def test_barcode_shown_while_unplugged_is_not_read_later(self, operator: ScannerOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open() as scanner:
            scanner.watch(lambda code: None, lambda: False)
        operator.show(DUNE)
        operator.plug()
        with self.watched(operator) as seen:
            operator.show(MOMO)
            assert seen.next() == MOMO

    def test_scanner_unplugged_while_watching_reads_again_after_replugging(self, operator: ScannerOperator) -> None:
        with self.watched(operator) as seen:
            operator.show(DUNE)
            assert seen.next() == DUNE
            operator.unplug()
            assert seen.next_fault() == "unplugged"
        operator.plug()
        with self.watched(operator) as seen:
            operator.show(DUNE)
            assert seen.next() == DUNE
