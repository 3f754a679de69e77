"""Contract tests that every light driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress

import pytest

from kiosk.hardware.parts import Lights, PartFault
from kiosk.views import Signal


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
