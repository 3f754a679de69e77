"""A gunicorn worker whose threads take a request only when it has arrived, so that slow clients occupy none.

Source: socket(7), SO_RCVLOWAT; recv(2), MSG_PEEK.
"""

import re
import socket
import time
from functools import partial
from selectors import EVENT_READ

from gunicorn.workers.gthread import TConn, ThreadWorker

LARGEST_WAITING = 64 * 1024
"""Bytes of a request that wait in the kernel's buffer; a thread reads what follows."""
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,12})[ \t]*(?:\r\n|$)", re.IGNORECASE)
ASKS_TO_GO_ON = re.compile(rb"\r\nexpect:", re.IGNORECASE)


class BufferingWorker(ThreadWorker):
    """Gunicorn's thread worker, which waits for each request in the poller instead of in a thread.

    The time limit `keepalive` covers the wait for the whole request, from the connection or from the last answer on.
    """

    def enqueue_req(self, conn: TConn) -> None:
        """Hand over a connection to a thread; one that was just accepted waits for its first request."""
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.on_pending_socket_readable, conn))
        if not self.alive:  # accepted while `handle_exit` ran, which did not see it
            conn.timeout = time.monotonic()

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Hand over a new connection's first request."""
        if _has_arrived(client):
            super().on_pending_socket_readable(conn, client)

    def on_client_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Hand over a known connection's next request."""
        if _has_arrived(client):
            super().on_client_socket_readable(conn, client)

    def handle_exit(self, sig: int, frame: object) -> None:
        """Stop gracefully: connections that have sent no whole request are closed at once."""
        super().handle_exit(sig, frame)
        for each in (*self.pending_conns, *self.keepalived_conns):
            each.timeout = time.monotonic()

    def handle_quit(self, sig: int, frame: object) -> None:
        """Stop gracefully at Ctrl-C, too.

        Gunicorn raises SystemExit here, in a signal handler. If it is lost, the worker waits for every client.
        """
        self.handle_exit(sig, frame)


def _has_arrived(client: socket.socket) -> bool:
    """Return whether a thread can read the request without waiting for the client.

    If not, let the poller report the socket only when more has come.
    """
    try:
        waiting = client.recv(LARGEST_WAITING, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True  # the thread meets the same error and closes the connection
    at_least = client.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT)
    # Reported with less than was asked for: the client has closed its side.
    arrived = len(waiting) < at_least or len(waiting) == LARGEST_WAITING or _is_whole(waiting)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1 if arrived else len(waiting) + 1)
    return arrived


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    if not end:
        return False
    length = LENGTH.search(head)
    return length is None or len(body) >= int(length[1]) or ASKS_TO_GO_ON.search(head) is not None
