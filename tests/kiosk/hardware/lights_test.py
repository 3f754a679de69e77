"""Run the light contract on pins: patterns over time, and pins released when closed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

import pytest
from gpiozero import Device

from kiosk.config.lights import GpioLights, Rgb
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.light_patterns import PATTERNS
from kiosk.hardware.lights import open_lights
from kiosk.hardware.parts import Lights, PartFault
from kiosk.views import Signal
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.lights_contract import LightsContract, LightsOperator
from tests.kiosk.hardware.pin_operator import PinOperator

RED, GREEN, BLUE, RING, READER, SCANNER, BUZZER = 17, 27, 22, 23, 24, 12, 13
ALL = GpioLights(
    driver="gpio", rgb=Rgb(red=RED, green=GREEN, blue=BLUE), ring=RING, reader=READER, scanner=SCANNER, buzzer=BUZZER
)
ONE = GpioLights(driver="gpio", status=RED)


class Operator(PinOperator, LightsOperator):
    def open(self, config: GpioLights = ALL) -> AbstractContextManager[Lights]:
        return open_lights(config, self.header, self.now)

    def seen(self) -> Signal | None:
        return self.wires.signal(ALL)


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired(Wires()) as wires:
        yield wires


@pytest.fixture
def operator(wires: Wires) -> Operator:
    return Operator(wires)


class TestPinLights(LightsContract):
    driver = "gpio"

    @pytest.fixture
    def operator(self, wires: Wires) -> LightsOperator:
        return Operator(wires)


def run(operator: Operator, lights: Lights, signal: Signal, seconds: float) -> list[tuple[float, float, float]]:
    """Show the signal for this time, in seconds; return pauses, red levels and buzzer levels."""
    seen = []
    end = operator.now() + seconds
    while operator.now() < end:
        wait = lights.show(signal)
        assert wait is not None
        seen.append((wait, operator.wires.level(RED), operator.wires.level(BUZZER)))
        operator.let_pass(wait)
    return seen


@pytest.mark.parametrize("signal", Signal)
def test_single_lamp_plays_the_whole_rhythm(operator: Operator, signal: Signal) -> None:
    rhythm = PATTERNS[signal].rhythm
    with operator.open(ONE) as lights:
        levels = [level for _, level, _ in run(operator, lights, signal, rhythm.seconds + 0.2)]
    assert max(levels) == pytest.approx(max(beat.level for beat in rhythm.beats), abs=0.05)
    assert min(levels) == pytest.approx(min(beat.level for beat in rhythm.beats), abs=0.05)


def test_idle_brightness_changes_in_small_steps(operator: Operator) -> None:
    with operator.open(ONE) as lights:
        levels = [level for _, level, _ in run(operator, lights, Signal.IDLE, 4.0)]
    steps = [abs(after - before) for before, after in itertools.pairwise(levels)]
    assert len(levels) > 60 and max(steps) < 0.03


def test_refusal_beeps_twice(operator: Operator) -> None:
    with operator.open() as lights:
        sounds = [sound for _, _, sound in run(operator, lights, Signal.REFUSED, 10.0)]
    assert operator.wires.rises[BUZZER] == 2
    assert sounds[-1] == 0


def test_repeated_signal_does_not_beep_again(operator: Operator) -> None:
    with operator.open() as lights:
        run(operator, lights, Signal.DONE, 8.0)
        run(operator, lights, Signal.DONE, 8.0)
        assert operator.wires.rises[BUZZER] == 1
        lights.show(Signal.SCAN)
        run(operator, lights, Signal.DONE, 1.0)
        assert operator.wires.rises[BUZZER] == 2


def test_disabled_beeps_keep_the_buzzer_silent(operator: Operator) -> None:
    with operator.open(ALL.model_copy(update={"beeps": False})) as lights:
        run(operator, lights, Signal.REFUSED, 5.0)
    assert BUZZER not in operator.wires.rises


def test_pin_in_use_is_reported_and_no_other_pin_stays_reserved(operator: Operator) -> None:
    with ExitStack() as stack:
        stack.enter_context(operator.header.open_switch(SCANNER))
        with pytest.raises(PartFault, match="in_use"), operator.open():
            pytest.fail("they opened")
    with operator.open() as lights:
        lights.show(Signal.DONE)
        assert operator.seen() is Signal.DONE


def test_closed_lights_release_their_pins(operator: Operator) -> None:
    with operator.open():
        pass
    with ExitStack() as stack:
        for pin in ALL.pins().values():
            stack.enter_context(operator.header.open_switch(pin))


def test_machine_without_pins_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    before, Device.pin_factory = Device.pin_factory, None
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    try:
        with pytest.raises(PartFault, match="no_pins"), open_lights(ONE, Header(), time.monotonic):
            pytest.fail("they opened")
    finally:
        Device.pin_factory = before


def test_gpiozero_mock_pins_are_supported(monkeypatch: pytest.MonkeyPatch) -> None:
    before, Device.pin_factory = Device.pin_factory, None
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")
    try:
        with open_lights(ALL, Header()) as lights:
            lights.show(Signal.DONE)
            assert Device.pin_factory.pin(GREEN).state == 1.0
        assert Device.pin_factory.pin(GREEN).state == 0.0
    finally:
        Device.pin_factory = before
