"""Simulate a cover provider on a local socket, which can be slow, unavailable or send wrong headers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.patience import PATIENCE

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ProviderSite:
    """State of the site: `answers` by path (404 for others), `asked` the request paths in order."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def send_bytes(body: bytes, kind: str = "image/jpeg", status: int = 200, length: int | None = None) -> Answer:
    """Return an answer with this body; `length` overrides its Content-Length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def send_json(content: object) -> Answer:
    return send_bytes(json.dumps(content).encode(), "application/json")


def redirect_to(url: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def send_slowly(site: ProviderSite) -> Answer:
    """Return an answer that sends one byte every 50 ms without end."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not site.stopped.wait(0.05):
            handler.wfile.write(b"\xff")
            handler.wfile.flush()

    return answer


@contextmanager
def provider_site() -> Iterator[ProviderSite]:
    site = ProviderSite()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            site.agents.add(str(self.headers["User-Agent"]))
            try:
                site.answers.get(self.path, send_bytes(b"", status=404))(self)
            except OSError:
                return

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.port = server.server_address[1]
    worker = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    worker.start()
    try:
        yield site
    finally:
        site.stopped.set()
        server.shutdown()
        server.server_close()
        worker.join(PATIENCE)
