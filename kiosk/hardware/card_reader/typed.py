"""Makes numbers out of single characters, and presences out of numbers; knows no port and no keyboard."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from kiosk.config.card_reader import TypingReader
from kiosk.hardware.card_reader.number import affixed, number_of

LONGEST = 64
"""Characters; what is longer is no number."""
GLANCE = 0.1
"""Seconds in which a driver looks at least once whether it shall stop."""
GONE_AFTER = 1.0
"""Seconds after its number in which a card counts as lying there, and the same number as the same presence."""

END = "\n"
"""The end of a number, whatever key or control character that was."""
FOREIGN = "\0"
"""Something that is in no alphabet."""


class Source(Protocol):
    def wait(self, seconds: float) -> str:
        """The characters that came, at the latest after so many seconds; END for an end. Raises PartFault."""
        ...


class Assembly:
    """Puts characters together. A number with a foreign character in it, or a pause, is dropped up to its end."""

    def __init__(self, alphabet: str, pause: float) -> None:
        self._alphabet = alphabet
        self._pause = pause
        self._text = ""
        self._spoilt = False
        self._last = 0.0

    def take(self, character: str, now: float) -> str | None:
        """The number that this character ends."""
        if now - self._last > self._pause:
            self._text, self._spoilt = "", False
        self._last = now
        if character == END:
            number = "" if self._spoilt else self._text
            self._text, self._spoilt = "", False
            return number or None
        self._spoilt = self._spoilt or character not in self._alphabet or len(self._text) >= LONGEST
        self._text = "" if self._spoilt else self._text + character
        return None


class TypedCardReader:
    """A reader that tells a number and no removal: the card counts as taken away a second after its last number."""

    def __init__(
        self,
        source: Source,
        rules: TypingReader,
        gone_after: float = GONE_AFTER,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._rules = rules
        self._now = now
        self._gone_after = gone_after

    def watch(
        self,
        present: Callable[[str], None],
        removed: Callable[[], None],
        several: Callable[[], None],
        stop: Callable[[], bool],
    ) -> None:
        assembly = Assembly(self._rules.alphabet, self._rules.pause)
        here, since = "", 0.0
        while not stop():
            for character in self._source.wait(GLANCE):
                number = self._number(assembly.take(character, self._now()))
                if not number:
                    continue
                if number != here:
                    if here:
                        removed()
                    present(number)
                here, since = number, self._now()
            if here and self._now() - since >= self._gone_after:
                here = ""
                removed()

    def _number(self, text: str | None) -> str:
        if not text:
            return ""
        if self._rules.sends == "uid":
            return number_of(text.upper(), self._rules.number)
        return affixed(text, self._rules.number)
