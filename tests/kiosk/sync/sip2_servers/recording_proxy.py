"""Proxy between a kiosk and a server: record all bytes, and damage or drop one response on request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from kiosk.visit_player.loopback_port import serving


@dataclass
class Tap:
    spoils: bytes = b""
    """The next answer that begins so loses the sense of its third byte: its checksum is wrong then."""
    loses: bytes = b""
    """The next answer that begins so never comes: the line breaks instead."""
    port: int = 0
    asked: list[bytearray] = field(default_factory=list)
    """For each connection all that the kiosk sent, with the ends."""
    answered: list[bytearray] = field(default_factory=list)
    """For each connection all that the server sent, as it sent it."""

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

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, heard: bytearray) -> None:
        while data := await source.read(65536):
            heard += data
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
