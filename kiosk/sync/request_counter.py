"""Numbers a device's requests so that no number comes twice, not even after a power cut; knows no request."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.system import atomic_file

log = logging.getLogger(__name__)

BLOCK = 1000
"""Numbers that are written down as used before the first of them is: one write of the disk for so many requests."""


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


class RequestCounter:
    """Rises with each call, from several threads, and from several processes that share the file.

    The file says up to where numbers may have been used. A block begins behind it, and not before the milliseconds
    since 1970: so the numbers rise on even where the file was lost, or came back with an old picture of the disk, as
    soon as the clock is right. Where the file cannot be written they rise by the clock alone.
    """

    def __init__(self, path: Path, milliseconds: Callable[[], int] = milliseconds) -> None:
        self._path = path
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._last = self._limit = 0
        self._complained = False

    def next(self) -> int:
        with self._lock:
            if self._last >= self._limit:
                self._reserve()
            self._last += 1
            return self._last

    def leap(self) -> None:
        """The hub has seen a higher number than the last: goes on behind all that anybody has written down."""
        with self._lock:
            self._reserve()

    def _reserve(self) -> None:
        with atomic_file.alone(self._path.with_suffix(".lock")):  # else whoever comes second leaps once more
            self._last = max(self._last, self._written(), self._milliseconds())
            self._limit = self._last + BLOCK
            try:
                atomic_file.write(self._path, f"{self._limit}\n".encode())
            except OSError as error:
                if not self._complained:
                    log.warning("%s cannot be written, requests are numbered by the clock: %s", self._path, error)
                self._complained = True

    def _written(self) -> int:
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return 0
        digits = text.strip()
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0
