"""A hand scanner that types or sends a line for each code; knows no camera."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

LOOK = 0.2
"""Seconds after which a silent scanner is asked whether it shall stop."""


class Lines(Protocol):
    def next(self, seconds: float) -> str | None:
        """The next line, or None when none came in time. Raises PartFault."""
        ...


class LineScanner:
    """Each line is a code."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        while not stop():
            line = self._lines.next(LOOK)
            if line is not None:
                scanned(line)
