"""Read the state of the board from the kernel's files: temperature, supply, disk, displays, touch."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

UNDER_VOLTAGE = 1 << 0
UNDER_VOLTAGE_SINCE_START = 1 << 16
"""Bits of the firmware's get_throttled (Raspberry Pi documentation, vcgencmd)."""
ABS_MT_POSITION_X = 0x35
"""Source: linux/input-event-codes.h. Only touch devices for fingers have it."""
SUPPORTED = ("Raspberry Pi 4 Model B", "Raspberry Pi 5")
LEAST_MEMORY = 1700
"""MB: 2 GB less what firmware and graphics keep. scripts/install-device requires the same."""


@dataclass(frozen=True, slots=True)
class Display:
    """A connector of a graphics card, such as HDMI-A-1 of card 1."""

    card: int
    connector: str
    mode: str
    """The largest mode it offers, such as 1280x800."""


class HostInfo:
    """Reads files below `root`; what a machine lacks is None or empty, never an error."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    @property
    def model(self) -> str | None:
        """Model such as `Raspberry Pi 5 Model B Rev 1.0`; None if the machine does not state it."""
        text = self._read("proc/device-tree/model")
        return text.rstrip("\0") if text else None

    @property
    def supported(self) -> bool:
        """Whether scripts/install-device supports this machine."""
        return (self.model or "").startswith(SUPPORTED) and self.memory >= LEAST_MEMORY

    @property
    def memory(self) -> int:
        """MB that the kernel has; 0 if unknown."""
        lines = (line.split() for line in self._read("proc/meminfo").splitlines())
        return next((int(words[1]) // 1024 for words in lines if words[:1] == ["MemTotal:"]), 0)

    @property
    def image_version(self) -> str | None:
        """Version of the image that was written to the card; None where the program was installed into a system.

        Source: os-release(5), IMAGE_ID and IMAGE_VERSION.
        """
        values = self._release
        return values.get("IMAGE_VERSION") if values.get("IMAGE_ID", "").startswith("library-kiosk") else None

    @property
    def image_hub(self) -> str:
        """Address of the hub for which the image was built; empty if it was built for any."""
        return self._release.get("LIBRARY_KIOSK_HUB", "")

    @property
    def _release(self) -> dict[str, str]:
        lines = (line.partition("=") for line in self._read("etc/os-release").splitlines())
        return {name: value.strip('"') for name, _, value in lines}

    @property
    def temperature(self) -> float | None:
        """Degrees Celsius of the hottest zone; None without a sensor."""
        zones = (self._root / "sys/class/thermal").glob("thermal_zone*/temp")
        degrees = [int(text) / 1000 for zone in zones if (text := _text(zone)).lstrip("-").isdecimal()]
        return max(degrees, default=None)

    @property
    def supply(self) -> str | None:
        """`ok`, `low` now, or `was_low` since the start; None without a sensor."""
        text = self._read("sys/devices/platform/soc/soc:firmware/get_throttled")
        if not text:
            return self._alarm()
        bits = int(text, 16)
        if bits & UNDER_VOLTAGE:
            return "low"
        return "was_low" if bits & UNDER_VOLTAGE_SINCE_START else "ok"

    def _alarm(self) -> str | None:
        """Read the alarm of raspberrypi-hwmon: a Pi 5 has no get_throttled, and this sensor no memory."""
        for sensor in (self._root / "sys/class/hwmon").glob("hwmon*"):
            alarm = _text(sensor / "in0_lcrit_alarm")
            if _text(sensor / "name") == "rpi_volt" and alarm:
                return "ok" if alarm == "0" else "low"
        return None

    @property
    def displays(self) -> tuple[Display, ...]:
        """All connected displays, by card and connector."""
        found = []
        for status in sorted((self._root / "sys/class/drm").glob("card*-*/status")):
            card, _, connector = status.parent.name.removeprefix("card").partition("-")
            if _text(status) == "connected" and card.isdecimal():
                modes = _text(status.with_name("modes")).splitlines()
                found.append(Display(int(card), connector, modes[0] if modes else ""))
        return tuple(found)

    @property
    def touchscreens(self) -> tuple[str, ...]:
        """Names of the input devices that fingers touch."""
        inputs = sorted((self._root / "sys/class/input").glob("event*/device"))
        return tuple(_text(each / "name") for each in inputs if _is_touched(_text(each / "capabilities/abs")))

    @property
    def sound_cards(self) -> tuple[str, ...]:
        """Names of the sound cards, as ALSA has them."""
        lines = (line for line in self._read("proc/asound/cards").splitlines() if " - " in line)
        return tuple(line.partition(" - ")[2].strip() for line in lines)

    @property
    def backlights(self) -> tuple[Path, ...]:
        """Folders of the displays whose backlight can be switched; none on HDMI."""
        return tuple(sorted(each.parent for each in (self._root / "sys/class/backlight").glob("*/bl_power")))

    def free(self, folder: Path) -> int | None:
        """Return the bytes that an ordinary user may still write in `folder`, or in its nearest existing parent.

        None if the file system cannot be read.
        """
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        try:
            found = os.statvfs(folder)
        except OSError:
            return None
        return found.f_bavail * found.f_frsize

    def _read(self, path: str) -> str:
        return _text(self._root / path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _is_touched(words: str) -> bool:
    """Parse a bitmap of sysfs: hexadecimal words of the machine's word size, the highest first."""
    bits = 0
    for word in words.split():
        bits = bits << 64 | int(word, 16)
    return bool(bits >> ABS_MT_POSITION_X & 1)
