"""Test the hub's web server with several workers: replacement of a dead one, shutdown, slow clients, request limits."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
import requests

from hub.serve import LARGEST_REQUEST, THREADS, open_door
from kiosk.benchmarks.process_stats import children
from tests.support.patience import PATIENCE

PROGRAM = """
import logging, os, socket, sys, time
from gunicorn.workers.gthread import ThreadWorker
from hub import serve

def application(environ, start):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/slow":
        os.write(1, b"began\\n")
        time.sleep(1)
    answer = f"{os.getpid()} {environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']} {len(body)}".encode()
    start("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]

logging.basicConfig(format="%(message)s")
if sys.argv[2] == "usual":
    serve.BufferingWorker = ThreadWorker
door = serve.open_door("127.0.0.1", 0)
print(door.getsockname()[1], flush=True)
serve.WebServer(application, door.detach(), int(sys.argv[1]), None).run()
"""


class Server:
    """A web server whose answers name the process, the client's address, the scheme and the body's length."""

    def __init__(self, workers: int, worker_class: str = "own") -> None:
        self.process = subprocess.Popen(
            ["env", "--default-signal=HUP", sys.executable, "-c", PROGRAM, str(workers), worker_class],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.next_line())

    def next_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def workers(self) -> set[int]:
        return set(children(self.process.pid))

    def answer(self, headers: dict[str, str] | None = None, path: str = "/", patience: float = PATIENCE) -> list[str]:
        answer = requests.get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=patience)
        assert answer.status_code == 200
        return answer.text.split()

    def line(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def is_gone(self) -> bool:
        try:
            self.line().close()
        except ConnectionError:
            return True
        return False

    def end(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(2)
    yield server
    server.end()


@pytest.fixture
def ended() -> Iterator[list[Server]]:
    servers: list[Server] = []
    yield servers
    for each in servers:
        each.end()


def test_connections_made_while_the_hub_starts_are_answered_without_delay() -> None:
    with open_door("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        accepted, _ = door.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def within(condition: object) -> bool:
    """Return whether the condition becomes true in time."""
    assert callable(condition)
    last = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < last:
        time.sleep(0.02)
    return bool(condition())


def test_dead_worker_is_replaced_and_logged(ended: list[Server]) -> None:
    ended.append(server := Server(2))
    assert within(lambda: len(server.workers()) == 2)
    victim = min(server.workers())
    os.kill(victim, signal.SIGKILL)
    assert within(lambda: len(server.workers() - {victim}) == 2)
    assert int(server.answer()[0]) in server.workers()
    server.process.terminate()
    _out, log = server.process.communicate(timeout=PATIENCE)
    assert f"hub process {victim} ended" in log
    assert log.count("starting a replacement") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_the_server_after_running_requests(ended: list[Server], number: signal.Signals) -> None:
    ended.append(server := Server(2))
    workers: list[str] = []
    with closing(server.line()):  # a client that sends nothing delays nothing
        requester = threading.Thread(target=lambda: workers.extend(server.answer(path="/slow")))
        requester.start()
        assert server.next_line() == "began\n"
        began = time.monotonic()
        server.process.send_signal(number)
        assert server.process.wait(PATIENCE) == 0
        requester.join(PATIENCE)
    assert workers, "the running request was answered"
    assert server.is_gone()
    assert time.monotonic() - began < 9, "gunicorn kills the workers after 10"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_workers_end_with_their_supervisor(ended: list[Server], number: signal.Signals) -> None:
    ended.append(server := Server(2))
    server.answer()
    server.process.send_signal(number)
    assert server.process.wait(PATIENCE) == -number
    assert within(server.is_gone)


def slow_clients(server: Server, lines: ExitStack) -> None:
    """Let more clients than there are threads begin a request and send no more of it."""
    beginnings = (b"", b"GET / HTTP/1.1\r\nHost: x", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1234")
    for beginning in beginnings * THREADS:
        lines.enter_context(line := server.line())
        line.sendall(beginning)
    time.sleep(0.5)


def test_slow_clients_occupy_no_thread(ended: list[Server]) -> None:
    ended.append(server := Server(1))
    with ExitStack() as lines:
        slow_clients(server, lines)
        for _ in range(10):
            server.answer(patience=5)


def test_slow_clients_stop_gunicorns_usual_worker(ended: list[Server]) -> None:
    ended.append(server := Server(1, "usual"))
    with ExitStack() as lines, pytest.raises(requests.Timeout):
        slow_clients(server, lines)
        server.answer(patience=2)


def body_of_answer(line: socket.socket) -> bytes:
    answer = HTTPResponse(line)
    answer.begin()
    return answer.read()


def test_request_sent_in_parts_is_answered(server: Server) -> None:
    with closing(server.line()) as line:
        for _ in range(2):
            for part in (b"POST / HT", b"TP/1.1\r\nHost: x\r\nContent-", b"Length: 6\r\n\r\n", b"abc", b"def"):
                line.sendall(part)
                time.sleep(0.05)
            assert body_of_answer(line).endswith(b"http 6")


def test_client_that_closes_early_is_dropped(server: Server) -> None:
    with closing(server.line()) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHos")
        time.sleep(0.1)
        line.shutdown(socket.SHUT_WR)
        line.recv(4096)
    server.answer()


def test_large_body_is_received(server: Server) -> None:
    answer = requests.post(f"http://127.0.0.1:{server.port}/", bytes(5_000_000), timeout=PATIENCE)
    assert answer.text.endswith(" 5000000")


def test_expect_100_continue_is_answered(server: Server) -> None:
    with closing(server.line()) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 100 ")
        line.sendall(b"abc")
        assert body_of_answer(line).endswith(b"http 3")


def test_oversized_body_is_refused_unread(server: Server) -> None:
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)) as line:
        line.putrequest("POST", "/")
        line.putheader("Content-Length", str(LARGEST_REQUEST + 1))
        line.endheaders(bytes(100_000))
        answer = line.getresponse()
        assert answer.status == 413 and b"at most 16 MB" in answer.read()


def test_body_without_a_length_is_refused(server: Server) -> None:
    answer = requests.post(f"http://127.0.0.1:{server.port}/", iter([b"abc"]), timeout=PATIENCE)
    assert answer.status_code == 411


@pytest.mark.parametrize(("header", "status"), [("a" * 9000, 431), ("a" * 4000, 200)])
def test_headers_are_limited(server: Server, header: str, status: int) -> None:
    answer = requests.get(f"http://127.0.0.1:{server.port}/", headers={"Long": header}, timeout=PATIENCE)
    assert answer.status_code == status


def test_proxy_headers_set_address_and_scheme(server: Server) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.9, 192.0.2.7"}
    assert server.answer(headers)[1:3] == ["192.0.2.7", "https"]
    assert server.answer()[1:3] == ["127.0.0.1", "http"]


def test_proxy_headers_of_other_clients_are_ignored(server: Server) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
    with closing(HTTPConnection("127.0.0.1", server.port, PATIENCE, source_address=("127.0.0.2", 0))) as line:
        line.request("GET", "/", headers=headers)
        assert line.getresponse().read().split()[1:3] == [b"127.0.0.2", b"http"]
