"""A work in several processes: one that dies is replaced, and all end with the one that watches them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.hub.processes import PAUSE

TURNS = 1000
HANGS = 300
"""Seconds after which nobody ends any more; how fast they do is judged by none of these."""

PROGRAM = """
import logging, os, signal, sys, time
from kiosk.hub import processes
from kiosk.hub.processes import in_processes
from kiosk.hub.shared import SharedRecords

processes.PATIENCE, processes.PAUSE = float(sys.argv[3]), float(sys.argv[4])
kept = SharedRecords(2, 8)

def work():
    try:
        for _ in range(int(sys.argv[2])):
            with kept.turn:
                number = int.from_bytes(kept[b"us"], "big")
                os.sched_yield()
                kept[b"us"] = (number + 1).to_bytes(8, "big")
        with kept.turn:
            kept[os.urandom(2)] = bytes(8)
            told = int.from_bytes(kept[b"us"], "big")
        os.write(1, f"{os.getpid()} {told}\\n".encode())
        while True:
            time.sleep(0.1)  # a signal that comes just before a sleep is heard after it
    finally:
        os.write(1, b"ended\\n")

logging.basicConfig(format="%(message)s")
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background
in_processes(int(sys.argv[1]), work)
"""


class Crew:
    """Processes of which each says its number and how far all have counted together."""

    def __init__(self, count: int, turns: int = 0, pause: float = PAUSE) -> None:
        command = [sys.executable, "-c", PROGRAM, str(count), str(turns), str(HANGS), str(pause)]
        root = str(Path(__file__).parents[2])
        self.watch = subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": root},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes, self.counted = zip(*[self.next() for _ in range(count)], strict=True)

    def next(self) -> tuple[int, int]:
        assert self.watch.stdout is not None
        number, counted = self.watch.stdout.readline().split()
        return int(number), int(counted)

    def noticed(self) -> str:
        """What the one that watches says of the others, as soon as it says it."""
        assert self.watch.stderr is not None
        return self.watch.stderr.readline()

    def rest(self) -> str:
        """What is said until nobody is left who could say anything."""
        said, _noticed = self.watch.communicate(timeout=HANGS)
        return said


Begin = Callable[..., Crew]


@pytest.fixture
def begin() -> Iterator[Begin]:
    crews = []

    def begun(count: int, turns: int = 0, pause: float = PAUSE) -> Crew:
        crews.append(Crew(count, turns, pause))
        return crews[-1]

    yield begun
    for each in crews:
        if each.watch.poll() is None:
            each.watch.kill()
        for pipe in (each.watch.stdout, each.watch.stderr):
            assert pipe is not None
            pipe.close()


def test_one_that_dies_is_replaced(begin: Begin) -> None:
    crew = begin(2)
    os.kill(crew.processes[0], signal.SIGKILL)
    another, _counted = crew.next()
    assert another not in crew.processes
    crew.watch.terminate()
    assert crew.rest() == "ended\n" * 2
    assert crew.watch.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_in_order_when_they_are_told_to(begin: Begin, number: signal.Signals) -> None:
    crew = begin(2)
    crew.watch.send_signal(number)
    assert crew.rest() == "ended\n" * 2
    assert crew.watch.returncode == 0


def test_all_end_in_order_when_they_are_told_to_as_one_has_died(begin: Begin) -> None:
    """A service manager tells all of them at once: the one that watches hears of it as it has seen one go."""
    crew = begin(2, pause=HANGS)
    os.kill(crew.processes[0], signal.SIGKILL)
    assert str(crew.processes[0]) in crew.noticed()
    crew.watch.terminate()
    assert crew.rest() == "ended\n"
    assert crew.watch.returncode == 0


def test_several_that_die_at_once_are_all_replaced(begin: Begin) -> None:
    crew = begin(3)
    crew.watch.send_signal(signal.SIGSTOP)
    for each in crew.processes[:2]:
        os.kill(each, signal.SIGKILL)
    crew.watch.send_signal(signal.SIGCONT)
    assert not {crew.next()[0], crew.next()[0]} & set(crew.processes)
    crew.watch.terminate()
    assert crew.rest() == "ended\n" * 3


def test_nobody_stays_behind_when_the_one_that_watches_is_killed(begin: Begin) -> None:
    crew = begin(2)
    crew.watch.kill()
    assert crew.rest() == "ended\n" * 2, "the pipe is closed by the last of them"


def test_one_alone_is_the_process_itself(begin: Begin) -> None:
    crew = begin(1)
    assert crew.processes == (crew.watch.pid,)
    crew.watch.terminate()
    assert crew.rest() == "ended\n"


def test_what_is_shared_is_changed_by_one_at_a_time(begin: Begin) -> None:
    crew = begin(4, turns=TURNS)
    assert max(crew.counted) == 4 * TURNS
