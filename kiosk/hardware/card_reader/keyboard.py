"""Reads a USB reader that types: takes the keyboard for itself and makes characters of its keys; knows no number."""

from __future__ import annotations

import errno
import select
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from kiosk.config.card_reader import KeyboardReader
from kiosk.hardware.card_reader.typed import END, FOREIGN, GONE_AFTER, TypedCardReader
from kiosk.hardware.parts import PartFault

UP, DOWN = 0, 1


class Keyboard(Protocol):
    """What is used of an evdev.InputDevice."""

    fd: int

    def read(self) -> Iterable[Any]: ...
    def grab(self) -> None: ...
    def close(self) -> None: ...


class KeyboardSource:
    """A Source. Keys are those of a US keyboard, which is what readers play."""

    def __init__(self, device: Keyboard, path: str) -> None:
        from evdev import ecodes

        self._device = device
        self._path = path
        self._syn, self._key = ecodes.EV_SYN, ecodes.EV_KEY
        self._dropped = ecodes.SYN_DROPPED
        self._shifts = {ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT}
        self._held: set[int] = set()
        self._characters = {ecodes.KEY_ENTER: END, ecodes.KEY_KPENTER: END}
        for digit in "0123456789":
            self._characters[ecodes.ecodes[f"KEY_{digit}"]] = digit
            self._characters[ecodes.ecodes[f"KEY_KP{digit}"]] = digit
        for letter in "abcdefghijklmnopqrstuvwxyz":
            self._characters[ecodes.ecodes[f"KEY_{letter.upper()}"]] = letter

    def wait(self, seconds: float) -> str:
        try:
            ready, _, _ = select.select([self._device.fd], [], [], seconds)
            events = list(self._device.read()) if ready else []
        except BlockingIOError:
            return ""
        except OSError as error:
            raise PartFault("unplugged", f"{self._path} is gone: {error.strerror}") from error
        return "".join(map(self._character, events))

    def _character(self, event: Any) -> str:
        """Nothing for what is no key going down. When the kernel dropped events, what was begun is spoilt."""
        if event.type == self._syn and event.code == self._dropped:
            self._held.clear()
            return FOREIGN
        if event.type != self._key:
            return ""
        if event.code in self._shifts:
            (self._held.discard if event.value == UP else self._held.add)(event.code)
            return ""
        if event.value != DOWN:
            return ""
        character = self._characters.get(event.code, FOREIGN)
        if not self._held:
            return character
        return character.upper() if character.isalpha() or character == END else FOREIGN


def _device(path: str) -> Keyboard:
    from evdev import InputDevice

    return InputDevice(path)


@contextmanager
def open_keyboard(
    rules: KeyboardReader, opening: Callable[[str], Keyboard] = _device, gone_after: float = GONE_AFTER
) -> Iterator[TypedCardReader]:
    """What was typed before the opening is dropped."""
    path = str(rules.device)
    try:
        device = opening(path)
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install evdev") from error
    except OSError as error:
        raise _fault(path, error) from error
    try:
        try:
            device.grab()
            while select.select([device.fd], [], [], 0)[0]:
                list(device.read())
        except OSError as error:
            raise _fault(path, error) from error
        yield TypedCardReader(KeyboardSource(device, path), rules, gone_after)
    finally:
        device.close()


def _fault(path: str, error: OSError) -> PartFault:
    where = f"{path} cannot be opened: {error.strerror or error}"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return PartFault("no_permission", f"{where}. Put the kiosk's user into the group input")
        case errno.EBUSY:
            return PartFault("in_use", f"{where}. Stop the program that has it")
        case _:
            return PartFault("unplugged", f"{where}. Check the plug, and the name below /dev/input/by-id")
