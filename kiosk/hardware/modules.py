"""Name the Python modules that the configured drivers need and that are not installed."""

from __future__ import annotations

from importlib.util import find_spec

from kiosk.config import Config
from kiosk.system.health import PartName

PINS = ("gpiozero", "lgpio")
NEEDED = {
    (PartName.CARD_READER, "mfrc522"): ("mfrc522", "spidev", "RPi", "lgpio"),
    (PartName.CARD_READER, "keyboard"): ("evdev",),
    (PartName.CARD_READER, "serial"): ("serial",),
    (PartName.BARCODE_SCANNER, "picamera2"): ("picamera2", "numpy", "zxingcpp", "pyzbar"),
    (PartName.BARCODE_SCANNER, "frames"): ("numpy", "zxingcpp", "pyzbar"),
    (PartName.BARCODE_SCANNER, "keyboard"): ("evdev",),
    (PartName.BARCODE_SCANNER, "serial"): ("serial",),
    (PartName.RECEIPT_PRINTER, "usb"): ("escpos", "usb"),
    (PartName.RECEIPT_PRINTER, "serial"): ("escpos", "serial"),
    (PartName.RECEIPT_PRINTER, "network"): ("escpos",),
    (PartName.RECEIPT_PRINTER, "file"): ("escpos",),
    (PartName.LIGHTS, "gpio"): PINS,
    (PartName.KEYS, "gpio"): PINS,
    (PartName.BIN, "gpio"): PINS,
    (PartName.SECURITY_GATE, "relay"): PINS,
}
"""Python modules by part and driver."""


def missing_modules(config: Config, part: PartName) -> list[str]:
    """Return the modules of the part's configured driver that cannot be imported."""
    driver = getattr(config, part.value).driver
    return [module for module in NEEDED.get((part, driver), ()) if find_spec(module) is None]
