"""Run the key contract on pins, with bouncing contacts, held keys, and presses between polls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kiosk.config.keys import GpioKeys
from kiosk.events import Key
from kiosk.hardware.keys import open_keys
from kiosk.hardware.parts import Keys
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.keys_contract import KeysContract, KeysOperator, watched
from tests.kiosk.hardware.pin_operator import PinOperator

CONFIG = GpioKeys(driver="gpio", previous=5, next=6, choose=16, back=26)
PIN = {Key(name): pin for name, pin in CONFIG.pins().items()}


class Operator(PinOperator, KeysOperator):
    def open(self) -> AbstractContextManager[Keys]:
        return open_keys(CONFIG, self.header, self.now)

    def press(self, key: Key) -> None:
        self.close_for(PIN[key], 0.08)
        self.let_pass(0.08)


@pytest.fixture
def operator() -> Iterator[Operator]:
    with wired(Wires()) as wires:
        yield Operator(wires)


class TestPinKeys(KeysContract):
    driver = "gpio"

    @pytest.fixture
    def operator(self) -> Iterator[KeysOperator]:
        with wired(Wires()) as wires:
            yield Operator(wires)


def test_bouncing_contact_is_one_press(operator: Operator) -> None:
    with watched(operator) as seen:
        for _ in range(5):
            operator.close_for(PIN[Key.NEXT], 0.002)
            operator.let_pass(0.001)
        operator.wires.ground(PIN[Key.NEXT])
        assert seen.next() is Key.NEXT
        for _ in range(5):
            operator.wires.release(PIN[Key.NEXT])
            operator.let_pass(0.002)
            operator.wires.ground(PIN[Key.NEXT])
            operator.let_pass(0.001)
        operator.wires.release(PIN[Key.NEXT])
        operator.let_pass(0.1)
        operator.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_electrical_spike_is_ignored(operator: Operator) -> None:
    with watched(operator) as seen:
        operator.close_for(PIN[Key.CHOOSE], 0.004)
        operator.let_pass(0.1)
        operator.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_held_key_is_one_press(operator: Operator) -> None:
    with watched(operator) as seen:
        operator.wires.ground(PIN[Key.CHOOSE])
        assert seen.next() is Key.CHOOSE
        operator.let_pass(60)
        operator.press(Key.BACK)
        assert seen.next() is Key.BACK
        operator.wires.release(PIN[Key.CHOOSE])
        operator.let_pass(0.1)
        operator.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_key_held_before_opening_is_ignored(operator: Operator) -> None:
    operator.wires.ground(PIN[Key.CHOOSE])
    with watched(operator) as seen:
        operator.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_presses_before_watching_are_reported(operator: Operator) -> None:
    """The key thread may be late, because edges carry timestamps."""
    with operator.open() as keys:
        operator.press(Key.NEXT)
        operator.press(Key.CHOOSE)
        pressed: list[Key] = []
        keys.watch(pressed.append, lambda: len(pressed) == 2)
    assert pressed == [Key.NEXT, Key.CHOOSE]
