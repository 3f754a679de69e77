"""Puts a line together out of single characters, as a reader types or sends them; knows no port and no keyboard."""

from __future__ import annotations

import string

PRINTABLE = string.digits + string.ascii_letters + string.punctuation + " "
LONGEST = 128
"""Characters; whatever types on and on is no reader."""
END = "\n"
"""The end of a line, whatever key or control character that was."""
FOREIGN = "\0"
"""Something that is in no alphabet."""


class Assembly:
    """A line with a foreign character in it is dropped whole, and so is one that was begun and not ended in time."""

    def __init__(self, alphabet: str, pause: float) -> None:
        """`pause` is the longest time between two characters of a line, in seconds."""
        self._alphabet = alphabet
        self._pause = pause
        self._last = 0.0
        self._text = ""
        self._spoilt = False

    def take(self, character: str, when: float) -> str | None:
        """The line that this character ends; None when it ends none, or an empty one."""
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
        """What was begun is no line."""
        self._text = ""
        self._spoilt = False
