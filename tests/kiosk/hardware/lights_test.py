"""Run the light contract on pins: patterns over time, and pins released when closed."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from itertools import combinations, pairwise

import pytest
from gpiozero import Device

from kiosk.config.hardware import GpioLights, Rgb
from kiosk.hardware.gpio_header import Header
from kiosk.hardware.lights import PATTERNS, Rhythm, open_lights
from kiosk.hardware.parts import Lights, PartFault
from kiosk.views import Signal
from tests.emulated.gpio import Wires, wired
from tests.kiosk.hardware.gpio_contracts import LightsContract, LightsOperator
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


FINE = 0.01


def wave(rhythm: Rhythm, seconds: float = 10.0) -> list[float]:
    return [rhythm.level(step * FINE) for step in range(round(seconds / FINE))]


def test_every_signal_has_a_pattern() -> None:
    assert set(PATTERNS) == set(Signal)


def test_every_signal_has_a_distinct_rhythm() -> None:
    """Patrons who see no colour, and kiosks with one lamp, can distinguish them."""
    for one, other in combinations(Signal, 2):
        pairs = zip(wave(PATTERNS[one].rhythm), wave(PATTERNS[other].rhythm), strict=True)
        apart = sum(abs(a - b) > 0.3 for a, b in pairs) * FINE
        assert apart > 1.0, (one, other)


def test_every_signal_has_a_distinct_combination_of_lamps_and_colour() -> None:
    assert len({(look.colour, look.ring, look.reader, look.scanner) for look in PATTERNS.values()}) == len(PATTERNS)


def test_signals_that_need_attention_beep() -> None:
    """A card left on the reader needs attention; inviting signals are silent."""
    assert {signal for signal, look in PATTERNS.items() if look.sounds(0.0)} == {
        Signal.DONE,
        Signal.REFUSED,
        Signal.ATTENTION,
        Signal.HELP,
    }


@pytest.mark.parametrize("signal", Signal)
def test_no_pattern_flashes_more_than_three_times_per_second(signal: Signal) -> None:
    """WCAG 2.3.1."""
    levels = wave(PATTERNS[signal].rhythm)
    rises = [n for n, (before, after) in enumerate(pairwise(levels)) if before < 0.5 <= after]
    assert all(after - before > 1.0 / FINE for before, after in zip(rises, rises[3:], strict=False))


@pytest.mark.parametrize("signal", Signal)
def test_every_pattern_starts_lit(signal: Signal) -> None:
    assert PATTERNS[signal].rhythm.level(0.0) > 0


def test_beeps_last_at_most_seven_tenths_of_a_second() -> None:
    assert all(sum(look.beeps) <= 0.7 for look in PATTERNS.values())


@pytest.mark.parametrize("signal", Signal)
def test_until_change_misses_no_change(signal: Signal) -> None:
    rhythm, at = PATTERNS[signal].rhythm, 0.0
    while at < 2 * rhythm.seconds:
        wait = rhythm.until_change(at)
        assert wait > 0
        if rhythm.level(at) == rhythm.level(at + wait / 2):
            assert rhythm.level(at + wait * 0.99) == rhythm.level(at)
        at += wait
