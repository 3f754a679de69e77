"""Test that outputs left on by a killed kiosk are switched off, and unreachable ones are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.config import Config, load, write_example
from kiosk.hardware.outputs_off import OutputNotReset, switch_off
from tests.emulated.gpio import Wires, wired
from tests.emulated.gpio_bench import GATE, LIGHTS, sections


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
