"""Relay one connection of a kiosk through the proxy to the hub."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from kiosk.benchmarks.network_faults.message import LONGEST_HEAD, HttpMessage, read_message
from kiosk.visit_player.loopback_port import reset


class ProxiedConnection:
    """One connection of the kiosk, and one to the hub that is opened on demand."""

    def __init__(self, kiosk: asyncio.StreamReader, to_kiosk: asyncio.StreamWriter, hub: tuple[str, int]) -> None:
        self.kiosk = kiosk
        self._to_kiosk = to_kiosk
        self._address = hub
        self._hub: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def pass_on(self, said: bytes) -> None:
        """Send to the kiosk. Raises ConnectionError if the kiosk has disconnected."""
        if self._to_kiosk.is_closing():
            raise ConnectionResetError
        self._to_kiosk.write(said)
        await self._to_kiosk.drain()
        await asyncio.sleep(0)

    async def ask(self, request: HttpMessage) -> HttpMessage | None:
        """Send a request to the hub; return its response, or None."""
        for _ in range(2):
            kept = self._hub is not None
            reader, writer = await self._to_hub()
            with contextlib.suppress(OSError):
                writer.write(request.whole)
                await writer.drain()
                if said := await read_message(reader):
                    return said
            self._hub = None
            if not kept:
                return None
        return None

    def open_second_connection(self) -> ProxiedConnection:
        """Return a further connection to the hub for the same kiosk."""
        return ProxiedConnection(self.kiosk, self._to_kiosk, self._address)

    async def begin(self, part: bytes) -> None:
        """Send the beginning of a request to the hub, then disconnect."""
        _, writer = await asyncio.open_connection(*self._address)
        writer.write(part)
        await writer.drain()
        writer.close()

    async def _to_hub(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._hub is None:
            self._hub = await asyncio.open_connection(*self._address, limit=LONGEST_HEAD * 2)
        return self._hub

    def cut(self, hard: bool = False) -> None:
        """Disconnect, with a reset (RST) if `hard`."""
        if hard and (taken := self._to_kiosk.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError), socket.socket(fileno=socket.dup(taken.fileno())) as same:
                reset(same)
        self._to_kiosk.transport.abort()
        if self._hub is not None:
            self._hub[1].transport.abort()
