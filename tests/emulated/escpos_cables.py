"""Connections of an emulated receipt printer: TCP on loopback and a pseudo-terminal, with a plug."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import struct
import threading
import tty
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.emulated.escpos_printer import Printer

TICK = 0.002
"""Seconds between two polls while the printer prints at a limited rate."""


class Cable(ABC):
    """Thread that transfers bytes to the printer as its buffer permits, and responses back."""

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.drops_after: int | None = None
        """Bytes after which the connection breaks, once."""
        self._lock = threading.RLock()
        self._end = False
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        printer.changed = self._ring
        self._plug()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end = True
        self._ring()
        self._thread.join(5)
        with self._lock:
            self._pull()
        self._bell.close()
        self._ear.close()

    def pull(self) -> None:
        with self._lock:
            self._pull()
        self._ring()

    def plug(self) -> None:
        with self._lock:
            self._plug()
        self._ring()

    @abstractmethod
    def _plug(self) -> None: ...
    @abstractmethod
    def _pull(self) -> None: ...
    @abstractmethod
    def _ends(self) -> list[int]:
        """Return the file descriptors to read from."""

    @abstractmethod
    def _carry(self, end: int, room: int) -> bytes:
        """Read at most `room` bytes; raise OSError if the other end is closed."""

    @abstractmethod
    def _back(self, data: bytes) -> None: ...

    def _ring(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.send(b"!")

    def _run(self) -> None:
        while not self._end:
            with self._lock:
                ends = self._ends() if self.printer.room else []
            wait = TICK if self.printer.busy else None
            try:
                ready, _, _ = select.select([self._ear.fileno(), *ends], [], [], wait)
            except OSError:
                continue  # the cable was pulled after `_ends` was read
            if self._ear.fileno() in ready:
                self._ear.recv(4096)
            with self._lock:
                self._work(ready)

    def _work(self, ready: list[int]) -> None:
        said = self.printer.receive(b"")
        for end in set(ready) & set(self._ends()):
            with contextlib.suppress(OSError):
                said += self._arrived(self._carry(end, min(self.printer.room, self._until_it_drops())))
        if said:
            with contextlib.suppress(OSError):
                self._back(said)

    def _until_it_drops(self) -> int:
        return 65536 if self.drops_after is None else max(1, self.drops_after)

    def _arrived(self, data: bytes) -> bytes:
        said = self.printer.receive(data)
        if self.drops_after is not None:
            self.drops_after -= len(data)
            if self.drops_after <= 0:
                self.drops_after = None
                self._break()
        return said

    @abstractmethod
    def _break(self) -> None:
        """Close the connection and accept the next one."""


class TcpCable(Cable):
    """TCP server on 127.0.0.1 for one client at a time; replugging keeps the port."""

    port = 0
    _listener: socket.socket | None = None
    _client: socket.socket | None = None

    def _plug(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self._listener.getsockname()[1]

    def _pull(self) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        self._break()

    def _break(self) -> None:
        if self._client is not None:
            self._client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._client.close()
        self._client = None

    def _ends(self) -> list[int]:
        one = self._client or self._listener
        return [one.fileno()] if one else []

    def _carry(self, end: int, room: int) -> bytes:
        if self._client is None:
            assert self._listener is not None
            self._client, _ = self._listener.accept()
            self._client.setblocking(False)
            return b""
        data = self._client.recv(room)
        if not data:
            self._client.close()
            self._client = None
        return data

    def _back(self, data: bytes) -> None:
        if self._client is not None:
            self._client.sendall(data)


class PtyCable(Cable):
    """Pseudo-terminal behind a symbolic link with a fixed name."""

    def __init__(self, printer: Printer, link: Path) -> None:
        self.link = link
        self._pair: tuple[int, int] | None = None
        super().__init__(printer)

    def _plug(self) -> None:
        self._pair = pty.openpty()
        tty.setraw(self._pair[1])
        os.set_blocking(self._pair[0], False)
        self.link.symlink_to(os.ttyname(self._pair[1]))

    def _pull(self) -> None:
        for end in self._pair or ():
            os.close(end)
        self._pair = None
        self.link.unlink(missing_ok=True)

    def _break(self) -> None:
        """Replace the terminal before closing the old one, so that the link can always be opened."""
        old, self._pair = self._pair or (), None
        self.link.unlink()
        self._plug()
        for end in old:
            os.close(end)

    def _ends(self) -> list[int]:
        return [self._pair[0]] if self._pair else []

    def _carry(self, end: int, room: int) -> bytes:
        return os.read(end, room)

    def _back(self, data: bytes) -> None:
        if self._pair:
            os.write(self._pair[0], data)
