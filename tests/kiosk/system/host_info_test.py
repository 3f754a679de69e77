"""Test the board information, read from trees of kernel files of different machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.system.host_info import Display, HostInfo

TOUCH = "260800000000003"
"""capabilities/abs of a common multitouch panel (x, y, slot, positions, tracking id)."""
MOUSE = "0"


def put(root: Path, **files: str) -> HostInfo:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return HostInfo(root)


def raspberry_pi(root: Path, throttled: str = "0") -> HostInfo:
    return put(
        root,
        **{
            "proc/device-tree/model": "Raspberry Pi 5 Model B Rev 1.0\0",
            "proc/meminfo": "MemTotal:        8245632 kB\nMemFree:         5123456 kB\n",
            "sys/class/thermal/thermal_zone0/temp": "48312\n",
            "sys/class/thermal/thermal_zone1/temp": "51000\n",
            "sys/devices/platform/soc/soc:firmware/get_throttled": f"{throttled}\n",
            "sys/class/drm/card0-Writeback-1/status": "unknown\n",
            "sys/class/drm/card1-HDMI-A-1/status": "disconnected\n",
            "sys/class/drm/card1-HDMI-A-2/status": "connected\n",
            "sys/class/drm/card1-HDMI-A-2/modes": "1920x1080\n1280x720\n",
            "sys/class/drm/card2-DSI-1/status": "connected\n",
            "sys/class/drm/card2-DSI-1/modes": "",
            "sys/class/input/event0/device/name": "USB mouse\n",
            "sys/class/input/event0/device/capabilities/abs": f"{MOUSE}\n",
            "sys/class/input/event1/device/name": "10-0038 generic ft5x06\n",
            "sys/class/input/event1/device/capabilities/abs": f"{TOUCH}\n",
        },
    )


def test_raspberry_pi_model_temperature_and_supply_are_read(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    assert (machine.model, machine.supported) == ("Raspberry Pi 5 Model B Rev 1.0", True)
    assert machine.temperature == 51.0
    assert machine.supply == "ok"


def test_connected_displays_and_touchscreens_are_listed(tmp_path: Path) -> None:
    machine = raspberry_pi(tmp_path)
    assert machine.displays == (Display(1, "HDMI-A-2", "1920x1080"), Display(2, "DSI-1", ""))
    assert machine.touchscreens == ("10-0038 generic ft5x06",)


@pytest.mark.parametrize(("bits", "supply"), [("50005", "low"), ("50000", "was_low"), ("e0000", "ok"), ("1", "low")])
def test_supply_state_follows_the_throttled_bits(tmp_path: Path, bits: str, supply: str) -> None:
    assert raspberry_pi(tmp_path, bits).supply == supply


def test_machine_without_sensors_reports_none(tmp_path: Path) -> None:
    machine = HostInfo(tmp_path)
    assert (machine.model, machine.supported, machine.temperature, machine.supply) == (None, False, None, None)
    assert (machine.displays, machine.touchscreens) == ((), ())


@pytest.mark.parametrize(
    ("model", "kilobytes", "supported"),
    [
        ("Raspberry Pi 4 Model B Rev 1.4", 1_892_000, True),
        ("Raspberry Pi 4 Model B Rev 1.1", 900_000, False),
        ("Raspberry Pi 5 Model B Rev 1.0", 4_100_000, True),
        ("Raspberry Pi Compute Module 4 Rev 1.0", 8_000_000, False),
        ("Raspberry Pi 400 Rev 1.0", 3_800_000, False),
        ("Raspberry Pi 3 Model B Plus Rev 1.3", 900_000, False),
    ],
)
def test_supported_models_match_the_installer(tmp_path: Path, model: str, kilobytes: int, supported: bool) -> None:
    """scripts/install-device decides the same; see tests/project/device_install_test.py."""
    meminfo = f"MemTotal:       {kilobytes} kB\nMemFree:          123456 kB\n"
    assert put(tmp_path, **{"proc/device-tree/model": model, "proc/meminfo": meminfo}).supported is supported


def test_free_space_is_measured_for_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    free = HostInfo().free(tmp_path / "not" / "there" / "yet")
    assert free is not None and free > 0


def test_sound_cards_are_listed_by_name(tmp_path: Path) -> None:
    cards = (
        " 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0\n                      vc4-hdmi-0\n"
        " 1 [Device         ]: USB-Audio - USB Audio Device\n                      C-Media at usb-xhci\n"
    )
    assert put(tmp_path, **{"proc/asound/cards": cards}).sound_cards == ("vc4-hdmi-0", "USB Audio Device")
    assert put(tmp_path, **{"proc/asound/cards": "--- no soundcards ---\n"}).sound_cards == ()


def test_image_version_is_only_that_of_an_image(tmp_path: Path) -> None:
    release = 'NAME="Debian GNU/Linux"\nIMAGE_ID=library-kiosk-debian-pi4\nIMAGE_VERSION=2026.12.1\n'
    assert put(tmp_path / "image", **{"etc/os-release": release}).image_version == "2026.12.1"
    assert put(tmp_path / "other", **{"etc/os-release": "IMAGE_ID=other\nIMAGE_VERSION=1\n"}).image_version is None
    assert HostInfo(tmp_path).image_version is None


def test_hub_of_an_image_is_the_one_that_it_was_built_for(tmp_path: Path) -> None:
    release = 'LIBRARY_KIOSK_HUB="https://hub.example.org"\n'
    assert put(tmp_path / "image", **{"etc/os-release": release}).image_hub == "https://hub.example.org"
    assert HostInfo(tmp_path).image_hub == ""
