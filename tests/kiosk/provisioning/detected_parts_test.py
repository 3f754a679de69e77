"""Test that detected parts become driver choices which kiosk.toml accepts unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import load
from kiosk.config.file import demo
from kiosk.provisioning.detected_parts import LAMPS, NONE, DetectedParts, NotDetected
from kiosk.provisioning.wizard import PARTS
from lending.toml_text import render


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
    cards = (("card0", "vc4hdmi", "pcmC0D0p"), ("card1", "Device", "pcmC1D0p"), ("card2", "Eye", "pcmC2D0c"))
    for card, name, stream in cards:
        (root / "sys/class/sound" / card / stream).mkdir(parents=True, exist_ok=True)
        (root / "sys/class/sound" / card / "id").write_text(f"{name}\n")
    return DetectedParts(root, lambda: ["imx708"])


def test_empty_machine_offers_no_drivers(tmp_path: Path) -> None:
    found = DetectedParts(tmp_path)
    assert all(found.choices(part)[0] == NONE for part in PARTS)
    assert [each.section["driver"] for each in found.choices("item_pad")] == ["none", "feig"]
    assert all(found.choices(part) == [NONE] for part in PARTS if part not in ("receipt_printer", "item_pad"))


def test_pico_is_offered_as_item_pad_only(tmp_path: Path) -> None:
    found = raspberry_pi(tmp_path)
    (tmp_path / "dev/serial/by-id/usb-Raspberry_Pi_Pico_E6-if00").touch()
    offered = [(each.section["driver"], each.section.get("device")) for each in found.choices("item_pad")]
    pico, engine = "/dev/serial/by-id/usb-Raspberry_Pi_Pico_E6-if00", "/dev/serial/by-id/usb-ACME_Scan_Engine-if00"
    assert offered == [("pn5180", pico), ("none", None), ("feig", engine), ("feig", None)]
    assert pico not in [each.section.get("device") for each in found.choices("barcode_scanner")]
    filled = found.fill_in({"item_pad": driver("detect", security="eas")})
    assert filled == {"item_pad": driver("pn5180", device=pico, security="eas")}


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
        "item_pad": "none",
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
    (tmp_path / "sys/firmware/devicetree/base").mkdir(parents=True)
    (tmp_path / "sys/firmware/devicetree/base/model").write_text(model)
    offered = [(each.section["driver"], each.section.get("device")) for each in found.choices("receipt_printer")]
    assert offered == [
        ("usb", None),
        ("serial", "/dev/serial/by-id/usb-ACME_Scan_Engine-if00"),
        ("none", None),
        ("serial", device),
        ("network", None),
    ]


def driver(name: str, **more: float | str) -> dict[str, float | str]:
    return {"driver": name, **more}


def test_parts_that_a_file_leaves_to_the_machine_are_filled_in(tmp_path: Path) -> None:
    file = {
        "card_reader": driver("detect"),
        "barcode_scanner": driver("detect"),
        "receipt_printer": driver("detect", width=576),
        "lights": driver("as_wired"),
        "keys": driver("none"),
        "sound": driver("detect", volume=0.5),
        "kiosk": {"name": "front"},
    }
    assert raspberry_pi(tmp_path).fill_in(file) == {
        "card_reader": driver("keyboard", device="/dev/input/by-id/usb-ACME_Card_Reader_0001-event-kbd"),
        "barcode_scanner": driver("serial", device="/dev/serial/by-id/usb-ACME_Scan_Engine-if00", baud=9600),
        "receipt_printer": driver("usb", vendor=0x04B8, product=0x0202, width=576),
        "lights": driver("gpio", **LAMPS),
        "keys": driver("none"),
        "sound": driver("alsa", device="plughw:CARD=Device", volume=0.5),
        "kiosk": {"name": "front"},
    }


def test_part_that_cannot_be_told_from_another_is_not_guessed(tmp_path: Path) -> None:
    found = raspberry_pi(tmp_path)
    (tmp_path / "dev/input/by-id/usb-Other_Keyboard-event-kbd").touch()
    with pytest.raises(NotDetected, match=r"\[card_reader\] could be any of .*ACME_Card_Reader.*Other_Keyboard"):
        found.fill_in({"card_reader": driver("detect")})
    known = {"card_reader": driver("keyboard", device="/dev/input/by-id/usb-Other_Keyboard-event-kbd")}
    (tmp_path / "dev/serial/by-id/usb-ACME_Scan_Engine-if00").unlink()
    scanner = found.fill_in({**known, "barcode_scanner": driver("detect")})["barcode_scanner"]
    assert "ACME_Card_Reader" in str(scanner["device"]), "the only one that is left"


@pytest.mark.parametrize(
    ("part", "name", "why"),
    [("receipt_printer", "detect", "plug it in and restart"), ("lights", "as_wired", "this machine has none")],
)
def test_part_that_is_not_there_is_named(tmp_path: Path, part: str, name: str, why: str) -> None:
    with pytest.raises(NotDetected, match=why):
        DetectedParts(tmp_path).fill_in({part: driver(name)})


ASKED = {"host": "printer", "port": 9100, "width": 576}


@pytest.mark.parametrize("part", PARTS)
def test_every_choice_is_accepted_by_kiosk_toml(tmp_path: Path, part: str) -> None:
    file = tmp_path / "kiosk.toml"
    for choice in raspberry_pi(tmp_path).choices(part):
        section = {**choice.section, **{key: ASKED[key] for key in choice.asks}}
        sections = demo(tmp_path / "state", tmp_path / "run", "http://127.0.0.1:9") | {part: section}
        file.write_text(render(sections), encoding="utf-8")
        assert getattr(load(file), part).driver == choice.section["driver"]
