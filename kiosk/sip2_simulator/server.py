"""Serve the simulator on a socket: respond in its dialect and fault mode, and write a transcript."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from random import Random
from types import MappingProxyType
from typing import Any

from kiosk.sip2_simulator.answers import ResponseContext, answer, encode, refusal
from kiosk.sip2_simulator.dialects import Dialect
from kiosk.sip2_simulator.fault_modes import FAULT_MODES, FaultMode, Step, Turn
from kiosk.sip2_simulator.library import SimulatedLibrary
from kiosk.sync.sip2.message import Frames, Sip2Frame, Sip2Message, Unreadable, checksum, read, unwrap

NOT_UNDERSTOOD = b"96AZFEF6"
UNKNOWN: Mapping[str, Sequence[Step]] = MappingProxyType({"96": (b"96\r",), "close": (None,), "silence": ()})
CALM = FaultMode("calm", "it behaves")


@dataclass(slots=True)
class Orders:
    """Pending orders from the control port."""

    refuse: int = 0
    """Number of checkouts, checkins and renewals to refuse."""
    delay: float = 0.0
    """Seconds to wait before each response."""
    temper: FaultMode = CALM
    random: Random = field(default_factory=lambda: Random(1))

    def turn(self, name: str, seed: int, library: SimulatedLibrary) -> None:
        """Change the fault mode, which may alter the library for good. Raises ValueError for an unknown name."""
        if name != CALM.name and name not in FAULT_MODES:
            raise ValueError(f"there is no temper {name}: {', '.join((CALM.name, *FAULT_MODES))}")
        self.temper, self.random = FAULT_MODES.get(name, CALM), Random(seed)
        if self.temper.spoil:
            self.temper.spoil(library, seed)


@dataclass(slots=True)
class Connection:
    """State of one client's connection."""

    number: int
    counter: ResponseContext
    logged_in: bool = False
    last: tuple[str, str, int | None] | None = None
    """The last response: code of the request, text, sequence number."""
    sent: bytes = b""


class Simulator:
    """`clock` is the library's time. `log` receives each line of the transcript, with (invented) secrets."""

    def __init__(
        self,
        library: SimulatedLibrary,
        dialect: Dialect,
        clock: Callable[[], datetime],
        zone: tzinfo,
        charset: str = "",
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        library.repeats_renew = dialect.renews_on_repeat
        library.renews_from_due = dialect.renews_from_due
        self.library = library
        self.orders = Orders()
        self._dialect = dialect
        self._charset = charset or dialect.charset
        self._clock = clock
        self._zone = zone
        self.log = log
        self._numbers = itertools.count(1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side disconnects."""
        counter = ResponseContext(self.library, self._dialect, self._clock, self._zone)
        connection, frames = Connection(next(self._numbers), counter), Frames()
        with contextlib.suppress(ConnectionError, Unreadable):
            while data := await reader.read(65536):
                for raw in frames.feed(data):
                    self._note(connection, ">", raw)
                    for step in await self._response_steps(connection, raw):
                        if step is None:
                            raise ConnectionError
                        await self._take(connection, step, writer)
        self._note(connection, "-", b"closed")
        writer.close()

    async def _take(self, connection: Connection, step: bytes | float, writer: asyncio.StreamWriter) -> None:
        if isinstance(step, float):
            await (asyncio.sleep(step) if step < math.inf else asyncio.Event().wait())
        else:
            self._note(connection, "<", step)
            writer.write(step)
            await writer.drain()

    async def _response_steps(self, connection: Connection, raw: bytes) -> list[Step]:
        frame = unwrap(raw, self._charset)
        orders, code = self.orders, frame.text[:2]
        if not frame.sound:
            return [NOT_UNDERSTOOD + b"\r"]
        if code not in self._dialect.speaks:
            return list(UNKNOWN[self._dialect.unknown])
        if code == "97":
            return self._again(connection)
        if code != "93" and self._dialect.login_first and not connection.logged_in:
            return [None]
        try:
            message = read(frame.text)
        except Unreadable:
            return [b"96\r"]
        if self._dialect.wants_due and not message.fixed.get("nb_due_date", "due").strip():
            return [None]
        if orders.delay:
            await asyncio.sleep(orders.delay)
        response = self._response(connection, message)
        text = encode(orders.temper.reword(response) if orders.temper.reword else response, self._dialect)
        connection.last = code, text, frame.sequence
        data = self._bytes(text, frame)
        turn, connection.sent = Turn(code, data, connection.sent), data
        steps = orders.temper.steps(turn, orders.random)
        if response.code == "94":
            connection.logged_in = response.fixed["ok"] == "1"
            if not connection.logged_in and self._dialect.hangs_up_on_bad_login:
                steps.append(None)
        return steps

    def _response(self, connection: Connection, message: Sip2Message) -> Sip2Message:
        orders, counter = self.orders, connection.counter
        counter.permits = orders.temper.permits or "YYYYYY"
        if orders.refuse and message.code in ("11", "09", "29"):
            orders.refuse -= 1
            return refusal(counter, message)
        return answer(counter, message)

    def _again(self, connection: Connection) -> list[Step]:
        if connection.last is None:
            return [NOT_UNDERSTOOD + b"\r"]
        code, text, sequence = connection.last
        end = self._dialect.end if self._dialect.resend_ends else b""
        data = self._bytes(text, Sip2Frame("", 0 if self._dialect.resend_zero else sequence, True, True), end)
        turn = Turn(code, data, connection.sent, again=True)
        return self.orders.temper.steps(turn, self.orders.random)

    def _bytes(self, text: str, asked: Sip2Frame, end: bytes | None = None) -> bytes:
        """Encode a response like such systems: "?" for characters outside the charset, error detection if requested."""
        data = text.encode(self._charset, errors="replace")
        if asked.sequence is not None:
            data += f"AY{asked.sequence}AZ".encode()
            data += checksum(data).encode()
        return data + (self._dialect.end if end is None else end)

    def _note(self, connection: Connection, way: str, data: bytes) -> None:
        text = data.decode(self._charset, errors="replace").strip("\r\n")
        self.log(f"{self._clock().isoformat(timespec='milliseconds')} {connection.number} {way} {text}")


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
