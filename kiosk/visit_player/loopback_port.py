"""Listen on loopback: a simple server, or a port that accepts, refuses or ignores connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

LOOPBACK = "127.0.0.1"
BACKLOG = 128
FILLERS = 4
"""Connections that fill the backlog of a port that ignores: later ones get no answer from the kernel."""

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Port:
    """Keep a port number for the object's lifetime, listening or not."""

    def __init__(self, serve: Callable[[socket.socket], Awaitable[None]]) -> None:
        """Call `serve` with each accepted connection, in a task of its own."""
        self._serve = serve
        self._socket: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._lines: set[asyncio.Task[None]] = set()
        self._fillers: list[socket.socket] = []
        self.address = (LOOPBACK, 0)

    def open(self) -> None:
        """Accept connections."""
        port = self._bind()
        port.listen(BACKLOG)
        self._accepting = asyncio.create_task(self._accept(port))

    def refuse(self) -> None:
        """Refuse connections; the port stays bound so that no other process can take it."""
        self._bind()

    def swallow(self) -> None:
        """Leave connections unanswered: the kernel drops packets to a full backlog."""
        port = self._bind()
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

    def _bind(self) -> socket.socket:
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
            # At once: the loop would drop the descriptor later, when another socket may have the same number.
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


@asynccontextmanager
async def serving(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Listen and yield the port; disconnect all clients at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def on_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with contextlib.suppress(asyncio.CancelledError, ConnectionError):
            await serve(reader, writer)
        writer.close()
        tasks.discard(task)

    server = await asyncio.start_server(on_connection, LOOPBACK, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in list(tasks):
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reset(line: socket.socket) -> None:
    """Let the following close send a reset (RST), which loses the data in transit."""
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
