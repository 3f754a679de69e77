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


class Hand:
    """One of them. Its program says when it is ready."""

    def __init__(self, program: str, state: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", BEGINS + program, str(connection.settings_dict["NAME"]), str(state)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def says(self, within: float = PATIENCE) -> str:
        """Its next word; nothing where it says none in so many seconds."""
        assert self.process.stdout is not None
        heard, _none, _either = select.select([self.process.stdout], [], [], within)
        return self.process.stdout.readline().decode().strip() if heard else ""

    def told(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()


@contextmanager
def two_hands(program: str, state: Path) -> Iterator[tuple[Hand, Hand]]:
    both = Hand(program, state), Hand(program, state)
    for hand in both:
        assert hand.says() == "ready"
    yield both
    for hand in both:
        hand.process.communicate(timeout=PATIENCE)
