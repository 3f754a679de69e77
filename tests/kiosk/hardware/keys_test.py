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
from tests.kiosk.hardware.keys_contract import KeysContract, KeysHands, watched
from tests.kiosk.hardware.pin_operator import PinHands

CONFIG = GpioKeys(driver="gpio", previous=5, next=6, choose=16, back=26)
PIN = {Key(name): pin for name, pin in CONFIG.pins().items()}


class Hands(PinHands, KeysHands):
    def open(self) -> AbstractContextManager[Keys]:
        return open_keys(CONFIG, self.header, self.now)

    def press(self, key: Key) -> None:
        self.close_for(PIN[key], 0.08)
        self.let_pass(0.08)


@pytest.fixture
def hands() -> Iterator[Hands]:
    with wired(Wires()) as wires:
        yield Hands(wires)


class TestPinKeys(KeysContract):
    driver = "gpio"

    @pytest.fixture
    def hands(self) -> Iterator[KeysHands]:
        with wired(Wires()) as wires:
            yield Hands(wires)


def test_bouncing_contact_is_one_press(hands: Hands) -> None:
    with watched(hands) as seen:
        for _ in range(5):
            hands.close_for(PIN[Key.NEXT], 0.002)
            hands.let_pass(0.001)
        hands.wires.ground(PIN[Key.NEXT])
        assert seen.next() is Key.NEXT
        for _ in range(5):
            hands.wires.release(PIN[Key.NEXT])
            hands.let_pass(0.002)
            hands.wires.ground(PIN[Key.NEXT])
            hands.let_pass(0.001)
        hands.wires.release(PIN[Key.NEXT])
        hands.let_pass(0.1)
        hands.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_electrical_spike_is_ignored(hands: Hands) -> None:
    with watched(hands) as seen:
        hands.close_for(PIN[Key.CHOOSE], 0.004)
        hands.let_pass(0.1)
        hands.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_held_key_is_one_press(hands: Hands) -> None:
    with watched(hands) as seen:
        hands.wires.ground(PIN[Key.CHOOSE])
        assert seen.next() is Key.CHOOSE
        hands.let_pass(60)
        hands.press(Key.BACK)
        assert seen.next() is Key.BACK
        hands.wires.release(PIN[Key.CHOOSE])
        hands.let_pass(0.1)
        hands.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_key_held_before_opening_is_ignored(hands: Hands) -> None:
    hands.wires.ground(PIN[Key.CHOOSE])
    with watched(hands) as seen:
        hands.press(Key.BACK)
        assert seen.next() is Key.BACK
        assert seen.stop() and seen.reports.empty()


def test_presses_before_watching_are_reported(hands: Hands) -> None:
    """The key thread may be late, because edges carry timestamps."""
    with hands.open() as keys:
        hands.press(Key.NEXT)
        hands.press(Key.CHOOSE)
        pressed: list[Key] = []
        keys.watch(pressed.append, lambda: len(pressed) == 2)
    assert pressed == [Key.NEXT, Key.CHOOSE]
