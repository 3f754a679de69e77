"""Test that detected parts become driver choices which kiosk.toml accepts unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import load, render
from kiosk.config.file import demo
from kiosk.provisioning.detected_parts import NONE, DetectedParts
from kiosk.provisioning.wizard import PARTS


def raspberry_pi(root: Path) -> DetectedParts:
    for node in ("spidev0.0", "spidev0.1", "spidev10.0", "gpiochip0"):
        (root / "dev").mkdir(exist_ok=True)
        (root / "dev" / node).touch()
    for folder, name in (
        ("dev/input/by-id", "usb-ACME_Card_Reader_0001-event-kbd"),
        ("dev/input/by-id", "usb-ACME_Mouse-event-mouse"),
        ("dev/serial/by-id", "usb-ACME_Scan_Engine-if00"),
    ):
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder / name).touch()
    for path, text in {
        "1-1/idVendor": "04b8",
        "1-1/idProduct": "0202",
        "1-1/product": "TM-T88V",
        "1-1:1.0/bInterfaceClass": "07",
        "1-2:1.0/bInterfaceClass": "03",
    }.items():
        file = root / "sys/bus/usb/devices" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{text}\n")
    for card, name, stream in (("card0", "vc4hdmi", "pcm0p"), ("card1", "Device", "pcm0p"), ("card2", "Eye", "pcm0c")):
        (root / "proc/asound" / card / stream).mkdir(parents=True, exist_ok=True)
        (root / "proc/asound" / card / "id").write_text(f"{name}\n")
    return DetectedParts(root, lambda: ["imx708"])


def test_empty_machine_offers_no_drivers(tmp_path: Path) -> None:
    found = DetectedParts(tmp_path)
    assert all(found.choices(part)[0] == NONE for part in PARTS)
    assert all(found.choices(part) == [NONE] for part in PARTS if part != "receipt_printer")


def test_most_likely_driver_is_offered_first(tmp_path: Path) -> None:
    found = raspberry_pi(tmp_path)
    first = {part: found.choices(part)[0].section["driver"] for part in PARTS}
    assert first == {
        "card_reader": "mfrc522",
        "barcode_scanner": "picamera2",
        "receipt_printer": "usb",
        "lights": "none",
        "keys": "none",
        "bin": "none",
        "security_gate": "none",
        "sound": "none",
    }


def test_playback_sound_cards_are_offered_by_name(tmp_path: Path) -> None:
    offered = [each.section.get("device") for each in raspberry_pi(tmp_path).choices("sound")]
    assert offered == [None, "plughw:CARD=vc4hdmi", "plughw:CARD=Device"]


def test_keyboard_readers_are_named_and_mice_are_excluded(tmp_path: Path) -> None:
    what = [each.what for each in raspberry_pi(tmp_path).choices("card_reader")]
    assert "ACME Card Reader 0001 (keyboard mode)" in what
    assert not any("Mouse" in each for each in what)


def test_usb_printer_is_identified_by_vendor_and_product(tmp_path: Path) -> None:
    printer = raspberry_pi(tmp_path).choices("receipt_printer")[0]
    assert printer.what == "TM-T88V by USB (04b8:0202)"
    assert (printer.section["vendor"], printer.section["product"]) == (0x04B8, 0x0202)


def test_gpio_parts_are_offered_after_none(tmp_path: Path) -> None:
    offered = {part: [each.section["driver"] for each in raspberry_pi(tmp_path).choices(part)] for part in PARTS[3:7]}
    assert offered == {
        "lights": ["none", "gpio", "gpio"],
        "keys": ["none", "gpio"],
        "bin": ["none", "gpio"],
        "security_gate": ["none", "relay"],
    }


@pytest.mark.parametrize(
    ("model", "device"),
    [("Raspberry Pi 4 Model B Rev 1.5\0", "/dev/serial0"), ("Raspberry Pi 5 Model B Rev 1.0\0", "/dev/ttyAMA0")],
)
def test_serial_printer_is_offered_on_the_header_uart(tmp_path: Path, model: str, device: str) -> None:
    found = raspberry_pi(tmp_path)
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text(model)
    offered = [(each.section["driver"], each.section.get("device")) for each in found.choices("receipt_printer")]
    assert offered == [
        ("usb", None),
        ("serial", "/dev/serial/by-id/usb-ACME_Scan_Engine-if00"),
        ("none", None),
        ("serial", device),
        ("network", None),
    ]


ASKED = {"host": "printer", "port": 9100, "width": 576}


@pytest.mark.parametrize("part", PARTS)
def test_every_choice_is_accepted_by_kiosk_toml(tmp_path: Path, part: str) -> None:
    file = tmp_path / "kiosk.toml"
    for choice in raspberry_pi(tmp_path).choices(part):
        section = {**choice.section, **{key: ASKED[key] for key in choice.asks}}
        sections = demo(tmp_path / "state", tmp_path / "run", "http://127.0.0.1:9") | {part: section}
        file.write_text(render(sections), encoding="utf-8")
        assert getattr(load(file), part).driver == choice.section["driver"]
