"""Contract tests that every drop sensor driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from kiosk.events import Key
from kiosk.hardware.parts import Bin, Keys, Lights, PartFault, SecurityGate
from kiosk.views import Signal
from tests.kiosk.hardware.watch_thread import Watching

FELL = "fell"


class BinOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[Bin]: ...
    @abstractmethod
    def drop(self) -> None:
        """Drop an item past the sensor."""

    @abstractmethod
    def block(self) -> None:
        """Block the sensor for longer than an item takes to fall."""

    @abstractmethod
    def clear(self) -> None: ...
    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


@contextmanager
def watched_bin(operator: BinOperator) -> Iterator[Watching]:
    with operator.open() as sensor:
        watching = Watching(lambda stop: sensor.watch(lambda: watching.reports.put(FELL), stop), operator.wake)
        with watching:
            yield watching


class BinContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> BinOperator:
        raise NotImplementedError

    def test_each_dropped_item_is_reported_once(self, operator: BinOperator) -> None:
        with watched_bin(operator) as seen:
            operator.drop()
            assert seen.next() == FELL
            operator.drop()
            assert seen.next() == FELL
            assert seen.stop()
            assert seen.reports.empty()

    def test_blocked_bin_is_a_fault_until_it_is_cleared(self, operator: BinOperator) -> None:
        with watched_bin(operator) as seen:
            operator.block()
            assert seen.next_fault() == "blocked"
        with suppress(PartFault), watched_bin(operator) as seen:
            assert seen.next_fault() == "blocked"
        operator.clear()
        with watched_bin(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_unplugging_raises_a_fault(self, operator: BinOperator) -> None:
        with watched_bin(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"
            operator.plug()

    def test_unplugged_sensor_does_not_open_and_recovers_after_replugging(self, operator: BinOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open():
            pytest.fail("it opened")
        operator.plug()
        with watched_bin(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_sensor_unplugged_before_closing_can_be_reopened(self, operator: BinOperator) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        with watched_bin(operator) as seen:
            operator.drop()
            assert seen.next() == FELL

    def test_watch_stops_on_request(self, operator: BinOperator) -> None:
        with watched_bin(operator) as seen:
            assert seen.stop()


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


class KeysOperator(ABC):
    @abstractmethod
    def open(self) -> AbstractContextManager[Keys]: ...
    @abstractmethod
    def press(self, key: Key) -> None:
        """Press and release the key."""

    @abstractmethod
    def unplug(self) -> None: ...
    @abstractmethod
    def plug(self) -> None: ...
    @abstractmethod
    def wake(self) -> None:
        """Wake a waiting driver so that it checks for a stop request."""


@contextmanager
def watched_keys(operator: KeysOperator) -> Iterator[Watching]:
    with operator.open() as keys:
        watching = Watching(lambda stop: keys.watch(lambda key: watching.reports.put(key), stop), operator.wake)
        with watching:
            yield watching


class KeysContract:
    driver: str
    """Driver name in kiosk.toml."""

    @pytest.fixture
    def operator(self) -> KeysOperator:
        raise NotImplementedError

    def test_each_press_is_reported_once_and_in_order(self, operator: KeysOperator) -> None:
        with watched_keys(operator) as seen:
            for key in (*Key, Key.NEXT, Key.NEXT):
                operator.press(key)
            assert [seen.next() for _ in range(6)] == [*Key, Key.NEXT, Key.NEXT]
            assert seen.stop()
            assert seen.reports.empty()

    def test_unplugging_raises_a_fault(self, operator: KeysOperator) -> None:
        with watched_keys(operator) as seen:
            operator.unplug()
            assert seen.next_fault() == "unplugged"
            operator.plug()

    def test_unplugged_keys_do_not_open_and_recover_after_replugging(self, operator: KeysOperator) -> None:
        operator.unplug()
        with pytest.raises(PartFault, match="unplugged"), operator.open():
            pytest.fail("they opened")
        operator.plug()
        with watched_keys(operator) as seen:
            operator.press(Key.CHOOSE)
            assert seen.next() is Key.CHOOSE

    def test_keys_unplugged_before_closing_can_be_reopened(self, operator: KeysOperator) -> None:
        with suppress(PartFault), operator.open():
            operator.unplug()
        operator.plug()
        with watched_keys(operator) as seen:
            operator.press(Key.BACK)
            assert seen.next() is Key.BACK

    def test_watch_stops_on_request(self, operator: KeysOperator) -> None:
        with watched_keys(operator) as seen:
            assert seen.stop()
