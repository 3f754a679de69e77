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
        watching = Watching(lambda stop: scanner.watch(lambda code: watching.told.put(code), stop), hands.wake)
        with watching:
            yield watching


class BarcodeScannerContract:
    driver: str
    """What kiosk.toml calls the driver that these hands work."""

    @pytest.fixture
    def hands(self) -> ScannerHands:
        raise NotImplementedError

    def test_labels_are_told_in_order_and_once(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.show(DUNE)
            hands.show(MOMO)
            assert [seen.next(), seen.next()] == [DUNE, MOMO]
            assert seen.told.empty()

    def test_a_pulled_plug_is_a_fault(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.unplug()
            assert seen.next_fault() == "unplugged"

    def test_what_is_shown_to_an_unplugged_scanner_is_not_seen_later(self, hands: ScannerHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), hands.open() as scanner:
            scanner.watch(lambda code: None, lambda: False)
        hands.show(DUNE)
        hands.plug()
        with watched(hands) as seen:
            hands.show(MOMO)
            assert seen.next() == MOMO

    def test_it_stops_when_asked(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            assert seen.stop()

    def test_a_scanner_that_is_gone_is_closed_all_the_same_and_heals(self, hands: ScannerHands) -> None:
        with hands.open():
            hands.unplug()
        hands.plug()
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE

    def test_a_plug_pulled_at_work_is_put_back_and_it_reads_again(self, hands: ScannerHands) -> None:
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE
            hands.unplug()
            assert seen.next_fault() == "unplugged"
        hands.plug()
        with watched(hands) as seen:
            hands.show(DUNE)
            assert seen.next() == DUNE
