"""Emulate readers below the real libraries: a keyboard (evdev, over a pipe of `struct input_event`) and a serial port.

Opening and grabbing the keyboard are emulated, because a pipe lacks their ioctls; the port is a real pseudo-terminal.
"""

from __future__ import annotations

import errno
import os
import pty
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

EVENT = struct.Struct("llHHi")
"""`struct input_event` on a machine of 64 bits: seconds, microseconds, type, code, value."""
EV_SYN, EV_KEY = 0x00, 0x01
SYN_REPORT, SYN_DROPPED = 0, 3
SHIFT, ENTER = "LEFTSHIFT", "ENTER"


class TypingReader:
    """Reader with a plug; keys typed while it is not open are lost."""

    def __init__(self) -> None:
        self.plugged = True
        self.refused: int | None = None
        """Errno raised on opening or grabbing, or None."""
        self.grabs = 0
        self._write_end: int | None = None

    def open(self, path: str) -> Any:
        """Return a substitute for evdev.InputDevice that reads from a pipe."""
        from evdev import InputDevice

        if not self.plugged:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if self.refused == errno.EACCES:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        bench, (read_end, self._write_end) = self, os.pipe2(os.O_NONBLOCK)

        class PipeDevice(InputDevice):  # type: ignore[type-arg] # older ones, as Debian's, are not generic
            def __init__(self) -> None:
                self.path, self.fd = path, read_end

            def grab(self) -> None:
                if bench.refused is not None:
                    raise OSError(bench.refused, os.strerror(bench.refused))
                bench.grabs += 1

            def read(self) -> Iterator[Any]:
                if not bench.plugged:
                    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
                return super().read()

            def close(self) -> None:
                super().close()
                bench.unhand()

        return PipeDevice()

    def unhand(self) -> None:
        if self._write_end is not None:
            os.close(self._write_end)
            self._write_end = None

    def pull(self) -> None:
        self.plugged = False
        self.unhand()

    def plug(self) -> None:
        self.plugged = True

    def type(self, text: str, when: float | None = None) -> None:
        """Type text and Enter as readers do, with shift for capitals and a report after each key."""
        for character in text:
            self.key(character.upper(), when, shifted=character.isupper())
        self.key(ENTER, when)

    def key(self, name: str, when: float | None = None, *, shifted: bool = False) -> None:
        if shifted:
            self._press(SHIFT, 1, when)
        self._press(name, 1, when)
        self._press(name, 0, when)
        if shifted:
            self._press(SHIFT, 0, when)

    def hold_shift(self) -> None:
        """Press shift; its release is lost."""
        self._press(SHIFT, 1, None)

    def lose(self, when: float | None = None) -> None:
        """Report an overflow of the kernel's buffer."""
        self._send(EV_SYN, SYN_DROPPED, 0, when)

    def _press(self, name: str, value: int, when: float | None) -> None:
        from evdev import ecodes

        self._send(EV_KEY, ecodes.ecodes[f"KEY_{name}"], value, when)
        self._send(EV_SYN, SYN_REPORT, 0, when)

    def _send(self, kind: int, code: int, value: int, when: float | None) -> None:
        if self._write_end is None:
            return
        seconds = time.time() if when is None else when
        os.write(self._write_end, EVENT.pack(int(seconds), int(seconds % 1 * 1e6), kind, code, value))


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
