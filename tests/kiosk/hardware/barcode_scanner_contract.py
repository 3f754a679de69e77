"""Contract tests that every barcode scanner driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kiosk.hardware.parts import BarcodeScanner, PartFault
from tests.kiosk.hardware.watch_thread import Watching

DUNE, MOMO = "30012000000017", "30012000000025"


class ScannerOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[BarcodeScanner]: ...
    @abstractmethod
    def show(self, barcode: str) -> None: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None: ...


@contextmanager
def watched(operator: ScannerOperator) -> Iterator[Watching]:
    with operator.open() as scanner:
        watching = Watching(lambda stop: scanner.watch(lambda code: watching.reports.put(code), stop), operator.wake)
        with watching:
            yield watching


class BarcodeScannerContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> ScannerOperator:
        raise NotImplementedError

    def test_barcodes_are_reported_once_and_in_order(self, operator: ScannerOperator) -> None:
        with watched(operator) as seen:
            operator.show(DUNE)
            operator.show(MOMO)
            assert [seen.next(), seen.next()] == [DUNE, MOMO]
            assert seen.reports.empty()

    def test_unplugging_raises_a_fault(self, operator: ScannerOperator) -> None:
        with watched(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"

    def test_barcode_shown_while_unplugged_is_not_read_later(self, operator: ScannerOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open() as scanner:
            scanner.watch(lambda code: None, lambda: False)
        operator.show(DUNE)
        operator.plug()
        with watched(operator) as seen:
            operator.show(MOMO)
            assert seen.next() == MOMO

    def test_watch_stops_on_request(self, operator: ScannerOperator) -> None:
        with watched(operator) as seen:
            assert seen.stop()

    def test_scanner_unplugged_before_closing_can_be_reopened(self, operator: ScannerOperator) -> None:
        with operator.open():
            operator.unplug()
        operator.plug()
        with watched(operator) as seen:
            operator.show(DUNE)
            assert seen.next() == DUNE

    def test_scanner_unplugged_while_watching_reads_again_after_replugging(self, operator: ScannerOperator) -> None:
        with watched(operator) as seen:
            operator.show(DUNE)
            assert seen.next() == DUNE
            operator.unplug()
            assert seen.next_fault() == "unplugged"
        operator.plug()
        with watched(operator) as seen:
            operator.show(DUNE)
            assert seen.next() == DUNE
