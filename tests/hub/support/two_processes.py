"""Run two other processes on the tests' database, controlled line by line."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from tests.support.patience import PATIENCE

BEGINS = """
import sys

import django
from django.conf import settings

database = settings.DATABASES["default"]
database["NAME"], settings.STATE = sys.argv[1:]
if "timeout" in database.get("OPTIONS", {}):  # SQLite's, whose disk may stand still while the other one writes
    database["OPTIONS"]["timeout"] = 240
django.setup()


def tell(word):
    print(word, flush=True)

"""


class ChildProcess:
    """Process on the tests' database that prints `ready` when its program runs."""

    def __init__(self, program: str, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BEGINS + program, str(connection.settings_dict["NAME"]), str(state)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def read_line(self, within: float = PATIENCE) -> str:
        """Return its next line, or an empty string after so many seconds."""
        assert self.process.stdout is not None
        readable, _none, _either = select.select([self.process.stdout], [], [], within)
        return self.process.stdout.readline().decode().strip() if readable else ""

    def send(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


Pair = tuple[ChildProcess, ChildProcess]


@contextmanager
def two_processes(program: str, state: Path) -> Iterator[Pair]:
    both = ChildProcess(program, state), ChildProcess(program, state)
    for process in both:
        assert process.read_line() == "ready"
    yield both
    for process in both:
        process.process.communicate(timeout=PATIENCE)
