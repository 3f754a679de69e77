"""Relay one connection of a kiosk through the proxy to the hub, HTTP message by message."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from dataclasses import dataclass

from kiosk.visit_player.proxy import reset

LONGEST_HEAD = 64 * 1024
BODILESS = re.compile(rb"HTTP/1\.[01] (1\d\d|204|304) ")


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """One HTTP message."""

    head: bytes
    """Start line and header lines with the blank line after them."""
    body: bytes

    @property
    def whole(self) -> bytes:
        return self.head + self.body

    @property
    def hands_over(self) -> bool:
        """True if the request carries rows."""
        return self.head.startswith(b"POST /api/v1/transactions ")

    @property
    def done(self) -> bool:
        return self.head.startswith(b"HTTP/1.1 200 ")

    def with_length(self, length: int) -> HttpMessage:
        """Return the message with a false Content-Length."""
        return HttpMessage(re.sub(rb"(?im)^content-length: *\d+", b"Content-Length: %d" % length, self.head), self.body)

    def with_body(self, body: bytes) -> HttpMessage:
        return HttpMessage(self.head, body).with_length(len(body))


def answer(status: str, body: bytes = b"", kind: str = "text/html", **headers: str) -> HttpMessage:
    """Build a response that an intermediary forges."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return HttpMessage(("\r\n".join(lines) + "\r\n\r\n").encode(), body)


async def read_message(reader: asyncio.StreamReader) -> HttpMessage | None:
    """Read the next message; None if the connection ends before it is complete."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        if BODILESS.match(head):
            return HttpMessage(head, b"")
        if length := re.search(rb"(?im)^content-length: *(\d+)", head):
            return HttpMessage(head, await reader.readexactly(int(length[1])))
        if re.search(rb"(?im)^transfer-encoding: *chunked", head):
            return HttpMessage(head, await _chunks(reader))
        return HttpMessage(head, await reader.read() if head.startswith(b"HTTP/") else b"")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        return None


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    """Read all chunks as received, including the empty last one."""
    taken = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        taken += size + chunk
        if int(size.split(b";")[0], 16) == 0:
            return taken


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
