"""Proxy between a kiosk and its hub that relays requests, or answers in the hub's place."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.loopback import QuietHandler, serving
from tests.support.patience import PATIENCE


@dataclass(frozen=True)
class Said:
    """Response of the network, in place of the hub, to every request."""

    status: int
    body: bytes = b""
    kind: str = "text/html"
    location: str = ""


@dataclass
class OddNetwork:
    """State of the proxy: `saying` is None if the hub answers, NOTHING if connections are closed."""

    address: tuple[str, int]
    hub: tuple[str, int]
    saying: Said | None = None
    asked: int = 0
    """Requests that the network answered."""


NOTHING = Said(0)
"""Accept the connection and close it without a response."""


@contextmanager
def odd_network(hub: tuple[str, int]) -> Iterator[OddNetwork]:
    network = OddNetwork(("", 0), hub)

    class Line(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            sent = self.body()
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
                dropped = ("content-length", "transfer-encoding", "connection")
                headers = {name: value for name, value in answer.getheaders() if name.lower() not in dropped}
                self.reply(answer.status, answer.read(), headers)
            finally:
                line.close()

        def _say(self, said: Said) -> None:
            if said is NOTHING:
                self.close_connection = True
                return
            headers = {"Content-Type": said.kind, **({"Location": said.location} if said.location else {})}
            self.reply(said.status, said.body, headers)

    with serving(Line) as port:
        network.address = ("127.0.0.1", port)
        yield network
