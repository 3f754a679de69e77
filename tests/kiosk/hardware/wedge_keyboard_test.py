"""Test the keyboard wedge: exclusive access, and key codes decoded to the printed characters."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.hardware.parts import PartFault
from kiosk.hardware.wedge_keyboard import Keyboard, grabbed
from tests.emulated.typing_device import ENTER, TypingReader

PATH = Path("/dev/input/by-id/usb-ACME_Reader-event-kbd")


@contextmanager
def opened(reader: TypingReader, alphabet: str = "0123456789ABCDEFabcdef") -> Iterator[Keyboard]:
    with grabbed(PATH, alphabet, opening=reader.open) as keyboard:
        yield keyboard


def test_it_is_taken_away_from_everybody_else() -> None:
    reader = TypingReader()
    with opened(reader):
        assert reader.grabs == 1


def test_letters_come_as_they_are_typed() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.type("04A1b2")
        assert keyboard.next(1) == "04A1b2"
        for name in ("KP7", "KP0", "KPENTER"):
            reader.key(name)
        assert keyboard.next(1) == "70"
        assert keyboard.next(0) is None


def test_a_key_outside_of_the_alphabet_spoils_its_line() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        for name in ("1", "F4", "2", ENTER):
            reader.key(name)
        reader.key("3", shifted=True)
        reader.key(ENTER)
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_keys_that_the_kernel_lost_spoil_their_line() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.key("1")
        reader.lose()
        reader.type("2")
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_a_shift_whose_end_the_kernel_lost_is_not_held_for_ever() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.hold_shift()
        reader.lose()
        reader.type("2")
        reader.type("44")
        assert keyboard.next(1) == "44"


def test_the_time_of_the_key_counts_and_not_that_of_the_reading() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.key("1", 1000.0)
        reader.key("2", 1000.4)
        reader.type("3", 1001.0)
        assert keyboard.next(1) == "3"


def test_what_was_typed_before_is_dropped() -> None:
    reader = TypingReader()
    device = reader.open(str(PATH))
    reader.type("11")
    with grabbed(PATH, opening=lambda path: device) as keyboard:
        reader.type("22")
        assert keyboard.next(1) == "22"


@pytest.mark.parametrize(
    ("refused", "code", "told"),
    [
        (errno.EACCES, "no_permission", "group input"),
        (errno.EBUSY, "in_use", "Stop the program"),
        (errno.EIO, "unplugged", "/dev/input/by-id"),
    ],
)
def test_a_keyboard_that_is_not_to_be_had_says_why(refused: int, code: str, told: str) -> None:
    reader = TypingReader()
    reader.refused = refused
    with pytest.raises(PartFault) as fault, opened(reader):
        pass
    assert fault.value.args[0] == code
    assert told in fault.value.args[1] and str(PATH) in fault.value.args[1]


def test_the_real_library_refuses_what_is_no_keyboard(tmp_path: Path) -> None:
    (tmp_path / "event7").touch()
    for path in (tmp_path / "event7", tmp_path / "nothing"):
        with pytest.raises(PartFault, match="unplugged"), grabbed(path):
            pass


def test_a_pulled_plug_is_a_fault() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.pull()
        with pytest.raises(PartFault, match="unplugged"):
            keyboard.next(1)
