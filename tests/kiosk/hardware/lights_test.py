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
from tests.kiosk.hardware.lights_contract import LightsContract, LightsHands
from tests.kiosk.hardware.pin_operator import PinHands

RED, GREEN, BLUE, RING, READER, SCANNER, BUZZER = 17, 27, 22, 23, 24, 12, 13
ALL = GpioLights(
    driver="gpio", rgb=Rgb(red=RED, green=GREEN, blue=BLUE), ring=RING, reader=READER, scanner=SCANNER, buzzer=BUZZER
)
ONE = GpioLights(driver="gpio", status=RED)


class Hands(PinHands, LightsHands):
    def open(self, config: GpioLights = ALL) -> AbstractContextManager[Lights]:
        return open_lights(config, self.header, self.now)

    def seen(self) -> Signal | None:
        return self.wires.signal(ALL)


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired(Wires()) as wires:
        yield wires


@pytest.fixture
def hands(wires: Wires) -> Hands:
    return Hands(wires)


class TestPinLights(LightsContract):
    driver = "gpio"

    @pytest.fixture
    def hands(self, wires: Wires) -> LightsHands:
        return Hands(wires)


def run(hands: Hands, lights: Lights, signal: Signal, seconds: float) -> list[tuple[float, float, float]]:
    """Show the signal for this time, in seconds; return pauses, red levels and buzzer levels."""
    seen = []
    end = hands.now() + seconds
    while hands.now() < end:
        wait = lights.show(signal)
        assert wait is not None
        seen.append((wait, hands.wires.level(RED), hands.wires.level(BUZZER)))
        hands.let_pass(wait)
    return seen


@pytest.mark.parametrize("signal", Signal)
def test_single_lamp_plays_the_whole_rhythm(hands: Hands, signal: Signal) -> None:
    rhythm = PATTERNS[signal].rhythm
    with hands.open(ONE) as lights:
        levels = [level for _, level, _ in run(hands, lights, signal, rhythm.seconds + 0.2)]
    assert max(levels) == pytest.approx(max(beat.level for beat in rhythm.beats), abs=0.05)
    assert min(levels) == pytest.approx(min(beat.level for beat in rhythm.beats), abs=0.05)


def test_idle_brightness_changes_in_small_steps(hands: Hands) -> None:
    with hands.open(ONE) as lights:
        levels = [level for _, level, _ in run(hands, lights, Signal.IDLE, 4.0)]
    steps = [abs(after - before) for before, after in itertools.pairwise(levels)]
    assert len(levels) > 60 and max(steps) < 0.03


def test_refusal_beeps_twice(hands: Hands) -> None:
    with hands.open() as lights:
        sounds = [sound for _, _, sound in run(hands, lights, Signal.REFUSED, 10.0)]
    assert hands.wires.rises[BUZZER] == 2
    assert sounds[-1] == 0


def test_repeated_signal_does_not_beep_again(hands: Hands) -> None:
    with hands.open() as lights:
        run(hands, lights, Signal.DONE, 8.0)
        run(hands, lights, Signal.DONE, 8.0)
        assert hands.wires.rises[BUZZER] == 1
        lights.show(Signal.SCAN)
        run(hands, lights, Signal.DONE, 1.0)
        assert hands.wires.rises[BUZZER] == 2


def test_disabled_beeps_keep_the_buzzer_silent(hands: Hands) -> None:
    with hands.open(ALL.model_copy(update={"beeps": False})) as lights:
        run(hands, lights, Signal.REFUSED, 5.0)
    assert BUZZER not in hands.wires.rises


def test_pin_in_use_is_reported_and_no_other_pin_stays_reserved(hands: Hands) -> None:
    with ExitStack() as stack:
        stack.enter_context(hands.header.switched(SCANNER))
        with pytest.raises(PartFault, match="in_use"), hands.open():
            pytest.fail("they opened")
    with hands.open() as lights:
        lights.show(Signal.DONE)
        assert hands.seen() is Signal.DONE


def test_closed_lights_release_their_pins(hands: Hands) -> None:
    with hands.open():
        pass
    with ExitStack() as stack:
        for pin in ALL.pins().values():
            stack.enter_context(hands.header.switched(pin))


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
