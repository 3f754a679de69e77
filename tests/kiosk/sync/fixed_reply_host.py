"""Loopback host that answers every request with fixed bytes."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler

from tests.support.loopback import serving

Speech = Callable[[], Iterator[bytes]]
"""Yields the bytes written to one connection, until the peer closes it."""


@dataclass
class Talker:
    """Sends one speech per request and repeats the last; `heads` are the request heads."""

    speeches: Sequence[Speech]
    heads: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """Server names in TLS handshakes."""
    port: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> Speech:
        return self.speeches[min(len(self.heads), len(self.speeches)) - 1]


def says(head: str, body: bytes = b"", **headers: str) -> Speech:
    """A complete response with status line `head`."""
    lines = [f"HTTP/1.1 {head}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return lambda: iter([("\r\n".join(lines) + "\r\n\r\n").encode() + body])


def raw(*pieces: bytes) -> Speech:
    return lambda: iter(pieces)


@contextlib.contextmanager
def talking(*speeches: Speech, tls: bool = False) -> Iterator[Talker]:
    talker = Talker(speeches)

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            if tls:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.sni_callback = lambda _, name, __: talker.names.append(name)
                with contextlib.suppress(OSError), context.wrap_socket(self.connection, server_side=True):
                    pass
                return
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            text = head.decode("latin-1")
            talker.heads.append(text)
            lower = text.lower()
            if "content-length: " in lower:
                self.rfile.read(int(lower.split("content-length: ")[1].split("\r\n")[0]))
            with contextlib.suppress(OSError):
                for piece in talker.next()():
                    self.wfile.write(piece)

    with serving(Handler) as talker.port:
        try:
            yield talker
        finally:
            talker.stopped.set()
