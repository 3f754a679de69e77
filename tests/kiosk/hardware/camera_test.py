"""Test the Pi camera driver: sensor mode, controls, Y plane, and failures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from kiosk.config.barcode_scanner import Picamera2Scanner
from kiosk.hardware import camera
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
