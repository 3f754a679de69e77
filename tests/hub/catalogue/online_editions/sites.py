"""Simulate a provider of e-books on a local socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from hub.catalogue.online_editions.url_probe import Probe
from tests.support.loopback import QuietHandler, serving
from tests.support.patience import PATIENCE

HERE = ip_network("127.0.0.0/8")
BOOK = b"%PDF-1.4 a whole book"


@dataclass
class Site:
    """State of the site: `answers` the status by path, `requested` the requests in order."""

    port: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    to: dict[str, str] = field(default_factory=dict)
    """Redirect target by path."""
    requested: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    def url(self, path: str = "/book.pdf") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def probe(self, patience: float = PATIENCE) -> Probe:
        """Return a probe that may request this site."""
        return Probe(patience=patience, inside=(HERE,))


def _handler(site: Site) -> type[QuietHandler]:
    class Handler(QuietHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            site.requested.append(f"{self.command} {self.path}")
            site.hosts.append(str(self.headers["Host"]))
            status = site.answers.get(self.path, site.answers.get(f"{self.command} {self.path}", 200))
            if self.path == "/slow":
                self._drip()
                return
            headers = {"Content-Type": "application/pdf; charset=binary"}
            if self.path in site.to:
                status, headers["Location"] = 302, site.to[self.path].encode().decode("latin-1")
            self.reply(status, BOOK, headers)

        def _drip(self) -> None:
            """Send one byte every 100 ms for ten seconds."""
            try:
                for sign in b"HTTP/1.0 200 OK\r\nX-Slow: " + b"." * 100:
                    self.wfile.write(bytes((sign,)))
                    self.wfile.flush()
                    time.sleep(0.1)
            except OSError:
                return

    return Handler


@contextmanager
def a_site(certificate: Path | None = None) -> Iterator[Site]:
    """Run a site; with a certificate it uses TLS."""
    site = Site()
    with serving(_handler(site), certificate) as site.port:
        yield site
