"""Runs the hub's web server until it is told to stop; knows no page."""

import signal
import sys
from types import FrameType

from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

THREADS = 8
PROXY = "127.0.0.1"
"""Who ends TLS before the hub, on the same machine: it alone may say how and from where a request came."""
LINES = 1000
"""Open at once: each kiosk keeps three, each browser some."""
LARGEST_REQUEST = 16 * 1024 * 1024


def serve(host: str, port: int) -> None:
    """Prints the address once it listens; returns on SIGTERM or Ctrl-C. Port 0 takes a free one."""
    application = get_wsgi_application()
    server = create_server(
        application,
        host=host,
        port=port,
        threads=THREADS,
        connection_limit=LINES,
        asyncore_use_poll=True,
        max_request_body_size=LARGEST_REQUEST,
        ident=None,
        trusted_proxy=PROXY,
        trusted_proxy_count=1,
        trusted_proxy_headers={"x-forwarded-proto", "x-forwarded-for"},
        clear_untrusted_proxy_headers=True,
    )
    signal.signal(signal.SIGTERM, _stop)
    print(f"listening on http://{host}:{server.effective_port}", flush=True)
    try:
        server.run()
    finally:
        server.close()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
