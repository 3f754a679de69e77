"""Contract tests that every drop sensor driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import pytest

from kiosk.events import Key
from kiosk.hardware.parts import Bin, Keys, Lights, PartFault, SecurityGate
from kiosk.views import Signal
from tests.kiosk.hardware.watch_thread import WatchContract, Watching, WatchOperator

FELL = "fell"


class BinOperator(WatchOperator[Bin]):
    @abstractmethod
    def drop(self) -> None:
        """Drop an item past the sensor."""

    @abstractmethod
    def block(self) -> None:
        """Block the sensor for longer than an item takes to fall."""

    @abstractmethod
    def clear(self) -> None: ...


class BinContract(WatchContract[Bin]):
    def watch(self, driver: Bin, watching: Watching, stop: Callable[[], bool]) -> None:
        driver.watch(lambda: watching.reports.put(FELL), stop)

    def check(self, operator: BinOperator, seen: Watching) -> None:
        operator.drop()
        assert seen.next() == FELL

    def test_each_dropped_item_is_reported_once(self, operator: BinOperator) -> None:
        with self.watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL
            operator.drop()
            assert seen.next() == FELL
            assert seen.stop()
            assert seen.reports.empty()

    def test_blocked_bin_is_a_fault_until_it_is_cleared(self, operator: BinOperator) -> None:
        with self.watched(operator) as seen:
            operator.block()
            assert seen.next_fault() == "blocked"
        with suppress(PartFault), self.watched(operator) as seen:
            assert seen.next_fault() == "blocked"
        operator.clear()
        with self.watched(operator) as seen:
            operator.drop()
            assert seen.next() == FELL


class LightsOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[Lights]: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def seen(self) -> Signal | None:
        """Return the signal shown, or None if the lights are dark."""


class LightsContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> LightsOperator:
        raise NotImplementedError

    @pytest.mark.parametrize("signal", Signal)
    def test_every_signal_is_shown(self, operator: LightsOperator, signal: Signal) -> None:
        with operator.open() as lights:
            lights.show(Signal.IDLE)
            lights.show(signal)
            assert operator.seen() is signal

    def test_unplugged_lights_are_a_fault_and_recover_after_replugging(self, operator: LightsOperator) -> None:
        with pytest.raises(PartFault, match="unplugged"), operator.open() as lights:
            lights.show(Signal.DONE)
            operator.unplug()
            lights.show(Signal.DONE)
        operator.plug()
        with operator.open() as lights:
            lights.show(Signal.BUSY)
            assert operator.seen() is Signal.BUSY

    def test_unplugged_lights_do_not_open(self, operator: LightsOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open() as lights:
            lights.show(Signal.DONE)

    def test_closed_lights_are_dark(self, operator: LightsOperator) -> None:
        with operator.open() as lights:
            lights.show(Signal.REFUSED)
        assert operator.seen() is None

    def test_lights_are_dark_after_an_exception(self, operator: LightsOperator) -> None:
        with pytest.raises(ZeroDivisionError), operator.open() as lights:
            lights.show(Signal.REFUSED)
            raise ZeroDivisionError
        assert operator.seen() is None

    def test_lights_unplugged_before_closing_can_be_reopened(self, operator: LightsOperator) -> None:
        with suppress(PartFault), operator.open() as lights:
            lights.show(Signal.DONE)
            operator.unplug()
        operator.plug()
        with operator.open() as lights:
            lights.show(Signal.BUSY)
            assert operator.seen() is Signal.BUSY


class GateOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[SecurityGate]: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def on(self) -> bool:
        """Return True while the relay lets items pass."""

    @abstractmethod
    def pulses(self) -> int:
        """Return the number of pulses so far."""


class GateContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> GateOperator:
        raise NotImplementedError

    def test_gate_is_on_only_while_switched_on(self, operator: GateOperator) -> None:
        with operator.open() as gate:
            assert not operator.on()
            gate.switch(True)
            assert operator.on()
            gate.switch(False)
            assert (operator.on(), operator.pulses()) == (False, 1)

    def test_closed_gate_is_off(self, operator: GateOperator) -> None:
        with operator.open() as gate:
            gate.switch(True)
        assert not operator.on()

    def test_gate_is_off_after_an_exception(self, operator: GateOperator) -> None:
        with pytest.raises(ZeroDivisionError), operator.open() as gate:
            gate.switch(True)
            raise ZeroDivisionError
        assert not operator.on()

    def test_unplugged_gate_is_a_fault_and_recovers_after_replugging(self, operator: GateOperator) -> None:
        with pytest.raises(PartFault, match="unplugged"), operator.open() as gate:
            operator.unplug()
            gate.switch(True)
        operator.plug()
        assert not operator.on()
        with operator.open() as gate:
            gate.switch(True)
            assert operator.on()

    def test_unplugged_gate_does_not_open(self, operator: GateOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open():
            pytest.fail("it opened")

    def test_gate_unplugged_before_closing_is_off_when_reopened(self, operator: GateOperator) -> None:
        with suppress(PartFault), operator.open() as gate:
            gate.switch(True)
            operator.unplug()
        operator.plug()
        with operator.open():
            assert not operator.on()


class KeysOperator(WatchOperator[Keys]):
    @abstractmethod
    def press(self, key: Key) -> None:
        """Press and release the key."""


class KeysContract(WatchContract[Keys]):
    def watch(self, driver: Keys, watching: Watching, stop: Callable[[], bool]) -> None:
        driver.watch(watching.reports.put, stop)

    def check(self, operator: KeysOperator, seen: Watching) -> None:
        operator.press(Key.CHOOSE)
        assert seen.next() is Key.CHOOSE

    def test_each_press_is_reported_once_and_in_order(self, operator: KeysOperator) -> None:
        with self.watched(operator) as seen:
            for key in (*Key, Key.NEXT, Key.NEXT):
                operator.press(key)
            assert [seen.next() for _ in range(6)] == [*Key, Key.NEXT, Key.NEXT]
            assert seen.stop()
            assert seen.reports.empty()
