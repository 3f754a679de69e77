"""Run the drop sensor contract on a pin, with tumbling items and electrical noise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kiosk.config.bin import GpioBin
from kiosk.hardware.bin import open_bin
from kiosk.hardware.parts import Bin
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.bin_contract import FELL, BinContract, BinHands, watched
from tests.kiosk.hardware.pin_operator import PinHands

PIN = 20


class Hands(PinHands, BinHands):
    def open(self) -> AbstractContextManager[Bin]:
        return open_bin(GpioBin(driver="gpio", pin=PIN), self.header, self.now)

    def drop(self) -> None:
        self.let_pass(2)
        self.close_for(PIN, 0.03)

    def block(self) -> None:
        self.wires.ground(PIN)
        self.let_pass(11)

    def clear(self) -> None:
        self.wires.release(PIN)


@pytest.fixture
def hands() -> Iterator[Hands]:
    with wired(Wires()) as wires:
        yield Hands(wires)


class TestPinBin(BinContract):
    driver = "gpio"

    @pytest.fixture
    def hands(self) -> Iterator[BinHands]:
        with wired(Wires()) as wires:
            yield Hands(wires)


def test_tumbling_item_is_reported_once(hands: Hands) -> None:
    with watched(hands) as seen:
        for _ in range(4):
            hands.close_for(PIN, 0.03)
            hands.let_pass(0.05)
        assert seen.next() == FELL
        hands.drop()
        assert seen.next() == FELL
        assert seen.stop() and seen.reports.empty()


def test_electrical_spike_is_not_reported(hands: Hands) -> None:
    with watched(hands) as seen:
        hands.close_for(PIN, 0.001)
        hands.drop()
        assert seen.next() == FELL
        assert seen.stop() and seen.reports.empty()
