"""Serve the simulator's control port on loopback: one line of JSON per request and per reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from kiosk.sip2_simulator.server import Simulator


class SimulatorControl:
    """Commands: `{"do": "refuse", "next": 2}`, `delay` with `seconds`, `temper` with `name` and `seed`, `truth`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(json.dumps(self._answer(line)).encode() + b"\n")
            await writer.drain()
        writer.close()

    def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            asked = json.loads(line)
            return {"ok": True, **self._do(asked["do"], asked)}
        except (ValueError, KeyError, TypeError) as error:
            return {"ok": False, "why": f"{type(error).__name__}: {error}"}

    def _do(self, what: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        orders = self._simulator.orders
        match what:
            case "refuse":
                orders.refuse = int(facts["next"])
            case "delay":
                orders.delay = float(facts["seconds"])
            case "temper":
                orders.turn(str(facts["name"]), int(facts.get("seed", 1)), self._simulator.library)
            case "truth":
                return dict(self._simulator.library.truth())
            case _:
                raise ValueError(f"there is nothing called {what}: refuse, delay, temper, truth")
        return {}
