"""Test a reader on a serial line over a real pseudo-terminal: only complete lines, in any framing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.hardware.parts import PartFault
from kiosk.hardware.serial_line import SerialLine, open_serial_line
from tests.emulated.serial_device import SerialDevice


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


def test_unplugging_raises_a_fault(device: SerialDevice, line: SerialLine) -> None:
    device.pull()
    with pytest.raises(PartFault, match="unplugged"):
        line.next(1)
