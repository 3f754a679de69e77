"""A keyboard taken away from the screen, read line by line: a reader that types; knows neither cards nor books."""

from __future__ import annotations

import errno
import selectors
import string
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kiosk.hardware.parts import PartFault

LONGEST = 128
"""Characters; whatever types on and on is no reader."""
PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789-=[];'`\\,./ "
SHIFTED = "ABCDEFGHIJKLMNOPQRSTUVWXYZ)!@#$%^&*(_+{}:\"~|<>? "
NAMES = {
    "-": "MINUS",
    "=": "EQUAL",
    "[": "LEFTBRACE",
    "]": "RIGHTBRACE",
    ";": "SEMICOLON",
    "'": "APOSTROPHE",
    "`": "GRAVE",
    "\\": "BACKSLASH",
    ",": "COMMA",
    ".": "DOT",
    "/": "SLASH",
    " ": "SPACE",
}
PRESSED, RELEASED = 1, 0


class Keyboard:
    """Lines as a reader types them on the layout of the United States, which is what readers are delivered with."""

    def __init__(self, device: Any, alphabet: frozenset[str]) -> None:
        """Characters outside `alphabet` are dropped."""
        from evdev import ecodes

        self._device = device
        self._alphabet = alphabet
        self._plain, self._shifted = _layout(ecodes)
        self._shifts = frozenset({ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT})
        self._enters = frozenset({ecodes.KEY_ENTER, ecodes.KEY_KPENTER})
        self._key = ecodes.EV_KEY
        self._held: set[int] = set()
        self._typed = ""
        self._lines: list[str] = []
        self._selector = selectors.DefaultSelector()
        self._selector.register(device.fd, selectors.EVENT_READ)

    def next(self, seconds: float) -> str | None:
        """The next line that is not empty; None when none came in time. Raises PartFault."""
        if not self._lines and self._selector.select(seconds):
            self._read()
        return self._lines.pop(0) if self._lines else None

    def _read(self) -> None:
        try:
            events = list(self._device.read())
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return
            raise PartFault("unplugged") from None
        for event in events:
            if event.type == self._key:
                self._take(event.code, event.value)

    def _take(self, code: int, value: int) -> None:
        if code in self._shifts:
            (self._held.discard if value == RELEASED else self._held.add)(code)
        elif value == PRESSED and code in self._enters:
            if self._typed:
                self._lines.append(self._typed)
            self._typed = ""
        elif value == PRESSED:
            char = (self._shifted if self._held else self._plain).get(code, "")
            if char in self._alphabet:
                self._typed = (self._typed + char)[-LONGEST:]

    def close(self) -> None:
        self._selector.close()


@contextmanager
def grabbed(path: Path, alphabet: str = string.printable.strip() + " ") -> Iterator[Keyboard]:
    """The keyboard at this path, for us alone: what it types reaches no other program. Raises PartFault."""
    from evdev import InputDevice

    try:
        device: Any = InputDevice(str(path))
    except PermissionError:
        raise PartFault("forbidden") from None
    except OSError:
        raise PartFault("unplugged") from None
    try:
        try:
            device.grab()
        except OSError as error:
            raise PartFault("in_use" if error.errno == errno.EBUSY else "unplugged") from None
        keyboard = Keyboard(device, frozenset(alphabet))
        try:
            yield keyboard
        finally:
            keyboard.close()
    finally:
        device.close()


def _layout(ecodes: Any) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Characters by key code, without and with shift; the number pad types digits."""
    codes = [getattr(ecodes, f"KEY_{NAMES.get(char, char.upper())}") for char in PLAIN]
    pad = {getattr(ecodes, f"KEY_KP{digit}"): digit for digit in string.digits}
    return {**dict(zip(codes, PLAIN, strict=True)), **pad}, {**dict(zip(codes, SHIFTED, strict=True)), **pad}
