"""Contract tests that every security gate driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress

import pytest

from kiosk.hardware.parts import PartFault, SecurityGate


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
