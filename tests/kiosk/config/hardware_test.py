"""Test [card_reader] of kiosk.toml: every driver of the example, and errors that name the key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from kiosk.config import EXAMPLE, load
from kiosk.config.fields import SimulatedPart
from kiosk.config.hardware import GPIOS, HEADER, KeyboardReader, Mfrc522Reader, SerialReader, pattern_of
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


LIGHTS = {"driver": "gpio", "status": 17, "ring": 23, "reader": 24, "scanner": 12, "buzzer": 13}
KEYS = {"driver": "gpio", "previous": 5, "next": 6, "choose": 16, "back": 26}
BIN = {"driver": "gpio", "pin": 20}
GATE = {"driver": "relay", "pin": 21}
ALL: dict[str, dict[str, Any]] = {"lights": LIGHTS, "keys": KEYS, "bin": BIN, "security_gate": GATE}
READER = {"driver": "mfrc522"}


def faults(path: Path, **changes: dict[str, Any]) -> str:
    return error_of(written(path, **{**ALL, **changes}))


def test_header_has_forty_pins_and_each_gpio_once() -> None:
    assert [contact.number for contact in HEADER] == list(range(1, 41))
    assert set(GPIOS) == set(range(28))
    assert len(GPIOS) == sum(contact.gpio is not None for contact in HEADER)


@pytest.mark.parametrize(
    ("number", "gpio"), [(3, 2), (8, 14), (11, 17), (12, 18), (19, 10), (22, 25), (24, 8), (27, 0), (33, 13), (40, 21)]
)
def test_header_matches_the_pinout_of_the_board(number: int, gpio: int) -> None:
    assert HEADER[number - 1].gpio == gpio


def test_example_with_all_parts_is_valid(tmp_path: Path) -> None:
    config = load(written(tmp_path, **{**ALL, "card_reader": READER}))
    assert config.lights.pins()["buzzer"] == 13
    assert config.security_gate.pins() == {"pin": 21}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"keys": {**KEYS, "next": 17}},
            "keys.next = 17: GPIO17 (header pin 11) is already used for lights.status; free: 4, 6, 14",
        ),
        (
            {"lights": {"driver": "gpio", "rgb": {"red": 17, "green": 27, "blue": 20}}},
            "bin.pin = 20: GPIO20 (header pin 38) is already used for lights.rgb.blue",
        ),
        (
            {"card_reader": READER, "bin": {"driver": "gpio", "pin": 8}},
            "bin.pin = 8: GPIO8 (header pin 24) is SPI's CE0, and card_reader uses SPI",
        ),
        ({"card_reader": READER, "bin": {"driver": "gpio", "pin": 25}}, "is already used for card_reader.reset_gpio"),
        ({"card_reader": {**READER, "bus": 1}}, "lights.status = 17: GPIO17 (header pin 11) is SPI1's CE1"),
        (
            {"receipt_printer": {"driver": "serial", "device": "/dev/serial0"}, "bin": {"driver": "gpio", "pin": 15}},
            "bin.pin = 15: GPIO15 (header pin 10) is UART's RXD, and receipt_printer uses UART",
        ),
        ({"bin": {"driver": "gpio", "pin": 3}}, "bin.pin = 3: GPIO3 (header pin 5) is I2C's SCL: keep it free"),
        (
            {"card_reader": {"driver": "none"}, "bin": {"driver": "gpio", "pin": 8}},
            "bin.pin = 8: GPIO8 (header pin 24) is SPI's CE0: scripts/install-device enables this bus, used or not",
        ),
        ({"security_gate": {**GATE, "pin": 1}}, "GPIO1 (header pin 28) is ID's SC: the firmware identifies"),
    ],
)
def test_pin_conflict_names_the_current_owner(tmp_path: Path, changes: dict[str, dict[str, Any]], message: str) -> None:
    assert message in faults(tmp_path, **changes)


def test_all_pin_conflicts_are_reported_together(tmp_path: Path) -> None:
    message = faults(tmp_path, keys={**KEYS, "next": 17, "back": 13})
    assert "errors to correct: 2" in message
    assert "keys.next = 17" in message and "keys.back = 13" in message


def test_pin_conflicts_are_reported_together_with_other_errors(tmp_path: Path) -> None:
    message = faults(tmp_path, keys={**KEYS, "next": 17}, returns={"mode": "bin", "until": 9}, screen={"width": 17})
    assert "errors to correct: 3" in message
    assert "keys.next = 17: GPIO17 (header pin 11) is already used for lights.status" in message
    assert "screen.width = 17" in message and "returns.until = 9 is unknown" in message


def test_invalid_section_causes_no_pin_conflict(tmp_path: Path) -> None:
    message = faults(tmp_path, keys={**KEYS, "next": 17, "choose": 99}, returns={"mode": "bin"}, bin={"driver": "none"})
    assert "errors to correct: 2" in message
    assert "keys.choose = 99" in message and 'returns.mode = "bin": needs the drop sensor' in message


def test_uart_accepts_one_part(tmp_path: Path) -> None:
    serial = {"driver": "serial", "device": "/dev/serial0"}
    message = faults(tmp_path, barcode_scanner=serial, receipt_printer={**serial})
    assert "receipt_printer: the header's UART is already used by barcode_scanner; use a USB adapter" in message


@pytest.mark.parametrize("pin", [14, 15])
def test_uart_pins_are_free_without_a_serial_part(tmp_path: Path, pin: int) -> None:
    config = load(written(tmp_path, **{**ALL, "bin": {"driver": "gpio", "pin": pin}}))
    assert config.bin.pins() == {"pin": pin}


@pytest.mark.parametrize("lamps", [{}, {"status": 17, "rgb": {"red": 22, "green": 27, "blue": 4}}])
def test_exactly_one_status_lamp_is_required(tmp_path: Path, lamps: dict[str, Any]) -> None:
    assert "lights: should have either status or rgb" in faults(tmp_path, lights={"driver": "gpio", **lamps})


def test_gpio_number_beyond_the_header_is_rejected(tmp_path: Path) -> None:
    assert "bin.pin = 28: should be less than or equal to 27" in faults(tmp_path, bin={"driver": "gpio", "pin": 28})


def test_bin_returns_need_the_drop_sensor(tmp_path: Path) -> None:
    message = faults(tmp_path, returns={"mode": "bin"}, bin={"driver": "none"})
    assert (
        'returns.mode = "bin": needs the drop sensor of [bin], but its driver is none; otherwise use provisional'
        in message
    )
    assert load(written(tmp_path, **{**ALL, "returns": {"mode": "bin"}})).returns.mode == "bin"
