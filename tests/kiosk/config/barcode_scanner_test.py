"""Test [barcode_scanner] of kiosk.toml: drivers, defaults and error messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kiosk.config import EXAMPLE, load
from kiosk.config.fields import Absent, SimulatedPart
from kiosk.config.hardware import FramesScanner, KeyboardScanner, Picamera2Scanner, SerialScanner
from tests.kiosk.config.written_config import error_of, written


@pytest.mark.parametrize(
    "scanner",
    [
        Picamera2Scanner(driver="picamera2"),
        Picamera2Scanner(driver="picamera2", camera=1, width=2304, height=1296, lens_position=5.0, exposure=800),
        FramesScanner(driver="frames", path=Path("/srv/pictures"), seconds=0.5),
        KeyboardScanner(driver="keyboard", device=Path("/dev/input/by-id/usb-ACME_Scanner-event-kbd")),
        SerialScanner(driver="serial", device=Path("/dev/ttyUSB0"), baud=115200),
        SimulatedPart(driver="simulated"),
        Absent(driver="none"),
    ],
    ids=lambda scanner: scanner.driver,
)
def test_each_driver_is_loaded(tmp_path: Path, scanner: Any) -> None:
    keys = scanner.model_dump(mode="json", exclude_unset=True)
    assert load(written(tmp_path, barcode_scanner=keys)).barcode_scanner == scanner


def test_camera_defaults_focus_at_15_centimetres() -> None:
    camera = Picamera2Scanner(driver="picamera2")
    assert (camera.width, camera.height) == (1536, 864)
    assert 1 / camera.lens_position == pytest.approx(0.15, abs=0.002)


def test_relative_picture_folder_is_resolved_from_the_configuration_file(tmp_path: Path) -> None:
    scanner = load(written(tmp_path, barcode_scanner={"driver": "frames", "path": "pictures"})).barcode_scanner
    assert isinstance(scanner, FramesScanner) and scanner.path == tmp_path / "pictures"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"driver": "picamera"}, "barcode_scanner.driver = 'picamera': should be one of picamera2, frames, keyboard"),
        ({"driver": "picamera2", "lens_position": 66.0}, "lens_position = 66.0: should be less than or equal to 15"),
        ({"driver": "picamera2", "exposure": 2.5}, "exposure = 2.5: should be a valid integer"),
        ({"driver": "picamera2", "lens_positon": 6.7}, "lens_positon = 6.7 is unknown; did you mean lens_position?"),
        ({"driver": "frames"}, "path is missing"),
        ({"driver": "frames", "path": "x", "frame_rate": 500.0}, "frame_rate = 500.0: should be less than or equal to"),
        ({"driver": "keyboard"}, "device is missing"),
        ({"driver": "serial", "device": "/dev/ttyUSB0", "baud": 1}, "baud = 1: should be greater than or equal to 300"),
    ],
)
def test_invalid_key_or_value_is_reported(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    assert message in error_of(written(tmp_path, barcode_scanner=keys))


def test_example_shows_each_driver_and_its_defaults() -> None:
    section = EXAMPLE.read_text(encoding="utf-8").split("[barcode_scanner]")[1].split("\n[")[0]
    for driver in ("picamera2", "frames", "keyboard", "serial", "simulated", "none"):
        assert f'"{driver}"' in section
    for model in (Picamera2Scanner, FramesScanner, KeyboardScanner, SerialScanner):
        for name, field in model.model_fields.items():
            shown = "" if field.is_required() else field.default
            assert name == "driver" or f"#{name} = {shown}" in section, name
