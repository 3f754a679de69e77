"""Assemble lines from single characters of a reader that types or sends them."""

from __future__ import annotations

import errno
import string
from pathlib import Path
from typing import Protocol

from kiosk.hardware.parts import PartFault

PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "
LONGEST = 128
"""Maximum characters of a line; a device that sends more is not a reader."""
END = "\n"
"""End of a line, whatever key or control character it was."""
FOREIGN = "\0"
"""Character that is outside every alphabet."""


class Lines(Protocol):
    """Source of lines: a keyboard wedge or a serial port."""

    def next(self, seconds: float) -> str | None:
        """Return the next line, or None if none came within `seconds`. Raises PartFault."""
        ...


class Assembly:
    """Assemble lines.

    A line with a foreign character is dropped whole, and so is one that is not completed in time.
    """

    def __init__(self, alphabet: str, pause: float) -> None:
        """Accept characters of `alphabet`, at most `pause` seconds apart within a line."""
        self._alphabet = alphabet
        self._pause = pause
        self._last = 0.0
        self._text = ""
        self._spoilt = False

    def take(self, character: str, when: float) -> str | None:
        """Return the line that this character completes, or None if it completes none or an empty one."""
        if when - self._last > self._pause:
            self.drop()
        self._last = when
        if character == END:
            line = "" if self._spoilt else self._text
            self.drop()
            return line or None
        self._spoilt = self._spoilt or character not in self._alphabet or len(self._text) >= LONGEST
        self._text += "" if self._spoilt else character
        return None

    def drop(self) -> None:
        """Drop the partial line."""
        self._text = ""
        self._spoilt = False


def open_fault(path: Path, error: OSError, group: str, folder: str) -> PartFault:
    """Return why a device cannot be opened; `group` may use it, `folder` below /dev names it."""
    where = f"{path} cannot be opened: {error.strerror or error}"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return PartFault("no_permission", f"{where}. Put the kiosk's user into the group {group}")
        case errno.EBUSY | errno.EAGAIN:
            return PartFault("in_use", f"{where}. Stop the program that has it")
        case _:
            return PartFault("unplugged", f"{where}. Check the plug, and the name below /dev/{folder}/by-id")
