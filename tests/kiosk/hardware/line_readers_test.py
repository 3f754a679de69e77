"""Test line assembly: foreign characters, pauses and endless input yield no number."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.hardware.line_readers import (
    END,
    FOREIGN,
    LONGEST,
    Assembly,
    Keyboard,
    SerialLine,
    grab_keyboard,
    open_serial_line,
)
from kiosk.hardware.parts import PartFault
from tests.emulated.line_devices import ENTER, SerialDevice, TypingReader

DIGITS = "0123456789"


def lines(text: str, pace: float = 0.01, pause: float = 0.5) -> list[str]:
    assembly = Assembly(DIGITS, pause)
    ended = (assembly.take(each, place * pace) for place, each in enumerate(text))
    return [line for line in ended if line is not None]


def test_line_ends_at_each_terminator() -> None:
    assert lines("0012345678\n\n77\n") == ["0012345678", "77"]


def test_line_with_a_foreign_character_is_dropped() -> None:
    assert lines("12x34\n56\n") == ["56"]
    assert lines(f"12{FOREIGN}34\n56\n") == ["56"]


def test_unfinished_line_is_dropped_after_a_pause() -> None:
    assembly = Assembly(DIGITS, pause=0.5)
    for place, each in enumerate("1234"):
        assert assembly.take(each, 10 + place * 0.4) is None
    assert assembly.take("5", 11.8) is None
    assert assembly.take(END, 11.9) == "5"


def test_overlong_line_is_dropped() -> None:
    assert lines("1" * LONGEST + "\n") == ["1" * LONGEST]
    assert lines("1" * (LONGEST + 1) + "\n22\n") == ["22"]


@given(st.lists(st.text(DIGITS + "aB \t" + FOREIGN, max_size=12)))
def test_only_complete_lines_of_the_alphabet_are_returned(typed: list[str]) -> None:
    good = [each for each in typed if each and set(each) <= set(DIGITS)]
    assert lines("".join(each + END for each in typed)) == good


@pytest.fixture
def device(tmp_path: Path) -> Iterator[SerialDevice]:
    device = SerialDevice(tmp_path / "reader")
    yield device
    device.pull()


@pytest.fixture
def line(device: SerialDevice, tmp_path: Path) -> Iterator[SerialLine]:
    with open_serial_line(tmp_path / "reader", 9600, "0123456789", pause=60) as line:
        yield line


@pytest.mark.parametrize("frame", ["{}\r", "{}\n", "{}\r\n", "\x02{}\x03", "\x02{}\r\n\x03"])
def test_each_framing_yields_the_same_numbers(device: SerialDevice, line: SerialLine, frame: str) -> None:
    device.send((frame.format("0012345678") + frame.format("77")).encode())
    assert [line.next(1), line.next(1), line.next(0)] == ["0012345678", "77", None]


def test_restarted_number_is_not_joined_to_the_previous_bytes(device: SerialDevice, line: SerialLine) -> None:
    device.send(b"\x021234\x0256\x03")
    assert line.next(1) == "56"


def test_noise_invalidates_only_its_line(device: SerialDevice, line: SerialLine) -> None:
    device.send(b"12\xff34\r56\r")
    assert line.next(1) == "56"


def test_number_is_assembled_from_pieces(device: SerialDevice, line: SerialLine) -> None:
    device.send(b"12")
    assert line.next(0.01) is None
    device.send(b"34\r")
    assert line.next(1) == "1234"


def test_incomplete_number_is_dropped_after_a_pause(device: SerialDevice, tmp_path: Path) -> None:
    with open_serial_line(tmp_path / "reader", 9600, "0123456789", pause=1e-9) as line:
        device.send(b"12")
        line.next(1)
        device.send(b"3\r")
        assert line.next(1) == "3"


def test_port_is_opened_exclusively(device: SerialDevice, line: SerialLine, tmp_path: Path) -> None:
    with pytest.raises(PartFault) as fault, open_serial_line(tmp_path / "reader", 9600):
        pass
    assert fault.value.args[0] == "in_use"


def test_missing_port_is_reported_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(PartFault) as fault, open_serial_line(tmp_path / "nothing", 9600):
        pass
    assert fault.value.args[0] == "unplugged"
    assert str(tmp_path / "nothing") in fault.value.args[1]


def test_unplugging_the_serial_reader_raises_a_fault(device: SerialDevice, line: SerialLine) -> None:
    device.pull()
    with pytest.raises(PartFault, match="unplugged"):
        line.next(1)


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


def test_unplugging_the_keyboard_raises_a_fault() -> None:
    reader = TypingReader()
    with opened(reader) as keyboard:
        reader.pull()
        with pytest.raises(PartFault, match="unplugged"):
            keyboard.next(1)
