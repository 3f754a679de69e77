"""Number a device's signed requests so that no number is used twice, even after a power cut."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from lending import atomic_file

log = logging.getLogger(__name__)

BLOCK = 1000
"""Request numbers reserved per disk write."""


def milliseconds() -> int:
    return time.time_ns() // 1_000_000


class RequestCounter:
    """Strictly increasing counter for several threads, and for several processes that share the file.

    The file holds the upper limit of the numbers that may have been used. A block begins above it, and not below the
    milliseconds since 1970. So numbers keep rising even if the file is lost or restored from an old disk image, as soon
    as the clock is right. If the file cannot be written, the clock alone makes them rise.
    """

    def __init__(self, path: Path, milliseconds: Callable[[], int] = milliseconds) -> None:
        self._path = path
        self._milliseconds = milliseconds
        self._lock = threading.Lock()
        self._last = self._limit = 0
        self._complained = False

    def next(self) -> int:
        """Return the next number, and reserve a block on disk if none is left."""
        with self._lock:
            if self._last >= self._limit:
                self._reserve()
            self._last += 1
            return self._last

    def leap(self) -> None:
        """Skip past every reserved number: the hub has seen a higher one than the last."""
        with self._lock:
            self._reserve()

    def _reserve(self) -> None:
        with atomic_file.alone(self._path.with_suffix(".lock")):  # otherwise a second process leaps once more
            self._last = max(self._last, self._last_reserved(), self._milliseconds())
            self._limit = self._last + BLOCK
            try:
                atomic_file.write(self._path, f"{self._limit}\n".encode())
            except OSError as error:
                if not self._complained:
                    log.warning("Cannot write %s, requests are numbered by the clock: %s", self._path, error)
                self._complained = True

    def _last_reserved(self) -> int:
        try:
            text = self._path.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return 0
        digits = text.strip()
        return int(digits) if digits.isdecimal() and len(digits) < 19 else 0
