"""Read one HTTP/1.1 message completely from a connection, and change it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

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
