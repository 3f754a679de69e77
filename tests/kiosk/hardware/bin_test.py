"""Run the drop sensor contract on a pin, with tumbling items and electrical noise."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kiosk.config.bin import GpioBin
from kiosk.hardware.bin import open_bin
from kiosk.hardware.parts import Bin
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.bin_contract import FELL, BinContract, BinOperator, watched
from tests.kiosk.hardware.pin_operator import PinOperator

PIN = 20


class Operator(PinOperator, BinOperator):
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
def operator() -> Iterator[Operator]:
    with wired(Wires()) as wires:
        yield Operator(wires)


class TestPinBin(BinContract):
    driver = "gpio"

    @pytest.fixture
    def operator(self) -> Iterator[BinOperator]:
        with wired(Wires()) as wires:
            yield Operator(wires)


def test_tumbling_item_is_reported_once(operator: Operator) -> None:
    with watched(operator) as seen:
        for _ in range(4):
            operator.close_for(PIN, 0.03)
            operator.let_pass(0.05)
        assert seen.next() == FELL
        operator.drop()
        assert seen.next() == FELL
        assert seen.stop() and seen.reports.empty()


def test_electrical_spike_is_not_reported(operator: Operator) -> None:
    with watched(operator) as seen:
        operator.close_for(PIN, 0.001)
        operator.drop()
        assert seen.next() == FELL
        assert seen.stop() and seen.reports.empty()
