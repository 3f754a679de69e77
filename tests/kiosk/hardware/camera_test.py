"""Test the Pi camera driver: sensor mode, controls, Y plane, and failures."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kiosk.config.hardware import FramesScanner, Picamera2Scanner
from kiosk.hardware import camera
from kiosk.hardware.barcodes.model import Frame
from kiosk.hardware.camera import DARK, FramesCamera
from kiosk.hardware.parts import PartFault
from tests.emulated.picamera2 import PADDING, TABLE, Spot, emulated_camera

CHOICE = Picamera2Scanner(driver="picamera2", frame_rate=60.0)
Emulated = tuple[Spot, Any]


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Emulated]:
    with emulated_camera(tmp_path) as both:
        yield both


def test_sensor_mode_and_main_stream_have_the_configured_size(pi: Emulated) -> None:
    with camera.picamera2(CHOICE):
        (device,) = pi[1].opened
        asked = device.configuration
    assert asked["main"] == {"format": "YUV420", "size": (1536, 864)}
    assert asked["sensor"] == {"output_size": (1536, 864)}


def test_controls_are_set_at_every_start(pi: Emulated) -> None:
    with camera.picamera2(CHOICE) as driver:
        (device,) = pi[1].opened
        for _ in range(2):
            driver.start()
            assert device.controls == {
                "FrameDurationLimits": (16_667, 16_667),
                "ExposureTime": 2500,
                "AfMode": 0,
                "LensPosition": 6.7,
            }
            driver.stop()
            assert not device.running
    assert device.closed


def test_fixed_focus_camera_gets_no_lens_controls(pi: Emulated) -> None:
    pi[1].advertised = {"FrameDurationLimits": (1, 2, None), "ExposureTime": (1, 2, None)}
    with camera.picamera2(CHOICE) as driver:
        driver.start()
        assert set(pi[1].opened[0].controls) == {"FrameDurationLimits", "ExposureTime"}


def test_frame_is_the_y_plane_with_padded_rows(pi: Emulated) -> None:
    pi[0].show(Image.linear_gradient("L").resize((1536, 864)), frames=1)
    with camera.picamera2(CHOICE) as driver:
        driver.start()
        frame, empty = driver.frame(), driver.frame()
    assert (frame.width, frame.height, frame.stride) == (1536, 864, 1536 + PADDING)
    rows = np.frombuffer(frame.luma, np.uint8).reshape(frame.height, frame.stride)
    assert rows[0, 0] < 5 and rows[-1, frame.width - 1] > 250
    assert set(np.frombuffer(empty.luma, np.uint8).reshape(864, -1)[:, :1536].ravel()) == {TABLE}


@pytest.mark.parametrize(("how", "reason"), [("raises", "unplugged"), ("silent", "time_out")])
def test_unplugged_camera_is_a_fault_and_is_closed(pi: Emulated, how: str, reason: str) -> None:
    with pytest.raises(PartFault, match=reason), camera.picamera2(CHOICE) as driver:
        driver.start()
        driver.frame()
        pi[0].unplug(how)
        driver.frame()
    assert pi[1].opened[0].closed


def test_missing_camera_is_reported_as_unplugged(pi: Emulated) -> None:
    pi[0].unplug()
    with pytest.raises(PartFault, match="unplugged"), camera.picamera2(CHOICE):
        pass
    pi[0].plug()
    second = CHOICE.model_copy(update={"camera": 1})
    with pytest.raises(PartFault, match="unplugged"), camera.picamera2(second):
        pass


def test_camera_used_by_another_program_is_reported_as_in_use(pi: Emulated, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(self: object, number: int) -> None:
        raise RuntimeError("Camera __init__ sequence did not complete.")

    monkeypatch.setattr(pi[1], "__init__", busy)
    with pytest.raises(PartFault, match="in_use"), camera.picamera2(CHOICE):
        pass


def test_missing_picamera2_is_reported_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(PartFault) as fault, camera.picamera2(CHOICE):
        pass
    assert fault.value.args[0] == "driver_missing"
    assert "python3-picamera2" in fault.value.args[1]


SIZE = (48, 32)
GREYS = (10, 90, 170, 250)


def choice(path: Path, seconds: float = 0.001) -> FramesScanner:
    """Return a configuration whose default time per picture shows a new picture in each frame."""
    return FramesScanner.model_construct(driver="frames", path=path, seconds=seconds, frame_rate=60.0)


def grey(level: int) -> Image.Image:
    return Image.new("L", SIZE, level)


class Shown:
    """Running camera with its own clock, which advances by one frame at a time."""

    def __init__(self, choice: FramesScanner) -> None:
        self.now = 0.0
        self.camera = FramesCamera(choice, lambda: self.now)
        self.camera.start()

    def frame(self) -> Frame:
        self.now += 1 / 60
        return self.camera.frame()


def levels(shown: Shown, count: int) -> list[int]:
    """Return the approximate grey levels frame by frame, without repetitions."""
    seen: list[int] = []
    for _ in range(count):
        level = shown.frame().luma[0]
        if not seen or abs(seen[-1] - level) > 8:
            seen.append(level)
    return seen


def about(seen: list[int], wanted: tuple[int, ...]) -> bool:
    return len(seen) == len(wanted) and all(abs(one - other) <= 8 for one, other in zip(seen, wanted, strict=True))


def test_folder_plays_by_name_and_includes_later_pictures(tmp_path: Path) -> None:
    for number, level in ((2, 90), (1, 10)):
        grey(level).save(tmp_path / f"{number}.png")
    shown = Shown(choice(tmp_path, seconds=1 / 60))
    assert levels(shown, 5) == [10, 90]
    grey(170).save(tmp_path / "3.png")
    grey(250).save(tmp_path / "4.png")
    assert levels(shown, 4)[-2:] == [170, 250]


def test_incomplete_picture_file_is_retried(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    grey(200).save(buffer, "PNG")
    whole = buffer.getvalue()
    (tmp_path / "1.png").write_bytes(whole[:40])
    shown = Shown(choice(tmp_path))
    first = shown.frame()
    assert ((first.width, first.height), set(bytes(first.luma))) == (DARK, {0})
    (tmp_path / "1.png").write_bytes(whole)
    assert levels(shown, 2)[-1] == 200


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.png"])
def test_animated_picture_plays_at_its_own_frame_times(tmp_path: Path, name: str) -> None:
    first, *others = [grey(level).convert("RGB") for level in GREYS]
    first.save(tmp_path / name, save_all=True, append_images=others, duration=34, lossless=True)
    shown = Shown(choice(tmp_path / name))
    seen = [shown.frame().luma[0] for _ in range(9)]
    assert about(levels(shown, 1), GREYS[-1:])
    assert sum(abs(level - GREYS[0]) <= 8 for level in seen) >= 1
    assert about([level for n, level in enumerate(seen) if not n or abs(level - seen[n - 1]) > 8], GREYS)


def test_concatenated_jpegs_play_as_a_film(tmp_path: Path) -> None:
    with (tmp_path / "film.mjpeg").open("wb") as film:
        for level in GREYS:
            grey(level).save(film, "JPEG")
    shown = Shown(choice(tmp_path / "film.mjpeg"))
    assert about(levels(shown, 8), GREYS)


def test_file_without_pictures_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "film.h264").write_bytes(b"\0\0\0\1 no picture")
    with pytest.raises(PartFault, match="unreadable"):
        FramesCamera(choice(tmp_path / "film.h264"))


def test_missing_file_or_folder_is_unplugged(tmp_path: Path) -> None:
    with pytest.raises(PartFault, match="unplugged"):
        FramesCamera(choice(tmp_path / "nothing"))
    (tmp_path / "frames").mkdir()
    shown = Shown(choice(tmp_path / "frames"))
    shutil.rmtree(tmp_path / "frames")
    with pytest.raises(PartFault, match="unplugged"):
        shown.frame()


def test_pictures_advance_only_while_the_camera_runs(tmp_path: Path) -> None:
    grey(10).save(tmp_path / "1.png")
    grey(90).save(tmp_path / "2.png")
    shown = Shown(choice(tmp_path, seconds=3 / 60))
    assert levels(shown, 1) == [10]
    shown.camera.stop()
    shown.now += 3600
    shown.camera.start()
    assert levels(shown, 1) == [10]
    shown.now += 3600
    assert levels(shown, 3) == [10, 90]
