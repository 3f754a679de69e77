"""Runs the hub's web server until it is told to stop; knows no page."""

import signal
import sys
from types import FrameType

from django.core.wsgi import get_wsgi_application
from waitress.server import create_server

THREADS = 8
LARGEST_REQUEST = 16 * 1024 * 1024


def serve(host: str, port: int) -> None:
    """Prints the address once it listens; returns on SIGTERM or Ctrl-C. Port 0 takes a free one."""
    application = get_wsgi_application()
    server = create_server(
        application, host=host, port=port, threads=THREADS, max_request_body_size=LARGEST_REQUEST, ident=None
    )
    signal.signal(signal.SIGTERM, _stop)
    print(f"listening on http://{host}:{server.effective_port}", flush=True)
    try:
        server.run()
    finally:
        server.close()


def _stop(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
