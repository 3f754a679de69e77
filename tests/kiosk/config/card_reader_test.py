"""Test [card_reader] of kiosk.toml: every driver of the example, and errors that name the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import EXAMPLE, load
from kiosk.config.card_reader import KeyboardReader, Mfrc522Reader, SerialReader, pattern_of
from kiosk.config.section import SimulatedPart
from kiosk.hardware.card_reader.card_number import number_of
from tests.kiosk.config.written_config import error_of, written

EXAMPLES = re.findall(r"^#(number = .*\}) +# (\w+)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)


def section(home: Path, **keys: Any) -> Any:
    return load(written(home, card_reader=keys)).card_reader


def test_mfrc522_needs_only_its_driver_name(tmp_path: Path) -> None:
    reader = section(tmp_path, driver="mfrc522")
    assert isinstance(reader, Mfrc522Reader)
    assert (reader.bus, reader.device, reader.reset_gpio) == (0, 0, 25)
    assert reader.pins() == {"reset_gpio": 25}


def test_keyboard_and_serial_readers_take_a_device(tmp_path: Path) -> None:
    keyboard = section(tmp_path, driver="keyboard", device="/dev/input/event7", pause=1)
    assert isinstance(keyboard, KeyboardReader)
    serial = section(tmp_path, driver="serial", device="/dev/serial0", alphabet="0123456789ABCDEF", sends="uid")
    assert isinstance(serial, SerialReader)
    assert serial.buses() == {"UART"}
    assert not keyboard.buses()


@pytest.mark.parametrize(("written", "number"), EXAMPLES)
def test_example_comments_match_the_computed_numbers(tmp_path: Path, written: str, number: str) -> None:
    reader = section(tmp_path, driver="mfrc522", **tomllib.loads(written))
    assert number_of("04A1B2C3", reader.number) == number
    assert re.fullmatch(pattern_of(reader), number)


def test_example_shows_six_number_forms() -> None:
    assert len(EXAMPLES) == 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"driver": "mfrc522", "reset_gpio": 15, "bus": 9}, "card_reader.bus = 9"),
        ({"driver": "mfrc522", "reset_gpio": 11}, "GPIO11 (header pin 23) is SPI's SCLK"),
        ({"driver": "mfrc522", "number": {"form": "octal"}}, "'hex', 'decimal' or 'wiegand26'"),
        ({"driver": "mfrc522", "number": {"digits": 10}}, 'digits requires form = "decimal"'),
        ({"driver": "keyboard"}, "card_reader.device is missing"),
        ({"driver": "keyboard", "device": "/dev/x", "alphabet": "0-9"}, "card_reader.alphabet"),
        ({"driver": "serial", "device": "/dev/x", "number": {"form": "decimal"}}, 'require sends = "uid"'),
        ({"driver": "serial", "device": "/dev/x", "pause": 0}, "card_reader.pause = 0"),
    ],
)
def test_invalid_key_or_value_is_reported(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    assert message in error_of(written(tmp_path, card_reader=keys))


def test_simulated_uid_matches_the_reader_pattern() -> None:
    assert re.fullmatch(pattern_of(SimulatedPart(driver="simulated")), "04A1B2C3D4E580")


@pytest.mark.parametrize(
    ("keys", "good", "bad"),
    [
        ({"sends": "number"}, "0012345678", "12"),
        ({"sends": "number", "number": {"put_before": "LB-"}}, "LB-0012345678", "0012345678"),
        ({"sends": "uid", "alphabet": "0123456789ABCDEF"}, "04A1B2C3", "04A1B2C3D4"),
    ],
)
def test_reader_pattern_accepts_only_numbers_the_reader_sends(
    tmp_path: Path, keys: dict[str, Any], good: str, bad: str
) -> None:
    pattern = pattern_of(section(tmp_path, driver="keyboard", device="/dev/input/event7", **keys))
    assert re.fullmatch(pattern, good)
    assert not re.fullmatch(pattern, bad)
