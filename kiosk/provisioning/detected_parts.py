"""Detect the connected parts and offer drivers for them, without opening any.

A file from the boot partition is written before the parts are known. For some of them it may say `driver = "detect"`,
the one part of this kind that is connected by USB, or `driver = "as_wired"`, wired as in docs/wiring.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.system.lazy_text import sentence
from kiosk.words.localizer import Localizer

PRINTER_CLASS = "07"
"""bInterfaceClass of a printer (USB Device Class Definition for Printing Devices, 4.2)."""

Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DriverChoice:
    """A driver that may be chosen for a part: a description, and its section of kiosk.toml."""

    what: str
    section: Section
    asks: tuple[str, ...] = ()
    """Keys of the section to ask for, as they cannot be detected."""


SERIAL_PRINTER = {"baud": 19200}
PAPER = ("width",)
NONE = DriverChoice("none is fitted", {"driver": "none"})
DETECT, AS_WIRED = "detect", "as_wired"
FOUND_LATER: Mapping[str, frozenset[str]] = {
    "card_reader": frozenset({DETECT}),
    "barcode_scanner": frozenset({DETECT}),
    "receipt_printer": frozenset({DETECT, AS_WIRED}),
    "item_pad": frozenset({DETECT}),
    "sound": frozenset({DETECT}),
    **dict.fromkeys(("lights", "keys", "bin", "security_gate"), frozenset({AS_WIRED})),
}
"""Drivers in a file from the boot partition that `DetectedParts.fill_in` replaces, by section."""
SCANNER = re.compile("scan|bar_?code", re.IGNORECASE)
"""What the name of a hand scanner contains, where a card reader is connected in the same way."""
PICO = re.compile("Raspberry_?Pi_Pico")
"""What the name of a Pico's port contains, which is the item pad's."""
HDMI = "vc4hdmi"
"""Start of the ALSA names of the board's display outputs, which are no loudspeaker of a kiosk."""
LAMPS = {"status": 17, "ring": 23, "reader": 24, "scanner": 12, "buzzer": 13}
KEYS = {"previous": 5, "next": 6, "choose": 16, "back": 26}


class NotDetected(Exception):
    """A part that the file leaves to detection is not connected, or not the only one. `args[0]` says what to do."""


class DetectedParts:
    """Detection in the files below `root`; `cameras` returns the camera library's names, in its order."""

    def __init__(
        self, root: Path = Path("/"), cameras: Callable[[], list[str]] = list, speech: Localizer | None = None
    ) -> None:
        """Prepare the detection; without `speech` descriptions are in English."""
        self.say = (speech or Localizer("en")).say
        self._root = root
        self._cameras = cameras

    def choices(self, part: str) -> list[DriverChoice]:
        """Return the drivers for that section of kiosk.toml, the likeliest first, and `none`.

        Undetectable parts come after `none`: parts on GPIO pins, a loudspeaker on the board's own sound card.
        """
        none = DriverChoice(self.say("none is fitted"), NONE.section)
        match part:
            case "sound":
                return [none, *self._speakers()]
            case "lights" | "keys" | "bin" | "security_gate":
                return [none, *self._pins(part)]
            case "item_pad":
                return [*self._picos(), none, *self._feig_readers()]
            case "card_reader":
                found = [*self._spi(), *self._keyboards(), *self._serial(self.say("card reader"), {"baud": 9600})]
            case "barcode_scanner":
                found = [*self._camera(), *self._keyboards(), *self._serial(self.say("hand scanner"), {"baud": 9600})]
            case _:
                found = [*self._usb_printers(), *self._serial(self.say("printer"), SERIAL_PRINTER, PAPER)]
                return [*found, none, *self._uart(), self._network()]
        return [*found, none]

    def fill_in(self, sections: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sections of a file with each driver of `FOUND_LATER` replaced by the part that is there.

        Further keys of such a section, such as the paper's width, are kept.

        Raises:
            NotDetected: No part or more than one is connected that could be meant.
        """
        filled = dict(sections)
        used = {each["device"] for each in sections.values() if isinstance(each, dict) and "device" in each}
        for part, drivers in FOUND_LATER.items():
            section = sections.get(part)
            if isinstance(section, dict) and section.get("driver") in drivers:
                rest = {key: value for key, value in section.items() if key != "driver"}
                filled[part] = {**self._only(part, str(section["driver"]), used), **rest}
                used.add(filled[part].get("device", part))
        return filled

    def _only(self, part: str, driver: str, used: set[Any]) -> Section:
        found = [each for each in self._candidates(part, driver) if each.section.get("device") not in used]
        if len(found) == 1:
            return found[0].section
        if driver == AS_WIRED:
            raise NotDetected(sentence("[{part}] is wired to the header, but this machine has none", part=part))
        if not found:
            raise NotDetected(sentence("[{part}] nothing is connected by USB: plug it in and restart", part=part))
        devices = ", ".join(str(each.section.get("device", each.what)) for each in found)
        raise NotDetected(
            sentence("[{part}] could be any of {devices}: write its driver and device", part=part, devices=devices)
        )

    def _candidates(self, part: str, driver: str) -> list[DriverChoice]:
        match part, driver:
            case (("card_reader" | "barcode_scanner"), _):
                both = [*self._keyboards(), *self._serial("", {"baud": 9600})]
                scanners = [each for each in both if SCANNER.search(str(each.section["device"]))]
                fitting = scanners if part == "barcode_scanner" else [each for each in both if each not in scanners]
                return fitting or both
            case "receipt_printer", "detect":
                return [*self._usb_printers()]
            case "receipt_printer", _:
                return [*self._uart()]
            case "item_pad", _:
                return [*self._picos()]
            case "sound", _:
                return [each for each in self._speakers() if HDMI not in str(each.section["device"])]
            case _:
                return self._pins(part)[:1]

    def _spi(self) -> Iterator[DriverChoice]:
        for node in sorted((self._root / "dev").glob("spidev*.*")):
            bus, _, device = node.name.removeprefix("spidev").partition(".")
            if bus == "0":
                what = self.say("MFRC522 on the header's SPI ({device})", device=f"/dev/{node.name}")
                yield DriverChoice(what, {"driver": "mfrc522", "bus": 0, "device": int(device)})

    def _keyboards(self) -> Iterator[DriverChoice]:
        for name in self._names("dev/input/by-id", "*-event-kbd"):
            what = self.say("{name} (keyboard mode)", name=_plain(name))
            yield DriverChoice(what, {"driver": "keyboard", "device": f"/dev/input/by-id/{name}"})

    def _serial(self, what: str, more: Section, asks: tuple[str, ...] = ()) -> Iterator[DriverChoice]:
        for name in self._names("dev/serial/by-id", "*"):
            if PICO.search(name):
                continue
            where = self.say("{part} on {name}", part=what, name=_plain(name))
            yield DriverChoice(where, {"driver": "serial", "device": f"/dev/serial/by-id/{name}", **more}, asks)

    def _camera(self) -> Iterator[DriverChoice]:
        for number, name in enumerate(self._cameras()):
            yield DriverChoice(
                self.say("camera {n}, {name}", n=number, name=name), {"driver": "picamera2", "camera": number}
            )

    def _usb_printers(self) -> Iterator[DriverChoice]:
        seen = set()
        for interface in sorted((self._root / "sys/bus/usb/devices").glob("*:*/bInterfaceClass")):
            device = self._root / "sys/bus/usb/devices" / interface.parent.name.partition(":")[0]
            if _text(interface) != PRINTER_CLASS or device in seen:
                continue
            seen.add(device)
            vendor, product = int(_text(device / "idVendor") or "0", 16), int(_text(device / "idProduct") or "0", 16)
            name = _text(device / "product") or self.say("printer")
            what = self.say("{name} by USB ({numbers})", name=name, numbers=f"{vendor:04x}:{product:04x}")
            yield DriverChoice(what, {"driver": "usb", "vendor": vendor, "product": product}, asks=PAPER)

    def _uart(self) -> Iterator[DriverChoice]:
        """Yield the printer on the UART as docs/wiring.md wires it; it cannot be detected."""
        if self._has_header():
            # On a Pi 5 serial0 is the debug connector between the HDMI sockets.
            five = _text(self._root / "sys/firmware/devicetree/base/model").startswith("Raspberry Pi 5")
            device = "/dev/ttyAMA0" if five else "/dev/serial0"
            what = self.say("printer on the header's UART, wired as in docs/wiring.md ({device})", device=device)
            yield DriverChoice(what, {"driver": "serial", "device": device, **SERIAL_PRINTER}, asks=PAPER)

    def _network(self) -> DriverChoice:
        what = self.say("printer in the network, by its address")
        return DriverChoice(what, {"driver": "network"}, asks=("host", "port", *PAPER))

    def _picos(self) -> Iterator[DriverChoice]:
        for name in filter(PICO.search, self._names("dev/serial/by-id", "*")):
            what = self.say("PN5180 on {name}", name=_plain(name))
            device = f"/dev/serial/by-id/{name}"
            yield DriverChoice(what, {"driver": "pn5180", "device": device}, ("security",))

    def _feig_readers(self) -> Iterator[DriverChoice]:
        """Yield the ports that a FEIG reader may be on; it cannot be detected."""
        for each in self._serial(self.say("FEIG reader"), {}):
            yield DriverChoice(each.what, {"driver": "feig", "device": each.section["device"]})
        what = self.say("FEIG reader in the network, by its address")
        yield DriverChoice(what, {"driver": "feig", "port": 10001}, ("host", "port"))

    def _speakers(self) -> Iterator[DriverChoice]:
        for card in sorted((self._root / "sys/class/sound").glob("card[0-9]*")):
            name = _text(card / "id")
            if name and any(card.glob("pcmC*p")):
                what = self.say("a loudspeaker on {name}", name=name)
                yield DriverChoice(what, {"driver": "alsa", "device": f"plughw:CARD={name}"})

    def _pins(self, part: str) -> list[DriverChoice]:
        """Return the parts on pins as docs/wiring.md wires them; they cannot be detected."""
        if not self._has_header():
            return []
        match part:
            case "lights":
                return [
                    DriverChoice(
                        self.say("lamps and a buzzer, wired as in docs/wiring.md"), {"driver": "gpio", **LAMPS}
                    ),
                    DriverChoice(self.say("one lamp on GPIO 17"), {"driver": "gpio", "status": 17}),
                ]
            case "keys":
                return [DriverChoice(self.say("four buttons on GPIO 5, 6, 16 and 26"), {"driver": "gpio", **KEYS})]
            case "bin":
                return [DriverChoice(self.say("a drop sensor on GPIO 20"), {"driver": "gpio", "pin": 20})]
            case "security_gate":
                return [DriverChoice(self.say("a relay on GPIO 21"), {"driver": "relay", "pin": 21})]
            case _:
                return []

    def _has_header(self) -> bool:
        return any((self._root / "dev").glob("gpiochip*"))

    def _names(self, folder: str, pattern: str) -> list[str]:
        return sorted(each.name for each in (self._root / folder).glob(pattern))


def _plain(name: str) -> str:
    """Format a udev name for display: usb-ACME_Reader_1234-event-kbd -> ACME Reader 1234."""
    return name.removeprefix("usb-").removesuffix("-event-kbd").partition("-if")[0].replace("_", " ")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
