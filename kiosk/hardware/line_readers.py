"""Read lines from devices that type (Linux evdev, grabbed from the screen) or send them (RS-232, USB CDC)."""

from __future__ import annotations

import errno
import select
import string
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, assert_never

from kiosk.config.hardware import KeyboardScanner, SerialScanner
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


PAUSE = 0.5
"""Seconds of silence after which a partial line is dropped."""
STX, ETX = "\x02", "\x03"
ENDS = "\r\n" + ETX


class SerialLine:
    """Read lines that end with CR, LF or ETX; STX starts a new line."""

    def __init__(
        self,
        port: Any,
        alphabet: str = PRINTABLE,
        pause: float = PAUSE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Drop lines that contain a character outside `alphabet`."""
        self._port = port
        self._assembly = Assembly(alphabet, pause)
        self._now = now
        self._lines: list[str] = []

    def next(self, seconds: float) -> str | None:
        """Return the next non-empty line, or None if none came within `seconds`. Raises PartFault."""
        if not self._lines:
            received = self._read(seconds)
            when = self._now()
            self._lines = [line for each in received if (line := self._line(each, when))]
        return self._lines.pop(0) if self._lines else None

    def _read(self, seconds: float) -> str:
        """Wait at most `seconds` for one byte, then take all that have arrived."""
        try:
            self._port.timeout = seconds
            data: bytes = self._port.read(1)
            data += self._port.read(self._port.in_waiting) if data else b""
        except OSError as error:
            raise PartFault("unplugged", f"{self._port.port} is gone: {error}") from error
        return data.decode("latin-1")

    def _line(self, character: str, when: float) -> str | None:
        if character == STX:
            self._assembly.drop()
            return None
        return self._assembly.take(END if character in ENDS else character, when)


@contextmanager
def open_serial_line(path: Path, baud: int, alphabet: str = PRINTABLE, pause: float = PAUSE) -> Iterator[SerialLine]:
    """Open the port exclusively and discard earlier input. Raises PartFault."""
    try:
        from serial import Serial
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install pyserial") from error
    try:
        port = Serial(str(path), baud, exclusive=True)
    except OSError as error:
        raise open_fault(path, error, "dialout", "serial") from error
    with port:
        port.reset_input_buffer()
        yield SerialLine(port, alphabet, pause)


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


LOOK = 0.2
"""Seconds between two checks of the stop signal while the scanner is silent."""


def hand_scanner(choice: KeyboardScanner | SerialScanner) -> Callable[[], AbstractContextManager[LineScanner]]:
    """Return the factory that opens the scanner in its own thread."""
    return lambda: _open(choice)


@contextmanager
def _open(choice: KeyboardScanner | SerialScanner) -> Iterator[LineScanner]:
    match choice:
        case KeyboardScanner(device=device):
            with grab_keyboard(device) as lines:
                yield LineScanner(lines)
        case SerialScanner(device=device, baud=baud):
            with open_serial_line(device, baud) as lines:
                yield LineScanner(lines)
        case _:
            assert_never(choice)


class LineScanner:
    """Report each line as a code."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        while not stop():
            line = self._lines.next(LOOK)
            if line is not None:
                scanned(line)
