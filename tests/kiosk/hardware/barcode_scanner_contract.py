"""Contract tests that every barcode scanner driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from kiosk.hardware.parts import BarcodeScanner, PartFault
from tests.kiosk.hardware.watch_thread import Watching

DUNE, MOMO = "30012000000017", "30012000000025"


class ScannerHands(ABC):
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
def watched(hands: ScannerHands) -> Iterator[Watching]:
    with hands.open() as scanner:
        watching = Watching(lambda stop: scanner.watch(lambda code: watching.reports.put(code), stop), hands.wake)
        with watching:
            yield watching


class BarcodeScannerContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def hands(self) -> ScannerHands:
        raise NotImplementedError

    def test_barcodes_are_reported_once_and_in_order(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.show(DUNE)
            hands.show(MOMO)
            assert [seen.next(), seen.next()] == [DUNE, MOMO]
            assert seen.reports.empty()

    def test_unplugging_raises_a_fault(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.unplug()
            assert seen.next_fault() == "unplugged"

    def test_barcode_shown_while_unplugged_is_not_read_later(self, hands: ScannerHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), hands.open() as scanner:
            scanner.watch(lambda code: None, lambda: False)
        hands.show(DUNE)
        hands.plug()
        with watched(hands) as seen:
            hands.show(MOMO)
            assert seen.next() == MOMO

    def test_watch_stops_on_request(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            assert seen.stop()

    def test_scanner_unplugged_before_closing_can_be_reopened(self, hands: ScannerHands) -> None:
        with hands.open():
            hands.unplug()
        hands.plug()
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE

    def test_scanner_unplugged_while_watching_reads_again_after_replugging(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE
            hands.unplug()
            assert seen.next_fault() == "unplugged"
        hands.plug()
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE
