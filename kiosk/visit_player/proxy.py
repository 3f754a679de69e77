"""Simulate a bad network between the kiosk and its central: a TCP proxy on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

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


CHUNK = 64 * 1024
LATE_SECONDS = 6.0

ENCRYPTED = (
    "network = answer_lost: the connection to the central is encrypted, so the proxy cannot tell a transaction from "
    "another request; play this visit on a central that is reached in clear"
)

HandsOver = Callable[[bytes], bool]
"""Return True if these unencrypted bytes from the kiosk begin a transaction; one function per kind of central."""


def hub_hands_over(data: bytes) -> bool:
    """Return True for the hub's request that uploads transactions."""
    return data.startswith(b"POST /api/v1/transactions ")


def sip2_hands_over(data: bytes) -> bool:
    """Return True for Checkout (11), Checkin (09) and Renew (29); SIP2 messages are sent in one piece."""
    return data[:2] in (b"11", b"09", b"29")


class Network(StrEnum):
    """State of the simulated network."""

    UP = "up"
    DOWN = "down"
    SLOW = "slow"
    ANSWER_LOST = "answer_lost"


@dataclass(eq=False, slots=True)
class _Line:
    """One connection of the kiosk and its counterpart at the central."""

    kiosk: asyncio.StreamWriter
    central: asyncio.StreamWriter
    doomed: bool = False
    """A transaction has passed on this connection; its answer must be lost."""
    relays: list[asyncio.Task[None]] = field(default_factory=list)

    def cut(self) -> None:
        for end in (self.kiosk, self.central):
            end.transport.abort()
        for relay in self.relays:
            relay.cancel()


class Proxy:
    """Forward a port on 127.0.0.1 to `central`; `state` is the current network.

    `hands_over` recognises a transaction in what the kiosk sends. It is None if the connection is encrypted.
    """

    def __init__(
        self, central: tuple[str, int], hands_over: HandsOver | None = hub_hands_over, late: float = LATE_SECONDS
    ) -> None:
        self.state = Network.UP
        self._central = central
        self._hands_over = hands_over
        self._late = late
        self._lines: set[_Line] = set()
        self._port = Port(self._serve_connection)

    @property
    def address(self) -> tuple[str, int]:
        return self._port.address

    async def __aenter__(self) -> Self:
        self._port.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._port.close()
        self._cut()

    async def set(self, state: Network) -> None:
        """Set the network's state. Raises ValueError if an encrypted connection cannot be inspected."""
        if state is Network.ANSWER_LOST and self._hands_over is None:
            raise ValueError(ENCRYPTED)
        was, self.state = self.state, state
        if state is Network.DOWN and was is not Network.DOWN:
            self._port.refuse()
            self._cut()
        elif state is not Network.DOWN and was is Network.DOWN:
            self._port.open()

    def _cut(self) -> None:
        for line in self._lines:
            line.cut()

    async def _serve_connection(self, taken: socket.socket) -> None:
        try:
            answers, central = await asyncio.open_connection(*self._central)
        except OSError:
            taken.close()
            return
        reader, writer = await asyncio.open_connection(sock=taken)
        line = _Line(writer, central)
        self._lines.add(line)
        if self.state is Network.DOWN:
            line.cut()
        line.relays = [
            asyncio.create_task(self._ask(line, reader)),
            asyncio.create_task(self._answer(line, answers)),
        ]
        try:
            await asyncio.wait(line.relays, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            line.cut()
            self._lines.discard(line)

    async def _ask(self, line: _Line, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(CHUNK):
            if self.state is Network.ANSWER_LOST and self._hands_over is not None and self._hands_over(data):
                line.doomed = True
                self.state = Network.UP
            line.central.write(data)
            await line.central.drain()
        line.central.write_eof()

    async def _answer(self, line: _Line, answers: asyncio.StreamReader) -> None:
        """Relay the answers. The first byte of an answer shows that the central has executed the request."""
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.create_task(self._pass_on(line, late))
        line.relays.append(passing)
        clock = asyncio.get_running_loop().time
        while True:
            data = await answers.read(CHUNK)
            if line.doomed:
                line.cut()
                return
            delay = self._late if self.state is Network.SLOW else 0.0
            late.put_nowait((clock() + delay, data))
            if not data:
                await passing
                return

    async def _pass_on(self, line: _Line, late: asyncio.Queue[tuple[float, bytes]]) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            due, data = await late.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not data:
                line.kiosk.write_eof()
                return
            line.kiosk.write(data)
            await line.kiosk.drain()
