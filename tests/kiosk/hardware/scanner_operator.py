"""Show drawn labels to the camera drivers, type them, and send them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.config import Config, load, write_example
from kiosk.config.hardware import SerialScanner
from kiosk.hardware import line_readers
from kiosk.hardware.barcode_scanner import camera_scanner
from kiosk.hardware.barcodes.model import Symbology
from kiosk.hardware.line_readers import LineScanner, hand_scanner
from kiosk.hardware.parts import BarcodeScanner
from kiosk.hardware.rig import Rig
from kiosk.hardware.simulated import SimulatedSpeaker
from kiosk.hardware.viewfinder import Viewfinder
from kiosk.views import LABELS
from tests.emulated.labels import Label, Pose, draw, picture
from tests.emulated.line_devices import SerialDevice, TypingReader
from tests.emulated.picamera2 import TABLE, Spot
from tests.kiosk.hardware.barcode_scanner_contract import ScannerOperator

SIZE = (640, 480)
RATE = 30.0
BLANK = Image.new("L", SIZE, TABLE)


def config_with(home: Path, **scanner: Any) -> Config:
    """Return a configuration with this barcode scanner section."""
    changes = {"barcode_scanner": scanner, "numbers": {"item": {"pattern": "3[0-9]{13}"}}}
    home.mkdir(parents=True, exist_ok=True)
    return load(write_example(home / "kiosk.toml", home / "state", home / "run", "http://127.0.0.1", changes=changes))


@cache
def book(*codes: str, symbology: Symbology = Symbology.CODABAR) -> Image.Image:
    """Return a frame with these labels below each other, slightly tilted."""
    step = SIZE[1] / (len(codes) + 1)
    placed = [
        (Label(symbology, code), Pose(SIZE[0] / 2, step * (number + 1), angle=2.0)) for number, code in enumerate(codes)
    ]
    return picture(draw(placed, SIZE, seed=7))


class CameraOperator(ScannerOperator):
    """Camera scanner as the kiosk opens it, with hints, preview and tone."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.viewfinder = Viewfinder()
        self.viewfinder.want(LABELS)
        self.rig = Rig()
        self.hints: list[str] = []

    def open(self) -> AbstractContextManager[BarcodeScanner]:
        return camera_scanner(self.config, self.viewfinder, self.hints.append, SimulatedSpeaker(self.rig))()

    def wake(self) -> None:
        self.viewfinder.wake()


class PiCameraOperator(CameraOperator):
    def __init__(self, home: Path, spot: Spot) -> None:
        width, height = SIZE
        super().__init__(config_with(home, driver="picamera2", width=width, height=height, frame_rate=RATE))
        self.spot = spot

    def show(self, barcode: str) -> None:
        self.spot.show(book(barcode))

    def unplug(self) -> None:
        self.spot.unplug()

    def plug(self) -> None:
        self.spot.plug()


class FramesOperator(CameraOperator):
    def __init__(self, home: Path) -> None:
        self.folder = home / "frames"
        self.folder.mkdir()
        self._count = 0
        super().__init__(config_with(home, driver="frames", path=str(self.folder), seconds=6 / RATE, frame_rate=RATE))

    def show(self, barcode: str) -> None:
        self.add(book(barcode))
        self.add(BLANK)

    def add(self, frame: Image.Image) -> None:
        """Add a picture after the others, unless the folder has been removed."""
        self._count += 1
        if self.folder.exists():
            frame.save(self.folder / f"{self._count:06}.png")

    def unplug(self) -> None:
        shutil.rmtree(self.folder)

    def plug(self) -> None:
        self.folder.mkdir()


class KeyboardOperator(ScannerOperator):
    def __init__(self) -> None:
        self.reader = TypingReader()

    @contextmanager
    def open(self) -> Iterator[BarcodeScanner]:
        with line_readers.grab_keyboard(Path("/dev/input/by-id/usb-scanner"), opening=self.reader.open) as lines:
            yield LineScanner(lines)

    def show(self, barcode: str) -> None:
        self.reader.type(barcode)

    def unplug(self) -> None:
        self.reader.pull()

    def plug(self) -> None:
        self.reader.plug()

    def wake(self) -> None:
        """Do nothing: the driver polls."""


class SerialOperator(ScannerOperator):
    def __init__(self, path: Path) -> None:
        self._device = SerialDevice(path)
        self._choice = SerialScanner(driver="serial", device=path)

    def open(self) -> AbstractContextManager[BarcodeScanner]:
        return hand_scanner(self._choice)()

    def show(self, barcode: str) -> None:
        self._device.send(f"{barcode}\r\n".encode())

    def unplug(self) -> None:
        self._device.pull()

    def plug(self) -> None:
        self._device.plug()

    def wake(self) -> None:
        """Do nothing: the driver polls."""
