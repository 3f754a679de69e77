"""Run a TCP or HTTP server on loopback, in a thread, for tests."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from types import MappingProxyType

NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class QuietHandler(BaseHTTPRequestHandler):
    """Handler of HTTP requests that logs nothing; its `do_GET`, `do_POST` and so on call `reply`."""

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def reply(self, status: int, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Listener(ThreadingTCPServer):
    """TCP server with a thread per connection; it does not wait for them at the end."""

    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def serving(handler: type[BaseRequestHandler], certificate: Path | None = None) -> Iterator[int]:
    """Serve connections with `handler` until the end of the block, and yield the port.

    With a certificate (PEM file with its key) the server speaks TLS.
    """
    with Listener(("127.0.0.1", 0), handler) as listening:
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            listening.socket = context.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield listening.server_address[1]
        finally:
            listening.shutdown()
            thread.join()
