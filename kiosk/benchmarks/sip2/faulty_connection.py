"""The line between one kiosk and its SIP2 system, which loses, cuts, spoils and delays; knows no loan.

A request that comes when the kiosk has given it up is not among what it does: SIP2 has no number by which a system
would know it again.
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
    """What becomes of one question and its answer."""

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


DONE = frozenset(each for each in Fate if each.startswith("done"))
"""The system has done it, and the kiosk hears nothing of that."""
QUESTIONS = 0.3
"""How often a question meets something, to how often what changes something does."""


class Writer(Protocol):
    """What of asyncio.StreamWriter is used."""

    def write(self, data: bytes) -> None: ...
    async def drain(self) -> None: ...
    def close(self) -> None: ...


Ends = tuple[asyncio.StreamReader, Writer]


class Wire:
    """`trouble` is the chance that what changes something meets a fate; `late` is longer than the kiosk waits."""

    def __init__(self, connect: Callable[[], Awaitable[Ends]], random: Random, late: float) -> None:
        self.trouble = 0.0
        self.hits: Counter[Fate] = Counter()
        self._connect = connect
        self._random = random
        self._late = late
        self._pulled = self._silent = False
        self._open: list[Writer] = []

    def pull(self, *, silent: bool) -> None:
        """Nothing goes over it any more. A silent line stands open, and nobody says that nobody is there."""
        self._pulled, self._silent = True, silent
        if not silent:
            self.cut()

    def plug(self) -> None:
        if self._pulled:
            self._pulled = False
            self.cut()

    def cut(self) -> None:
        """Every connection over it ends."""
        for each in self._open:
            each.close()
        self._open.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """One connection of the kiosk's, until either side hangs up."""
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
                if not await self._told(fate, answer, writer):
                    break
        writer.close()

    async def _told(self, fate: Fate | None, answer: bytes, writer: Writer) -> bool:
        """Whether the line goes on."""
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
        """One byte of it is another."""
        at = self._random.randrange(len(message))
        return message[:at] + bytes([message[at] ^ (1 << self._random.randrange(7))]) + message[at + 1 :]
