"""Contract tests that every light driver must pass; test modules inherit them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, suppress

import pytest

from kiosk.hardware.parts import Lights, PartFault
from kiosk.views import Signal


class LightsHands(ABC):
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
    def hands(self) -> LightsHands:
        raise NotImplementedError

    @pytest.mark.parametrize("signal", Signal)
    def test_every_signal_is_shown(self, hands: LightsHands, signal: Signal) -> None:
        with hands.open() as lights:
            lights.show(Signal.IDLE)
            lights.show(signal)
            assert hands.seen() is signal

    def test_unplugged_lights_are_a_fault_and_recover_after_replugging(self, hands: LightsHands) -> None:
        with pytest.raises(PartFault, match="unplugged"), hands.open() as lights:
            lights.show(Signal.DONE)
            hands.unplug()
            lights.show(Signal.DONE)
        hands.plug()
        with hands.open() as lights:
            lights.show(Signal.BUSY)
            assert hands.seen() is Signal.BUSY

    def test_unplugged_lights_do_not_open(self, hands: LightsHands) -> None:
        hands.unplug()
        with pytest.raises(PartFault, match="unplugged"), hands.open() as lights:
            lights.show(Signal.DONE)

    def test_closed_lights_are_dark(self, hands: LightsHands) -> None:
        with hands.open() as lights:
            lights.show(Signal.REFUSED)
        assert hands.seen() is None

    def test_lights_are_dark_after_an_exception(self, hands: LightsHands) -> None:
        with pytest.raises(ZeroDivisionError), hands.open() as lights:
            lights.show(Signal.REFUSED)
            raise ZeroDivisionError
        assert hands.seen() is None

    def test_lights_unplugged_before_closing_can_be_reopened(self, hands: LightsHands) -> None:
        with suppress(PartFault), hands.open() as lights:
            lights.show(Signal.DONE)
            hands.unplug()
        hands.plug()
        with hands.open() as lights:
            lights.show(Signal.BUSY)
            assert hands.seen() is Signal.BUSY
