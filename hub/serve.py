"""Run the hub's web server (gunicorn) until it is terminated."""

import logging
import os
import signal
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from hub.buffering_worker import BufferingWorker
from hub.core.django_setup import for_good

log = logging.getLogger(__name__)

THREADS = 8
MOST_PROCESSES = 4
"""Maximum worker processes: each thread keeps a connection, and more would exceed PostgreSQL's default limit."""
PROXY = "127.0.0.1"
"""Reverse proxy on the same machine that ends TLS; only its forwarding headers are trusted."""
LINES = 1000
"""Open connections per process: each kiosk keeps three, each browser several."""
LARGEST_REQUEST = 16 * 1024 * 1024
STALLED_S = 30
"""Seconds after which a thread gives up a client that neither sends the rest of a large request nor takes an answer."""
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def serve(host: str, port: int, background: Callable[[], None] | None = None) -> None:
    """Listen, print the address and serve until SIGTERM or Ctrl-C, which raise SystemExit. Port 0 takes a free one.

    This process supervises the workers, which accept from one socket. With SQLite there is one worker, because SQLite
    allows one writer at a time.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        background: Runs in a thread of each worker.

    Raises:
        OSError: The port cannot be used; the text says what to do.
    """
    with for_good():
        application = get_wsgi_application()
        import_module(settings.ROOT_URLCONF)  # load once here instead of in each process at its first request
    door = open_door(host, port)
    served = door.getsockname()[1]
    if not settings.PUBLIC:
        settings.PUBLIC_URL = _own_address(host, served)  # else links and printed codes name the default port
    print(f"listening on http://{host}:{served}", flush=True)
    processes = 1 if connection.vendor == "sqlite" else min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    connections.close_all()
    WebServer(application, door.detach(), processes, background).run()


def open_door(host: str, port: int) -> socket.socket:
    """Return the socket that the workers accept from, with what the accepted connections inherit.

    Raises:
        OSError: The port cannot be used; the text says what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host, port), family=family)
    except OSError as error:
        fault = os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
        raise OSError(error.errno, f"cannot listen on {host}:{port}: {fault}; choose another with --port") from None
    # Gunicorn sets this too, but too late for clients that connect while the hub starts: the body of each answer would
    # wait until they acknowledge its head, 40 ms.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for limit in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
        door.setsockopt(socket.SOL_SOCKET, limit, struct.pack("ll", STALLED_S, 0))
    return door


def _own_address(host: str, port: int) -> str:
    """Return the URL by which this machine reaches the hub."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


class WebServer(BaseApplication):
    """Gunicorn with the hub's settings; it reads no configuration file and no environment variable."""

    def __init__(
        self, application: WSGIHandler, door: int, processes: int, background: Callable[[], None] | None
    ) -> None:
        self._application = _limit_bodies(_behind_proxy(application))
        self._door, self._processes, self._background = door, processes, background
        self._hangup = signal.getsignal(signal.SIGHUP)
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"fd://{self._door}",
            "workers": self._processes,
            "threads": THREADS,
            "worker_class": BufferingWorker,
            "worker_connections": LINES,
            "worker_tmp_dir": "/dev/shm",  # a busy disk must not delay the heartbeat
            "keepalive": 120,
            "timeout": 120,
            "graceful_timeout": 10,
            "preload_app": True,
            "limit_request_line": 8190,
            "forwarded_allow_ips": PROXY,
            "secure_scheme_headers": {"X-FORWARDED-PROTO": "https"},
            "logger_class": _HubLogger,
            "loglevel": "error",  # strangers must not be able to fill the log with faulty requests
            "control_socket_disable": True,
            "when_ready": self._keep_hangup,
            "post_worker_init": self._begin_background,
            "child_exit": _note_death,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        return self._application

    def _keep_hangup(self, arbiter: Arbiter) -> None:
        """End with the terminal. Gunicorn would restart its workers and go on without one."""
        signal.signal(signal.SIGHUP, self._hangup)

    def _begin_background(self, worker: BufferingWorker) -> None:
        if self._background is not None:
            threading.Thread(target=self._background, daemon=True).start()


def _note_death(arbiter: Arbiter, worker: BufferingWorker) -> None:
    if arbiter.LISTENERS:
        log.error("hub process %d ended; starting a replacement", worker.pid)


class _HubLogger(Logger):
    """Log through the handlers of settings.LOGGING: gunicorn's own text may contain paths with card hashes."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def _behind_proxy(application: Application) -> Application:
    """Take the client's address from the proxy's header, and from no one else's."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        clients = environ.pop("HTTP_X_FORWARDED_FOR", "")
        if clients and environ["REMOTE_ADDR"] == PROXY:
            environ["REMOTE_ADDR"] = clients.rpartition(",")[2].strip()
        return application(environ, start)

    return answer


def _limit_bodies(application: Application) -> Application:
    """Refuse bodies above LARGEST_REQUEST, and those without a length, which Django would take for empty."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if "HTTP_TRANSFER_ENCODING" in environ:
            status = "411 Length Required"
        elif int(environ.get("CONTENT_LENGTH") or 0) > LARGEST_REQUEST:
            status = "413 Content Too Large"
        else:
            return application(environ, start)
        body = f"{status}: at most {LARGEST_REQUEST >> 20} MB. Nothing was stored. 超过上限，没有保存。\n".encode()
        start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return answer
