"""Contract tests that every security gate driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress

import pytest

from kiosk.hardware.parts import PartFault, SecurityGate


class GateHands(ABC):
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
    def hands(self) -> GateHands:
        raise NotImplementedError

    def test_gate_is_on_only_while_switched_on(self, hands: GateHands) -> None:
        with hands.open() as gate:
            assert not hands.on()
            gate.switch(True)
            assert hands.on()
            gate.switch(False)
            assert (hands.on(), hands.pulses()) == (False, 1)

    def test_closed_gate_is_off(self, hands: GateHands) -> None:
        with hands.open() as gate:
            gate.switch(True)
        assert not hands.on()

    def test_gate_is_off_after_an_exception(self, hands: GateHands) -> None:
        with pytest.raises(ZeroDivisionError), hands.open() as gate:
            gate.switch(True)
            raise ZeroDivisionError
        assert not hands.on()

    def test_unplugged_gate_is_a_fault_and_recovers_after_replugging(self, hands: GateHands) -> None:
        with pytest.raises(PartFault, match="unplugged"), hands.open() as gate:
            hands.unplug()
            gate.switch(True)
        hands.plug()
        assert not hands.on()
        with hands.open() as gate:
            gate.switch(True)
            assert hands.on()

    def test_unplugged_gate_does_not_open(self, hands: GateHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), hands.open():
            pytest.fail("it opened")

    def test_gate_unplugged_before_closing_is_off_when_reopened(self, hands: GateHands) -> None:
        with suppress(PartFault), hands.open() as gate:
            gate.switch(True)
            hands.unplug()
        hands.plug()
        with hands.open():
            assert not hands.on()
