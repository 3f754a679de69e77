"""Run the drop sensor contract on a pin, with tumbling items and electrical noise."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kiosk.config.hardware import GpioBin, GpioKeys, Relay
from kiosk.events import Key
from kiosk.hardware.gpio_parts import open_bin, open_gate, open_keys
from kiosk.hardware.parts import Bin, Keys, SecurityGate
from kiosk.hardware.supervisor import SupervisedGate
from kiosk.system.health import READY, PartName, PartState
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.gpio_contracts import (
    FELL,
    BinContract,
    BinOperator,
    GateContract,
    GateOperator,
    KeysContract,
    KeysOperator,
)
from tests.kiosk.hardware.pin_operator import PinOperator
from tests.support.patience import PATIENCE

BIN_PIN = 20


class BinOnPin(PinOperator, BinOperator):
    def open(self) -> AbstractContextManager[Bin]:
        return open_bin(GpioBin(driver="gpio", pin=BIN_PIN), self.header, self.now)

    def drop(self) -> None:
        self.let_pass(2)
        self.close_for(BIN_PIN, 0.03)

    def block(self) -> None:
        self.wires.ground(BIN_PIN)
        self.let_pass(11)

    def clear(self) -> None:
        self.wires.release(BIN_PIN)


class TestPinBin(BinContract):
    driver = "gpio"

    @pytest.fixture
    def operator(self) -> Iterator[BinOnPin]:
        with wired(Wires()) as wires:
            yield BinOnPin(wires)

    def test_tumbling_item_is_reported_once(self, operator: BinOnPin) -> None:
        with self.watched(operator) as seen:
            for _ in range(4):
                operator.close_for(BIN_PIN, 0.03)
                operator.let_pass(0.05)
            assert seen.next() == FELL
            operator.drop()
            assert seen.next() == FELL
            assert seen.stop() and seen.reports.empty()

    def test_electrical_spike_is_not_reported(self, operator: BinOnPin) -> None:
        with self.watched(operator) as seen:
            operator.close_for(BIN_PIN, 0.001)
            operator.drop()
            assert seen.next() == FELL
            assert seen.stop() and seen.reports.empty()


KEYS = GpioKeys(driver="gpio", previous=5, next=6, choose=16, back=26)
KEY_PINS = {Key(name): pin for name, pin in KEYS.pins().items()}


class KeysOnPins(PinOperator, KeysOperator):
    def open(self) -> AbstractContextManager[Keys]:
        return open_keys(KEYS, self.header, self.now)

    def press(self, key: Key) -> None:
        self.close_for(KEY_PINS[key], 0.08)
        self.let_pass(0.08)


class TestPinKeys(KeysContract):
    driver = "gpio"

    @pytest.fixture
    def operator(self) -> Iterator[KeysOnPins]:
        with wired(Wires()) as wires:
            yield KeysOnPins(wires)

    def test_bouncing_contact_is_one_press(self, operator: KeysOnPins) -> None:
        with self.watched(operator) as seen:
            for _ in range(5):
                operator.close_for(KEY_PINS[Key.NEXT], 0.002)
                operator.let_pass(0.001)
            operator.wires.ground(KEY_PINS[Key.NEXT])
            assert seen.next() is Key.NEXT
            for _ in range(5):
                operator.wires.release(KEY_PINS[Key.NEXT])
                operator.let_pass(0.002)
                operator.wires.ground(KEY_PINS[Key.NEXT])
                operator.let_pass(0.001)
            operator.wires.release(KEY_PINS[Key.NEXT])
            operator.let_pass(0.1)
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK
            assert seen.stop() and seen.reports.empty()

    def test_electrical_spike_is_ignored(self, operator: KeysOnPins) -> None:
        with self.watched(operator) as seen:
            operator.close_for(KEY_PINS[Key.CHOOSE], 0.004)
            operator.let_pass(0.1)
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK
            assert seen.stop() and seen.reports.empty()

    def test_held_key_is_one_press(self, operator: KeysOnPins) -> None:
        with self.watched(operator) as seen:
            operator.wires.ground(KEY_PINS[Key.CHOOSE])
            assert seen.next() is Key.CHOOSE
            operator.let_pass(60)
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK
            operator.wires.release(KEY_PINS[Key.CHOOSE])
            operator.let_pass(0.1)
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK
            assert seen.stop() and seen.reports.empty()

    def test_key_held_before_opening_is_ignored(self, operator: KeysOnPins) -> None:
        operator.wires.ground(KEY_PINS[Key.CHOOSE])
        with self.watched(operator) as seen:
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK
            assert seen.stop() and seen.reports.empty()

    def test_presses_before_watching_are_reported(self, operator: KeysOnPins) -> None:
        """The key thread may be late, because edges carry timestamps."""
        with operator.open() as keys:
            operator.press(Key.NEXT)
            operator.press(Key.CHOOSE)
            pressed: list[Key] = []
            keys.watch(pressed.append, lambda: len(pressed) == 2)
        assert pressed == [Key.NEXT, Key.CHOOSE]


GATE_PIN = 21
RELAY = Relay(driver="relay", pin=GATE_PIN, seconds=0.05)


class GateOnPin(PinOperator, GateOperator):
    def open(self) -> AbstractContextManager[SecurityGate]:
        return open_gate(RELAY, self.header)

    def on(self) -> bool:
        return self.wires.level(GATE_PIN) > 0

    def pulses(self) -> int:
        return self.wires.rises.get(GATE_PIN, 0)


class TestPinGate(GateContract):
    driver = "relay"

    @pytest.fixture
    def operator(self) -> Iterator[GateOperator]:
        with wired(Wires()) as wires:
            yield GateOnPin(wires)


class Guarded:
    """Supervised gate on emulated pins, with its reported states and pin levels."""

    def __init__(self, operator: GateOnPin) -> None:
        self.operator = operator
        self.states: queue.Queue[PartState] = queue.Queue()
        self.levels: queue.Queue[float | None] = queue.Queue()
        operator.wires.on_change = lambda gpio, level: self.levels.put(level)
        self.gate = SupervisedGate(operator.open, self._report, RELAY.seconds)
        self.gate.start()

    def _report(self, part: PartName, state: PartState) -> None:
        assert part is PartName.SECURITY_GATE
        self.states.put(state)

    def until(self, level: float | None) -> None:
        while self.levels.get(timeout=PATIENCE) != level:
            pass

    def state(self) -> PartState:
        return self.states.get(timeout=PATIENCE)


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    with wired(Wires()) as wires:
        guard = Guarded(GateOnPin(wires))
        assert guard.state() == READY
        yield guard
        guard.gate.stop()
        assert guard.gate.join(PATIENCE)


def _pulse(guarded: Guarded, times: int) -> None:
    for _ in range(times):
        guarded.until(1.0)
        guarded.until(0.0)


def test_two_simultaneous_items_give_two_pulses(guarded: Guarded) -> None:
    guarded.gate.pulse()
    guarded.gate.pulse()
    _pulse(guarded, 2)
    assert guarded.operator.pulses() == 2


def test_stop_during_a_pulse_switches_the_gate_off(guarded: Guarded) -> None:
    guarded.gate.pulse()
    guarded.until(1.0)
    guarded.gate.stop()
    assert guarded.gate.join(PATIENCE)
    assert not guarded.operator.on()


def test_pulses_missed_during_a_fault_are_not_repeated(guarded: Guarded) -> None:
    guarded.operator.unplug()
    guarded.gate.retry()
    assert guarded.state().reason == "unplugged"
    guarded.gate.pulse()
    guarded.operator.plug()
    guarded.gate.retry()
    assert guarded.state() == READY
    guarded.gate.pulse()
    _pulse(guarded, 1)
    assert guarded.operator.pulses() == 1
