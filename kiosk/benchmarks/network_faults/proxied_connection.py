"""One line of a kiosk's through the proxy, and its other end at the hub; does no fault by itself."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from kiosk.benchmarks.network_faults.message import LONGEST_HEAD, Message, read_message
from kiosk.visit_player.loopback_port import reset


class ProxiedConnection:
    """One line of the kiosk's, and a line to the hub that is made when it is wanted."""

    def __init__(self, kiosk: asyncio.StreamReader, to_kiosk: asyncio.StreamWriter, hub: tuple[str, int]) -> None:
        self.kiosk = kiosk
        self._to_kiosk = to_kiosk
        self._address = hub
        self._hub: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def pass_on(self, said: bytes) -> None:
        """Raises ConnectionError where the kiosk has had enough."""
        if self._to_kiosk.is_closing():
            raise ConnectionResetError
        self._to_kiosk.write(said)
        await self._to_kiosk.drain()
        await asyncio.sleep(0)

    async def ask(self, request: Message) -> Message | None:
        """The hub's answer; None where it has none."""
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

    def beside(self) -> ProxiedConnection:
        """Another way to the hub for the same kiosk."""
        return ProxiedConnection(self.kiosk, self._to_kiosk, self._address)

    async def begin(self, part: bytes) -> None:
        """The hub gets the beginning of a request, and then the line to it is cut."""
        _, writer = await asyncio.open_connection(*self._address)
        writer.write(part)
        await writer.drain()
        writer.close()

    async def _to_hub(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._hub is None:
            self._hub = await asyncio.open_connection(*self._address, limit=LONGEST_HEAD * 2)
        return self._hub

    def cut(self, hard: bool = False) -> None:
        """`hard`: by a reset, else by an orderly end."""
        if hard and (taken := self._to_kiosk.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError), socket.socket(fileno=socket.dup(taken.fileno())) as same:
                reset(same)
        self._to_kiosk.transport.abort()
        if self._hub is not None:
            self._hub[1].transport.abort()
