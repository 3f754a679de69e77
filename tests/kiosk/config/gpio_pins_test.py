"""Test that each header line has one part; a conflict names the owner and the free lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import load
from kiosk.config.gpio_pins import GPIOS, HEADER
from tests.kiosk.config.written_config import error_of, written

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
