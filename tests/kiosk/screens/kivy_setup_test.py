"""Test the rotation of the screen, and the selection of the graphics card that has a display."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from kiosk.screens.rendering.kivy_setup import choose_card
from kiosk.system.host_info import HostInfo
from tests.support.real_kiosk import NO_SERVER, house


def machine(root: Path, **displays: str) -> HostInfo:
    for name, status in displays.items():
        folder = root / "sys/class/drm" / name.replace("_", "-")
        folder.mkdir(parents=True)
        (folder / "status").write_text(status)
    return HostInfo(root)


def test_card_with_a_display_is_passed_to_sdl(tmp_path: Path) -> None:
    environment = {"SDL_VIDEODRIVER": "kmsdrm"}
    choose_card(machine(tmp_path, card0_HDMI_1="disconnected", card2_DSI_1="connected"), environment)
    assert environment["SDL_KMSDRM_DEVICE_INDEX"] == "2"


def test_preset_card_index_is_kept(tmp_path: Path) -> None:
    environment = {"SDL_VIDEODRIVER": "kmsdrm", "SDL_KMSDRM_DEVICE_INDEX": "0"}
    choose_card(machine(tmp_path, card2_DSI_1="connected"), environment)
    assert environment["SDL_KMSDRM_DEVICE_INDEX"] == "0"


@pytest.mark.parametrize("driver", ["x11", "offscreen"])
def test_other_video_drivers_get_no_card_index(tmp_path: Path, driver: str) -> None:
    environment = {"SDL_VIDEODRIVER": driver}
    choose_card(machine(tmp_path, card2_DSI_1="connected"), environment)
    assert environment == {"SDL_VIDEODRIVER": driver}


def test_card_without_a_display_is_not_passed_to_sdl(tmp_path: Path) -> None:
    environment = {"SDL_VIDEODRIVER": "kmsdrm"}
    choose_card(machine(tmp_path, card1_HDMI_1="disconnected"), environment)
    assert environment == {"SDL_VIDEODRIVER": "kmsdrm"}


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of brightness, of 255."""
    return float(ImageStat.Stat(ImageChops.difference(one.convert("L"), other.convert("L"))).mean[0])


@pytest.mark.parametrize("rotation", [90, *(pytest.param(each, marks=pytest.mark.long) for each in (180, 270))])
def test_rotated_screen_maps_touches_and_screenshots(tmp_path: Path, rotation: int) -> None:
    upright = tmp_path / "upright.png"
    turned = tmp_path / "turned.png"
    width, height = (1080, 1920) if rotation != 180 else (1280, 800)
    screen = {"width": width, "height": height, "diagonal": 21.5}
    with house(hub=False) as alone:
        for file, angle in ((upright, 0), (turned, rotation)):
            set_up = alone.set_up({"screen": {**screen, "rotation": angle}}).with_journal()
            with set_up.kiosk(NO_SERVER) as kiosk:
                for way in ("touch", "finger"):
                    kiosk.ask(way, name="borrow")
                    assert kiosk.look()["view"] == "Identify"
                    kiosk.ask(way, name="back")
                    assert kiosk.look()["view"] == "Welcome"
                kiosk.press("languages")
                kiosk.press("language_zh")
                kiosk.ask("shot", path=str(file))
    with Image.open(upright) as seen, Image.open(turned) as panel:
        assert panel.size == ((width, height) if rotation == 180 else (height, width))
        for angle, alike in ((-rotation, True), (rotation, rotation == 180), (180 - rotation, False)):
            back = panel.rotate(angle, expand=True)
            if back.size == seen.size:
                assert (difference(back, seen) < 1) is alike, angle
