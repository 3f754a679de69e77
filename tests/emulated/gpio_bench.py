"""Test bench with lights, keys, drop sensor and gate on emulated pins; the other parts are simulated."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from kiosk.config.hardware import GpioBin, GpioKeys, GpioLights, Relay, Rgb
from kiosk.visit_player.part_operator import SimulatedBench
from tests.emulated.remote_gpio import FarWires

LIGHTS = GpioLights(driver="gpio", rgb=Rgb(red=17, green=27, blue=22), ring=23, reader=24, scanner=12, buzzer=13)
KEYS = GpioKeys(driver="gpio", previous=5, next=6, choose=16, back=26)
BIN = GpioBin(driver="gpio", pin=20)
GATE = Relay(driver="relay", pin=21, seconds=0.1)
ON_PINS = {"lights": LIGHTS, "keys": KEYS, "bin": BIN, "security_gate": GATE}


def sections() -> dict[str, dict[str, Any]]:
    """Return the kiosk.toml sections of these parts."""
    return {name: section.model_dump(exclude_none=True) for name, section in ON_PINS.items()}


class GpioBench(SimulatedBench):
    def __init__(self) -> None:
        super().__init__()
        self.wires = FarWires()

    def environment(self) -> Mapping[str, str]:
        return self.wires.environment()

    async def key(self, key: str) -> None:
        await asyncio.to_thread(self.wires.press, KEYS.pins()[key])

    async def drop(self) -> None:
        await asyncio.to_thread(self.wires.press, BIN.pin, 0.03)

    async def lights(self) -> str | None:
        return await asyncio.to_thread(self.wires.signal, LIGHTS)

    async def stop(self) -> None:
        await super().stop()
        await asyncio.to_thread(self.wires.close)
