"""Emulate a serial device over a real pseudo-terminal, with a plug."""

from __future__ import annotations

import os
import pty
from pathlib import Path


class SerialDevice:
    def __init__(self, path: Path) -> None:
        """Create a device that exists at `path` while plugged."""
        self._path = path
        self._ends: tuple[int, int] | None = None
        self.plug()

    def plug(self) -> None:
        if self._ends is None:
            self._ends = pty.openpty()
            self._path.symlink_to(os.ttyname(self._ends[1]))

    def pull(self) -> None:
        if self._ends is not None:
            self._path.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    def send(self, data: bytes) -> None:
        if self._ends is not None:
            os.write(self._ends[0], data)
