"""Run the hub's web server until it is terminated."""

import os
import socket
from functools import partial
from importlib import import_module

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from waitress.server import create_server

from hub.core.django_setup import for_good
from hub.core.worker_processes import in_processes

THREADS = 8
MOST_PROCESSES = 4
"""Maximum processes: each thread keeps a connection, and more would exceed PostgreSQL's default limit."""
PROXY = "127.0.0.1"
"""Reverse proxy on the same machine that ends TLS; only its forwarding headers are trusted."""
LINES = 1000
"""Open connections per process: each kiosk keeps three, each browser several."""
LARGEST_REQUEST = 16 * 1024 * 1024


def serve(host: str, port: int) -> None:
    """Listen, print the address and serve until SIGTERM or Ctrl-C. Port 0 takes a free one.

    All processes accept from one socket. With SQLite there is one process, because it allows one writer at a time.
    """
    with for_good():
        application = get_wsgi_application()
        import_module(settings.ROOT_URLCONF)  # load once here instead of in each process at its first request
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as door:
        served = door.getsockname()[1]
        if not settings.PUBLIC:
            settings.PUBLIC_URL = _own_address(host, served)  # else links and printed codes name the default port
        print(f"listening on http://{host}:{served}", flush=True)
        processes = 1 if connection.vendor == "sqlite" else min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
        connections.close_all()
        in_processes(processes, partial(_answer, application, door))


def _own_address(host: str, port: int) -> str:
    """Return the URL by which this machine reaches the hub."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _answer(application: WSGIHandler, door: socket.socket) -> None:
    server = create_server(
        application,
        sockets=[door],
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
    try:
        server.run()
    finally:
        server.close()
