"""Test [receipt_printer] of kiosk.toml: each connection and its error messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import ConfigError, load
from kiosk.config.hardware import FilePrinter, NetworkPrinter, SerialPrinter, UsbPrinter
from tests.kiosk.config import written_config
from tests.kiosk.config.written_config import error_of


def written(folder: Path, keys: str, **changes: dict[str, Any]) -> Path:
    path = written_config.written(folder, **changes)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('[receipt_printer]\ndriver = "simulated"', f"[receipt_printer]\n{keys}"), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize(
    ("keys", "printer"),
    [
        (
            'driver = "usb"\nvendor = 0x04b8\nproduct = 0x0e15\nwidth = 576',
            UsbPrinter(driver="usb", vendor=1208, product=3605, width=576),
        ),
        ('driver = "serial"\ndevice = "/dev/serial0"', SerialPrinter(driver="serial", device=Path("/dev/serial0"))),
        ('driver = "network"\nhost = "192.168.1.40"', NetworkPrinter(driver="network", host="192.168.1.40", port=9100)),
        ('driver = "file"\npath = "/dev/usb/lp0"', FilePrinter(driver="file", path=Path("/dev/usb/lp0"), width=384)),
    ],
)
def test_each_printer_connection_is_loaded(tmp_path: Path, keys: str, printer: object) -> None:
    assert load(written(tmp_path, keys)).receipt_printer == printer


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('driver = "usb"\nvendor = 0x04b8', "receipt_printer.product is missing"),
        ('driver = "usb"\nvendor = "04b8"\nproduct = 1', 'vendor = "04b8": should be a valid integer'),
        (
            'driver = "serial"\ndevice = "/dev/serial0"\nbaud = 300',
            "baud = 300: should be greater than or equal to 9600",
        ),
        ('driver = "network"\nhost = "p"\nport = 0', "port = 0: should be greater than or equal to 1"),
        ('driver = "file"', "path is missing"),
        ('driver = "bluetooth"', "should be one of"),
    ],
)
def test_invalid_key_or_value_is_reported(tmp_path: Path, keys: str, message: str) -> None:
    assert message in error_of(written(tmp_path, keys))


def test_serial_printer_on_the_header_reserves_the_uart_pins(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'driver = "serial"\ndevice = "/dev/serial0"',
        lights={"driver": "gpio", "status": 14},
    )
    with pytest.raises(
        ConfigError, match=r"lights.status = 14: GPIO14 .* is UART's TXD, and receipt_printer uses UART"
    ):
        load(path)
    other = written(tmp_path, 'driver = "serial"\ndevice = "/dev/ttyUSB0"', lights={"driver": "gpio", "status": 14})
    assert load(other).receipt_printer.driver == "serial"
