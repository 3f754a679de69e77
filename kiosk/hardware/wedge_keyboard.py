"""Read lines from a keyboard-wedge device that is grabbed from the screen (Linux evdev)."""

from __future__ import annotations

import select
import string
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from kiosk.hardware.line_buffer import END, FOREIGN, PRINTABLE, Assembly, open_fault
from kiosk.hardware.parts import PartFault

PAUSE = 0.5
"""Seconds between two keys after which a partial line is dropped."""
PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789-=[];'`\\,./ "
SHIFTED = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ)!@#$%^&*(_+{}:"~|<>? '
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


class Device(Protocol):
    """The part of evdev.InputDevice that is used."""

    fd: int

    def read(self) -> Iterable[Any]: ...
    def grab(self) -> None: ...
    def close(self) -> None: ...


class Keyboard:
    """Decode key events into lines. The layout is US English, the factory setting of readers."""

    def __init__(self, device: Device, path: Path, alphabet: str = PRINTABLE, pause: float = PAUSE) -> None:
        """Drop lines that contain a key outside `alphabet`."""
        from evdev import ecodes

        self._device = device
        self._path = path
        self._assembly = Assembly(alphabet, pause)
        self._plain, self._shifted = _layout(ecodes)
        self._shifts = frozenset({ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT})
        self._key = ecodes.EV_KEY
        self._lost = (ecodes.EV_SYN, ecodes.SYN_DROPPED)
        self._held: set[int] = set()
        self._lines: list[str] = []

    def next(self, seconds: float) -> str | None:
        """Return the next non-empty line, or None if none came within `seconds`. Raises PartFault."""
        if not self._lines:
            self._lines = [line for event in self._events(seconds) if (line := self._line(event))]
        return self._lines.pop(0) if self._lines else None

    def forget(self) -> None:
        """Discard pending input."""
        while any(True for _ in self._events(0.0)):
            pass

    def _events(self, seconds: float) -> list[Any]:
        try:
            return list(self._device.read()) if select.select([self._device.fd], [], [], seconds)[0] else []
        except BlockingIOError:
            return []
        except OSError as error:
            raise PartFault("unplugged", f"{self._path} is gone: {error.strerror}") from error

    def _line(self, event: Any) -> str | None:
        character = self._character(event)
        return self._assembly.take(character, event.timestamp()) if character else None

    def _character(self, event: Any) -> str:
        """Return the character of a pressed key, or "" for other events.

        If the kernel dropped events, the partial line is spoilt.
        """
        if (event.type, event.code) == self._lost:
            self._held.clear()
            return FOREIGN
        if event.type != self._key:
            return ""
        if event.code in self._shifts:
            (self._held.discard if event.value == RELEASED else self._held.add)(event.code)
            return ""
        if event.value != PRESSED:
            return ""
        return (self._shifted if self._held else self._plain).get(event.code, FOREIGN)


def _device(path: str) -> Device:
    from evdev import InputDevice

    return InputDevice(path)


@contextmanager
def grab_keyboard(
    path: Path, alphabet: str = PRINTABLE, pause: float = PAUSE, opening: Callable[[str], Device] = _device
) -> Iterator[Keyboard]:
    """Grab the keyboard at `path`, so that its input reaches no other program. Raises PartFault."""
    try:
        device = opening(str(path))
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install evdev") from error
    except OSError as error:
        raise open_fault(path, error, "input", "input") from error
    try:
        try:
            device.grab()
        except OSError as error:
            raise open_fault(path, error, "input", "input") from error
        keyboard = Keyboard(device, path, alphabet, pause)
        keyboard.forget()
        yield keyboard
    finally:
        device.close()


def _layout(ecodes: Any) -> tuple[Mapping[int, str], Mapping[int, str]]:
    """Return the characters by key code, without and with shift; the number pad types digits."""
    codes = [getattr(ecodes, f"KEY_{NAMES.get(char, char.upper())}") for char in PLAIN]
    pad = {getattr(ecodes, f"KEY_KP{digit}"): digit for digit in string.digits}
    both = {**pad, ecodes.KEY_ENTER: END, ecodes.KEY_KPENTER: END}
    return {**dict(zip(codes, PLAIN, strict=True)), **both}, {**dict(zip(codes, SHIFTED, strict=True)), **both}
