"""Run the gate contract on a pin: one pulse per item, and no pulses made up for after a fault."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from kiosk.config.security_gate import Relay
from kiosk.hardware.parts import SecurityGate
from kiosk.hardware.security_gate import open_gate
from kiosk.hardware.supervisor import SupervisedGate
from kiosk.system.health import READY, PartName, PartState
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.pin_operator import PinOperator
from tests.kiosk.hardware.security_gate_contract import GateContract, GateOperator
from tests.support.patience import PATIENCE

PIN = 21
CONFIG = Relay(driver="relay", pin=PIN, seconds=0.05)


class Operator(PinOperator, GateOperator):
    def open(self) -> AbstractContextManager[SecurityGate]:
        return open_gate(CONFIG, self.header)

    def on(self) -> bool:
        return self.wires.level(PIN) > 0

    def pulses(self) -> int:
        return self.wires.rises.get(PIN, 0)


class TestPinGate(GateContract):
    driver = "relay"

    @pytest.fixture
    def operator(self) -> Iterator[GateOperator]:
        with wired(Wires()) as wires:
            yield Operator(wires)


class Guarded:
    """Supervised gate on emulated pins, with its reported states and pin levels."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.states: queue.Queue[PartState] = queue.Queue()
        self.levels: queue.Queue[float | None] = queue.Queue()
        operator.wires.on_change = lambda gpio, level: self.levels.put(level)
        self.gate = SupervisedGate(operator.open, self._report, CONFIG.seconds)
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
        guard = Guarded(Operator(wires))
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
