"""Emulate `picamera2`: its frames are the pictures that any process puts into a folder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

TABLE = 70
"""Grey level of the empty scene."""
PADDING = 64
"""Padding bytes at the end of each row."""
SPOT = "KIOSK_EMULATED_SPOT"
"""Environment variable with the folder of the pictures, for a kiosk in another process."""


class Spot:
    """Folder of numbered pictures; each is shown for some frames and then removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def show(self, picture: Image.Image, frames: int = 6) -> None:
        """Queue a picture; an unplugged camera ignores it."""
        if self.unplugged:
            return
        number = time.monotonic_ns()
        written = self.folder / f".{number}"
        picture.convert("L").save(written, "PPM")
        written.rename(self.folder / f"{number:020}-{frames}.pgm")

    def clear(self) -> None:
        """Remove the shown picture and all queued ones."""
        for each in self.pictures:
            each.unlink(missing_ok=True)

    def unplug(self, how: str = "raises") -> None:
        """Unplug: `raises` makes the library fail, `silent` only stops the frames."""
        self.clear()
        (self.folder / f".{how}").touch()

    def plug(self) -> None:
        for how in ("raises", "silent"):
            (self.folder / f".{how}").unlink(missing_ok=True)

    @property
    def unplugged(self) -> str:
        return next((how for how in ("raises", "silent") if (self.folder / f".{how}").exists()), "")

    @property
    def pictures(self) -> list[Path]:
        return sorted(self.folder.glob("*-*.pgm"))

    @property
    def settled(self) -> bool:
        """True once every queued picture was shown for its frames."""
        return not self.pictures


class Job:
    """Result of `capture_array(wait=False)`."""


class Picamera2:
    """The methods that our driver calls, with their real signatures."""

    spot: Spot
    advertised: Mapping[str, tuple[Any, Any, Any]] = {
        "FrameDurationLimits": (16_666, 200_000, None),
        "ExposureTime": (9, 66_666, None),
        "AfMode": (0, 2, 0),
        "LensPosition": (0.0, 32.0, 1.0),
    }
    opened: list[Picamera2]

    def __init__(self, camera_num: int = 0) -> None:
        self.camera_controls = dict(self.advertised)
        self.controls: dict[str, Any] = {}
        self.configuration: dict[str, Any] = {}
        self.running = self.closed = False
        self._held: Path | None = None
        self._frames = 0
        self._picture = Image.new("L", (1, 1))
        self._last = time.monotonic()
        self.opened.append(self)

    @classmethod
    def global_camera_info(cls) -> list[dict[str, Any]]:
        return [] if cls.spot.unplugged else [{"Model": "imx708", "Num": 0}]

    def create_video_configuration(self, **wanted: Any) -> dict[str, Any]:
        return wanted

    def configure(self, configuration: dict[str, Any]) -> None:
        self.configuration = configuration

    def set_controls(self, controls: dict[str, Any]) -> None:
        for name in controls:
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.controls |= controls

    def start(self) -> None:
        self.running = True

    def stop(self) -> None:
        self.running = False
        self.controls = {}

    def close(self) -> None:
        self.stop()
        self.closed = True
        self._picture = Image.new("L", (1, 1))
        if self.spot.unplugged:
            raise RuntimeError("Failed to stop camera: No such device")

    def capture_array(self, name: str = "main", wait: bool | None = None) -> Job:
        if not self.running:
            raise RuntimeError("camera is not running")
        return Job()

    def wait(self, job: Job, timeout: float | None = None) -> NDArray[np.uint8]:
        how = self.spot.unplugged
        if how == "silent":
            raise TimeoutError
        if how:
            raise RuntimeError("Camera frontend has timed out")
        interval = self.controls["FrameDurationLimits"][0] / 1_000_000
        time.sleep(max(self._last + interval - time.monotonic(), 0))
        self._last = time.monotonic()
        return self._planes(self._next())

    def _next(self) -> Image.Image:
        """Return the picture of this frame."""
        size = self.configuration["main"]["size"]
        if self._held and (self._frames == 0 or not self._held.exists()):
            self._held.unlink(missing_ok=True)
            self._held = None
        if self._held is None:
            waiting = self.spot.pictures
            self._picture = Image.new("L", size, TABLE)
            if waiting:
                self._held = waiting[0]
                self._frames = int(self._held.stem.split("-")[1])
                self._picture = ImageOps.pad(Image.open(self._held), size, color=TABLE)
        self._frames -= self._held is not None
        return self._picture

    def _planes(self, picture: Image.Image) -> NDArray[np.uint8]:
        """Return YUV420 in the camera's layout: the Y plane first, with padded rows."""
        rows = np.full((picture.height * 3 // 2, picture.width + PADDING), 128, np.uint8)
        rows[: picture.height, : picture.width] = np.asarray(picture)
        return rows


def modules(spot: Spot) -> dict[str, ModuleType]:
    """Return the two modules for `sys.modules`."""
    picamera2, libcamera = ModuleType("picamera2"), ModuleType("libcamera")
    picamera2.Picamera2 = type("Picamera2", (Picamera2,), {"spot": spot, "opened": []})  # type: ignore[attr-defined]
    libcamera.controls = SimpleNamespace(AfModeEnum=SimpleNamespace(Manual=0))  # type: ignore[attr-defined]
    return {"picamera2": picamera2, "libcamera": libcamera}


def install() -> None:
    """Install the modules in a kiosk process started with SPOT."""
    sys.modules.update(modules(Spot(Path(os.environ[SPOT]))))


@contextmanager
def emulated_camera(folder: Path) -> Iterator[tuple[Spot, type[Picamera2]]]:
    """Replace picamera2 by a camera that shows this folder."""
    spot = Spot(folder)
    ours = modules(spot)
    kept = {name: sys.modules.get(name) for name in ours}
    sys.modules.update(ours)
    try:
        yield spot, ours["picamera2"].Picamera2
    finally:
        for name, module in kept.items():
            del sys.modules[name]
            if module is not None:
                sys.modules[name] = module
