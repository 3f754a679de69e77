"""Connect a kiosk to its SIP2 system through a connection that loses, cuts, corrupts and delays.

Requests that arrive after the kiosk gave them up are not simulated: SIP2 has no id by which a system could recognise
them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from random import Random
from typing import Protocol

from kiosk.sync.sip2.connection import CHANGES


class Fate(StrEnum):
    """Fault of one request and its response."""

    REQUEST_LOST = "request lost"
    REQUEST_CUT = "request cut"
    REQUEST_SPOILT = "request spoilt"
    RESET = "reset before the request"
    ANSWER_LOST = "done, and cut before the answer"
    ANSWER_SWALLOWED = "done, and the line goes dead"
    ANSWER_CUT = "done, and half of the answer"
    ANSWER_LATE = "done, and answered too late"
    ANSWER_SPOILT = "answer spoilt"
    ANSWER_TWICE = "answer twice"
    DRIP = "slow drip"


QUESTIONS = 0.3
"""Chance of a fault for queries, relative to requests that change state."""


class Writer(Protocol):
    """The part of asyncio.StreamWriter that is used."""

    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


Ends = tuple[asyncio.StreamReader, Writer]


class FaultyConnection:
    """`trouble` is the chance of a fault per state-changing request; `late` is longer than the kiosk's time limit."""

    def __init__(self, connect: Callable[[], Awaitable[Ends]], random: Random, late: float) -> None:
        self.trouble = 0.0
        self.hits: Counter[Fate] = Counter()
        self._connect = connect
        self._random = random
        self._late = late
        self._pulled = self._silent = False
        self._open: list[Writer] = []

    def pull(self, *, silent: bool) -> None:
        """Stop all traffic. A silent connection stays open without any sign of the failure."""
        self._pulled, self._silent = True, silent
        if not silent:
            self.cut()

    def plug(self) -> None:
        if self._pulled:
            self._pulled = False
            self.cut()

    def cut(self) -> None:
        """Close every connection."""
        for each in self._open:
            each.close()
        self._open.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """Serve one connection of the kiosk until either side disconnects."""
        if self._pulled and not self._silent:
            writer.close()
            return
        self._open.append(writer)
        with contextlib.suppress(OSError):
            there, system = await self._connect()
            self._open.append(system)
            answers = asyncio.ensure_future(self._answers(there, writer, fates := asyncio.Queue[Fate | None]()))
            try:
                await self._requests(reader, system, fates)
            finally:
                answers.cancel()
                for each in (writer, system):
                    each.close()

    async def _requests(self, reader: asyncio.StreamReader, system: Writer, fates: asyncio.Queue[Fate | None]) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                request = await reader.readuntil(b"\r")
                if self._pulled:
                    continue
                fate = self._fate(request.lstrip(b"\n")[:2].decode("ascii", errors="replace"))
                match fate:
                    case Fate.REQUEST_LOST:
                        continue
                    case Fate.RESET:
                        return
                    case Fate.REQUEST_CUT:
                        system.write(request[: len(request) // 2])
                        return
                    case Fate.REQUEST_SPOILT:
                        request = self._spoilt(request)
                fates.put_nowait(fate)
                system.write(request)
                await system.drain()

    async def _answers(self, there: asyncio.StreamReader, writer: Writer, fates: asyncio.Queue[Fate | None]) -> None:
        with contextlib.suppress(OSError):
            while answer := await there.read(65536):
                fate = None if fates.empty() else fates.get_nowait()
                if self._pulled or fate is Fate.ANSWER_SWALLOWED:
                    continue
                if not await self._write_answer(fate, answer, writer):
                    break
        writer.close()

    async def _write_answer(self, fate: Fate | None, answer: bytes, writer: Writer) -> bool:
        """Send a response subject to its fault; return True if the connection continues."""
        match fate:
            case Fate.ANSWER_LOST:
                return False
            case Fate.ANSWER_CUT:
                writer.write(answer[: len(answer) // 2])
            case Fate.ANSWER_TWICE:
                writer.write(answer + answer)
            case Fate.ANSWER_SPOILT:
                writer.write(self._spoilt(answer))
            case Fate.ANSWER_LATE:
                await asyncio.sleep(self._late)
                writer.write(answer)
            case Fate.DRIP:
                for at in range(len(answer)):
                    writer.write(answer[at : at + 1])
                    await asyncio.sleep(0.001)
            case _:
                writer.write(answer)
        await writer.drain()
        return fate is not Fate.ANSWER_CUT

    def _fate(self, code: str) -> Fate | None:
        if self._random.random() >= self.trouble * (1.0 if code in CHANGES else QUESTIONS):
            return None
        fate = self._random.choice(list(Fate))
        self.hits[fate] += 1
        return fate

    def _spoilt(self, message: bytes) -> bytes:
        """Return the message with one bit flipped."""
        at = self._random.randrange(len(message))
        return message[:at] + bytes([message[at] ^ (1 << self._random.randrange(7))]) + message[at + 1 :]
