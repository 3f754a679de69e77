"""Test the camera driver with the real picamera2 and libcamera's virtual camera.

Needs what `scripts/setup --dev` installs in addition to the lock file on Debian 13, for which the Python libcamera is
built.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.emulated.picamera2 import Picamera2 as Emulated
from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
PHOTOGRAPHS = ROOT / "tests" / "real_camera" / "photographs"
SHIM = Path(sys.prefix) / "udmabuf.so"
SIZE = (1536, 864)
VIRTUAL = """
"Virtual0":
  supported_formats:
  - {{ width: {0}, height: {1}, frame_rates: [15, 60] }}
  frames: {{ path: "{2}/" }}
  location: "CameraLocationFront"
  model: "photographs"
"""


def missing() -> str:
    """Return what is missing and how to install it; empty if everything is present."""
    for module in ("libcamera", "picamera2"):
        if importlib.util.find_spec(module) is None:
            return f"no {module} for this Python: scripts/setup --dev on Debian 13 with KIOSK_PYTHON=/usr/bin/python3"
    return "" if SHIM.exists() else f"no {SHIM}: scripts/setup --dev compiles it"


pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "all is here")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the report of look.py on three photographs, each in a frame of the sensor mode."""
    home = tmp_path_factory.mktemp("virtual")
    photographs = home / "photographs"
    photographs.mkdir()
    for number, path in enumerate(sorted(PHOTOGRAPHS.glob("*.jpg"))):
        frame = Image.new("RGB", SIZE, (90, 90, 90))
        photograph = Image.open(path)
        frame.paste(photograph, ((SIZE[0] - photograph.width) // 2, (SIZE[1] - photograph.height) // 2))
        frame.save(photographs / f"{number}.jpg", quality=92)
    (home / "virtual.yaml").write_text(VIRTUAL.format(*SIZE, photographs))
    report = subprocess.run(
        [sys.executable, "-m", "tests.real_camera.look", "6"],
        cwd=ROOT,
        env={
            **os.environ,
            "LD_PRELOAD": str(SHIM),
            "KIOSK_VIRTUAL_CAMERA": str(home / "virtual.yaml"),
            "LIBCAMERA_PIPELINES_MATCH_LIST": "virtual",
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert report.returncode == 0, report.stderr
    answer: dict[str, Any] = json.loads(report.stdout.splitlines()[-1])
    return answer


def test_photographs_are_read_through_the_real_library(report: dict[str, Any]) -> None:
    assert set(report["read"]) == {path.stem for path in PHOTOGRAPHS.glob("*.jpg")}


def test_frames_have_the_sensor_mode_size(report: dict[str, Any]) -> None:
    assert report["size"] == [*SIZE, SIZE[0]]


def test_every_control_sent_exists_in_libcamera(report: dict[str, Any]) -> None:
    assert set(report["ours"]) == {"AfMode", "ExposureTime", "FrameDurationLimits", "LensPosition"}
    assert set(report["ours"]) == set(Emulated.advertised)
    assert set(report["ours"]) <= set(report["known"])
    assert report["manual"] == 0


def test_only_supported_controls_are_sent_at_each_start(report: dict[str, Any]) -> None:
    assert len(report["sent"]) == 2
    assert report["sent"][0] == report["sent"][1]
    assert set(report["sent"][0]) < set(report["ours"])


def test_camera_is_released(report: dict[str, Any]) -> None:
    assert report["left"] == 0
