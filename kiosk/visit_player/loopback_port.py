"""A TCP port on loopback that takes lines, refuses them, or swallows them; knows nothing of what is said on a line."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable

BACKLOG = 128
FILLERS = 4
"""Connections that fill the queue of a port which swallows: whoever comes after them hears nothing from the kernel."""


class Port:
    """Keeps its number for as long as it lives, whether it listens or not."""

    def __init__(self, serve: Callable[[socket.socket], Awaitable[None]]) -> None:
        """`serve` is called with each line that comes in, in a task of its own."""
        self._serve = serve
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._fillers: list[socket.socket] = []
        self.address = ("127.0.0.1", 0)

    def open(self) -> None:
        """Lines are taken."""
        port = self._bound()
        port.listen(BACKLOG)
        self._accepting = asyncio.create_task(self._accept(port))

    def refuse(self) -> None:
        """Bound but deaf: whoever connects is refused, and nobody else can take the number."""
        self._bound()

    def swallow(self) -> None:
        """Whoever connects hears neither yes nor no: the kernel drops what comes to a full queue."""
        port = self._bound()
        port.listen(0)
        for _ in range(FILLERS):
            filler = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            filler.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filler.connect(self.address)
            self._fillers.append(filler)

    def close(self) -> None:
        self._let_go()
        for line in self._lines:
            line.cancel()

    def _bound(self) -> socket.socket:
        self._let_go()
        port = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.setblocking(False)
        port.bind(self.address)
        self.address = port.getsockname()
        self._socket = port
        return port

    def _let_go(self) -> None:
        if self._accepting is not None and self._socket is not None:
            # now: the loop would forget the number later, when another socket may have it
            asyncio.get_running_loop().remove_reader(self._socket)
            self._accepting.cancel()
            self._accepting = None
        for each in (*self._fillers, *([self._socket] if self._socket else [])):
            each.close()
        self._fillers, self._socket = [], None

    async def _accept(self, port: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            line, _ = await loop.sock_accept(port)
            task = asyncio.ensure_future(self._serve(line))
            self._lines.add(task)
            task.add_done_callback(self._lines.discard)


def reset(line: socket.socket) -> None:
    """Makes the close that follows a reset (RST): what was on its way is lost."""
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
