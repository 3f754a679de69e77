"""Proxy between a kiosk and a server: record all bytes, and damage or drop one response on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kiosk.visit_player.proxy import serving


@dataclass
class Tap:
    spoils: bytes = b""
    """Prefix of the next response to damage: its third byte is changed."""
    loses: bytes = b""
    """Prefix of the next response to drop: the connection is closed instead."""
    port: int = 0
    asked: list[bytearray] = field(default_factory=list)
    """Bytes sent by the kiosk, per connection."""
    answered: list[bytearray] = field(default_factory=list)
    """Bytes sent by the server, per connection."""

    async def between(self, server: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server)
        self.asked.append(asked := bytearray())
        self.answered.append(answered := bytearray())
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._carry(reader, far_writer, asked))
                both.create_task(self._carry(far_reader, writer, answered))
        finally:
            writer.close()
            far_writer.close()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, log: bytearray) -> None:
        while data := await source.read(65536):
            log += data
            if self.loses and data.startswith(self.loses):
                self.loses = b""
                break
            if self.spoils and data.startswith(self.spoils):
                data, self.spoils = data[:2] + bytes([data[2] ^ 1]) + data[3:], b""
            sink.write(data)
        sink.close()


@asynccontextmanager
async def tapped(server: int, spoils: bytes = b"", loses: bytes = b"") -> AsyncIterator[Tap]:
    """Listen on `port` for clients of the server."""
    tap = Tap(spoils, loses)

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await tap.between(server, reader, writer)

    async with serving(between) as tap.port:
        yield tap
