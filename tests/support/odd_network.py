"""Proxy between a kiosk and its hub that relays requests, or answers in the hub's place."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.patience import PATIENCE


@dataclass(frozen=True)
class Said:
    """What somebody else answers to every request."""

    status: int
    body: bytes = b""
    kind: str = "text/html"
    location: str = ""


@dataclass
class OddNetwork:
    """`saying` is None where the hub answers; NOTHING where nobody does."""

    address: tuple[str, int]
    hub: tuple[str, int]
    saying: Said | None = None
    asked: int = 0
    """Requests that somebody else answered."""


NOTHING = Said(0)
"""The line is taken and cut without a word."""


@contextmanager
def odd_network(hub: tuple[str, int]) -> Iterator[OddNetwork]:
    network = OddNetwork(("", 0), hub)

    class Line(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if network.saying is None:
                self._pass_on(sent)
                return
            network.asked += 1
            self._say(network.saying)

        do_POST = do_GET

        def _pass_on(self, sent: bytes) -> None:
            line = http.client.HTTPConnection(*network.hub, timeout=PATIENCE)
            try:
                line.request(self.command, self.path, sent, dict(self.headers))
                answer = line.getresponse()
                self._answer(answer.status, answer.read(), dict(answer.getheaders()))
            finally:
                line.close()

        def _say(self, said: Said) -> None:
            if said is NOTHING:
                self.close_connection = True
                return
            headers = {"Content-Type": said.kind, **({"Location": said.location} if said.location else {})}
            self._answer(said.status, said.body, headers)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """It talks to nobody else."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Line) as server:
        server.daemon_threads = True
        network.address = ("127.0.0.1", server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield network
        finally:
            server.shutdown()
            thread.join()
