"""Test the keyboard wedge: exclusive access, and key codes decoded to the printed characters."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.hardware.parts import PartFault
from kiosk.hardware.wedge_keyboard import Keyboard, grab_keyboard
from tests.emulated.typing_device import ENTER, TypingReader

PATH = Path("/dev/input/by-id/usb-ACME_Reader-event-kbd")


@contextmanager
def opened(reader: TypingReader, alphabet: str = "0123456789ABCDEFabcdef") -> Iterator[Keyboard]:
    with grab_keyboard(PATH, alphabet, opening=reader.open) as keyboard:
        yield keyboard


def test_keyboard_is_grabbed_exclusively() -> None:
    reader = TypingReader()
    with opened(reader):
        assert reader.grabs == 1


def test_letters_and_keypad_digits_are_decoded() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.type("04A1b2")
        assert keyboard.next(1) == "04A1b2"
        for name in ("KP7", "KP0", "KPENTER"):
            reader.key(name)
        assert keyboard.next(1) == "70"
        assert keyboard.next(0) is None


def test_key_outside_the_alphabet_invalidates_its_line() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        for name in ("1", "F4", "2", ENTER):
            reader.key(name)
        reader.key("3", shifted=True)
        reader.key(ENTER)
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_events_lost_by_the_kernel_invalidate_their_line() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.key("1")
        reader.lose()
        reader.type("2")
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_shift_state_is_reset_after_lost_events() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.hold_shift()
        reader.lose()
        reader.type("2")
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_pause_is_measured_by_key_event_times() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.key("1", 1000.0)
        reader.key("2", 1000.4)
        reader.type("3", 1001.0)
        assert keyboard.next(1) == "3"


def test_keys_typed_before_opening_are_dropped() -> None:
    reader = TypingReader()
    device = reader.open(str(PATH))
    reader.type("11")
    with grab_keyboard(PATH, opening=lambda path: device) as keyboard:
        reader.type("22")
        assert keyboard.next(1) == "22"


@pytest.mark.parametrize(
    ("refused", "code", "message"),
    [
        (errno.EACCES, "no_permission", "group input"),
        (errno.EBUSY, "in_use", "Stop the program"),
        (errno.EIO, "unplugged", "/dev/input/by-id"),
    ],
)
def test_open_error_is_reported_with_its_remedy(refused: int, code: str, message: str) -> None:
    reader = TypingReader()
    reader.refused = refused
    with pytest.raises(PartFault) as fault, opened(reader):
        pass
    assert fault.value.args[0] == code
    assert message in fault.value.args[1] and str(PATH) in fault.value.args[1]


def test_evdev_rejects_files_that_are_not_keyboards(tmp_path: Path) -> None:
    (tmp_path / "event7").touch()
    for path in (tmp_path / "event7", tmp_path / "nothing"):
        with pytest.raises(PartFault, match="unplugged"), grab_keyboard(path):
            pass


def test_unplugging_raises_a_fault() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.pull()
        with pytest.raises(PartFault, match="unplugged"):
            keyboard.next(1)
