"""Test a real kiosk with lights, keys, drop sensor and gate on emulated pins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from kiosk.events import Key
from kiosk.views import Signal
from tests.emulated.gpio_bench import BIN, GATE, KEYS, LIGHTS, sections
from tests.emulated.remote_gpio import FarWires
from tests.support.patience import PATIENCE
from tests.support.real_kiosk import House, Kiosk, SetUp

pytestmark = pytest.mark.long  # whole kiosks

PIN = {Key(name): pin for name, pin in KEYS.pins().items()}
OUTPUTS = (*LIGHTS.pins().values(), GATE.pin)
BIN_MODE = {"returns": {"mode": "bin"}}


@pytest.fixture
def wires() -> Iterator[FarWires]:
    wires = FarWires()
    yield wires
    wires.close()


@pytest.fixture
def set_up(library: House) -> SetUp:
    return library.set_up({**sections(), **BIN_MODE}).with_journal()


@contextmanager
def running(set_up: SetUp, wires: FarWires) -> Iterator[Kiosk]:
    with set_up.kiosk(environment=wires.environment()) as kiosk:
        kiosk.ask("ready")
        yield kiosk


def until(so: Callable[[], bool]) -> None:
    """Wait for a condition; the kiosk's threads see an action slightly later."""
    end = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def until_lit(wires: FarWires, signal: Signal) -> None:
    until(lambda: wires.signal(LIGHTS) is signal)


def until_shown(kiosk: Kiosk, view: str) -> None:
    until(lambda: kiosk.look()["view"] == view)


def lit(wires: FarWires) -> set[int]:
    wires.catch_up()
    return {pin for pin in OUTPUTS if wires.level(pin) > 0}


def test_visit_works_with_keys_lights_gate_and_bin_on_pins(library: House, set_up: SetUp, wires: FarWires) -> None:
    with running(set_up, wires) as kiosk:
        free = next(each.barcode for each in library.hub.library.items if each.case.startswith("free_"))
        until_lit(wires, Signal.IDLE)
        wires.press(PIN[Key.CHOOSE])
        until(lambda: (kiosk.look()["focus"] or {}).get("name") == "borrow")
        wires.press(PIN[Key.CHOOSE])
        until_shown(kiosk, "Identify")
        until_lit(wires, Signal.CARD)
        kiosk.tap(library.card("plain_1"))
        until_lit(wires, Signal.SCAN)
        assert GATE.pin not in wires.rises
        kiosk.scan(free)
        until_lit(wires, Signal.DONE)
        wires.until_risen(GATE.pin, 1)
        wires.press(PIN[Key.CHOOSE])
        until_shown(kiosk, "Farewell")
        kiosk.press("receipt_none")
        kiosk.press("return")
        kiosk.scan(free)
        wires.press(BIN.pin, 0.03)
        until(lambda: "Returned" in "\n".join(kiosk.look()["texts"]))
        assert wires.rises[GATE.pin] == 1, "a return does not pulse the gate"
        kiosk.ask("quit")
        assert kiosk.ended() == 0
    assert lit(wires) == set()


def test_stopped_kiosk_switches_all_outputs_off(set_up: SetUp, wires: FarWires) -> None:
    with running(set_up, wires) as kiosk:
        until_lit(wires, Signal.IDLE)
        until(lambda: bool(lit(wires)))
        assert kiosk.told(signal.SIGTERM) == 0
    assert lit(wires) == set()


def test_off_command_switches_off_outputs_of_a_killed_kiosk(set_up: SetUp, wires: FarWires) -> None:
    with running(set_up, wires) as kiosk:
        kiosk.press("help")
        until_lit(wires, Signal.HELP)
        kiosk.kill()
        assert lit(wires), "the kernel leaves outputs as they are"
        command = [sys.executable, "-m", "kiosk.cli", "off", "--config", str(set_up.file)]
        subprocess.run(command, env={**os.environ, **wires.environment()}, check=True, timeout=PATIENCE)
        assert lit(wires) == set()


def test_unresponsive_pins_are_faulty_and_recover(set_up: SetUp, wires: FarWires) -> None:
    with running(set_up, wires) as kiosk:
        wires.die()
        for part in ("keys", "bin"):
            assert kiosk.until_health(part) == {"condition": "faulty", "reason": "unplugged"}
        kiosk.press("help")
        assert kiosk.until_health("lights") == {"condition": "faulty", "reason": "unplugged"}
        wires.die(dead=False)
        for part in ("keys", "bin", "lights"):
            assert kiosk.until_health(part, "ready") == {"condition": "ready", "reason": ""}
        # Help, unless its time has expired.
        until(lambda: wires.signal(LIGHTS) is Signal(kiosk.look()["signal"]))
        wires.press(PIN[Key.BACK])
        until_shown(kiosk, "Welcome")
