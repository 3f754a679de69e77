"""Send bytes and receive whole SIP2 frames over an open connection."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from kiosk.sync.sip2.frame import Frames

READ = 65536


@dataclass(slots=True)
class FrameTransport:
    """An open connection; `waiting` holds frames that were received together with an earlier one."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    frames: Frames = field(default_factory=Frames)
    waiting: list[bytes] = field(default_factory=list)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def next(self, seconds: float) -> bytes:
        """Return the next frame. Raises TimeoutError, ConnectionError at the end of the stream, Unreadable."""
        async with asyncio.timeout(seconds):
            while not self.waiting:
                data = await self.reader.read(READ)
                if not data:
                    raise ConnectionError("closed")
                self.waiting = self.frames.feed(data)
        return self.waiting.pop(0)

    async def is_silent(self) -> bool:
        """Return True if no unrequested data arrived: it would be taken for the next response."""
        with contextlib.suppress(TimeoutError):
            await self.next(0)
            return False
        return not self.frames.unended()
