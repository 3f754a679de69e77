"""Test the requests that the unmodified gpiozero lgpio pins make of emulated lines, which keep a header safe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import Device
from gpiozero.pins.local import LocalPiFactory

from kiosk.config import Config, load, write_example
from kiosk.events import Key
from kiosk.hardware.gpio_header import Header, OutputNotReset, switch_off
from kiosk.hardware.gpio_parts import open_gate, open_keys
from kiosk.hardware.lights import open_lights
from kiosk.hardware.parts import PartFault
from kiosk.views import Signal
from tests.emulated.gpio import Wires, wired
from tests.emulated.gpio_bench import GATE, KEYS, LIGHTS, sections
from tests.emulated.lgpio_lines import PULLS, Lines, lgpio_in_place
from tests.support.patience import PATIENCE

PI_4, PI_5 = 0xC03115, 0xD04170
GREEN = 27


@pytest.fixture(params=[PI_4, PI_5], ids=["pi4", "pi5"])
def lines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    monkeypatch.setattr(LocalPiFactory, "_get_revision", lambda factory: request.param)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    before, Device.pin_factory = Device.pin_factory, None
    lines = Lines()
    with lgpio_in_place(lines):
        yield lines
        Device.pin_factory.close()
        Device.pin_factory = before


def test_lamps_are_dimmed_and_pulled_low_after_close(lines: Lines) -> None:
    with open_lights(LIGHTS, Header()) as lights:
        assert {lines[pin].power for pin in LIGHTS.pins().values()} == {0.0}
        lights.show(Signal.DONE)
        assert (lines[GREEN].power, lines[17].power) == (1.0, 0.0)
        lights.show(Signal.IDLE)
        assert 0 < lines[GREEN].power < 0.2
    for pin in LIGHTS.pins().values():
        assert (lines[pin].power, lines[pin].pull) == (0.0, PULLS["SET_PULL_DOWN"])


def test_relay_is_off_and_pulled_low_after_close(lines: Lines) -> None:
    with open_gate(GATE, Header()) as gate:
        gate.switch(True)
        assert lines[GATE.pin].power == 1.0
    assert (lines[GATE.pin].power, lines[GATE.pin].pull) == (0.0, PULLS["SET_PULL_DOWN"])


def test_key_is_pulled_up_and_reported_by_its_edge(lines: Lines) -> None:
    pressed: list[Key] = []
    end = time.monotonic() + PATIENCE
    with open_keys(KEYS, Header()) as keys:
        assert lines[KEYS.next].pull == PULLS["SET_PULL_UP"]
        lines.move(KEYS.next, 0)
        keys.watch(pressed.append, lambda: bool(pressed) or time.monotonic() > end)
    assert pressed == [Key.NEXT]
    assert lines[KEYS.next].moved is None


def test_line_of_another_program_is_reported_as_in_use(lines: Lines) -> None:
    lines.busy.add(GATE.pin)
    with pytest.raises(PartFault, match="in_use"), open_gate(GATE, Header()):
        pytest.fail("it opened")
    lines.busy.clear()
    with open_gate(GATE, Header()):
        assert lines[GATE.pin].output


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired(Wires()) as wires:
        yield wires


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_example(tmp_path / "kiosk.toml", tmp_path, tmp_path, "http://127.0.0.1", changes=sections()))


def test_lamps_buzzer_and_relay_are_switched_off(wires: Wires, config: Config) -> None:
    pins = (*LIGHTS.pins().values(), GATE.pin)
    for pin in pins:
        wires.driven(pin, 1.0)
    assert list(switch_off(config)) == []
    assert [wires.level(pin) for pin in pins] == [0.0] * len(pins)


def test_unreachable_outputs_are_named_and_the_rest_is_tried(wires: Wires, config: Config) -> None:
    wires.dead = True
    failures = list(switch_off(config))
    assert OutputNotReset("security_gate.pin", 21, "unplugged") in failures
    assert len(failures) == 8


def test_kiosk_without_gpio_parts_resets_nothing(wires: Wires, tmp_path: Path) -> None:
    wires.dead = True
    config = load(write_example(tmp_path / "kiosk.toml", tmp_path, tmp_path, "http://127.0.0.1"))
    assert list(switch_off(config)) == []
