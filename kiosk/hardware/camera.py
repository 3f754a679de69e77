"""Capture grey frames with the Raspberry Pi's camera (picamera2), or play pictures in its place."""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from PIL import Image, ImageSequence

from kiosk.config.hardware import FramesScanner, Picamera2Scanner
from kiosk.hardware.barcodes.model import Frame
from kiosk.hardware.parts import PartFault

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds without a frame after which a camera is lost. The first frame after a start takes up to one second."""


class Camera(Protocol):
    """Deliver grey frames to one thread.

    The camera is off when created, between `stop` and `start`, and when closed.
    """

    def start(self) -> None:
        """Start the camera. Raises PartFault."""
        ...

    def stop(self) -> None: ...

    def frame(self) -> Frame:
        """Wait for a frame that was not returned before and return the newest. Raises PartFault."""
        ...


def cameras() -> list[str]:
    """Return the models of the connected cameras by number; empty if picamera2 is not installed."""
    try:
        from picamera2 import Picamera2
    except ModuleNotFoundError:
        return []
    return [str(each.get("Model", "?")) for each in Picamera2.global_camera_info()]


@contextmanager
def picamera2(choice: Picamera2Scanner) -> Iterator[Camera]:
    """Open the camera of the Pi, which one program at a time can use. Raises PartFault."""
    try:
        from picamera2 import Picamera2
    except ModuleNotFoundError as error:
        raise PartFault("driver_missing", f"{error}: install the system's python3-picamera2") from error
    if len(Picamera2.global_camera_info()) <= choice.camera:
        raise PartFault("unplugged", f"camera {choice.camera} is not found. Check its ribbon cable, at both ends")
    try:
        device = Picamera2(choice.camera)
    except (RuntimeError, OSError) as error:
        raise PartFault("in_use", f"the camera does not open: {error}. Stop the program that has it") from error
    try:
        yield Picamera2Camera(device, choice)
    finally:
        _let_go(device)


def _let_go(device: Any) -> None:
    """Close the camera; log the second failure of one whose cable was pulled."""
    try:
        device.close()
    except (RuntimeError, OSError) as error:
        log.info("Cannot close the camera cleanly: %s", error)


class Picamera2Camera:
    """Read the Y plane of YUV420 frames as stored: grey, without scaling or conversion."""

    def __init__(self, device: Any, choice: Picamera2Scanner) -> None:
        size = (choice.width, choice.height)
        with _faults():
            device.configure(
                device.create_video_configuration(
                    main={"format": "YUV420", "size": size}, sensor={"output_size": size}, buffer_count=4, queue=True
                )
            )
        self._device = device
        self._choice = choice

    def start(self) -> None:
        """Start the camera. The controls are sent each time because a stop clears them."""
        with _faults():
            self._device.set_controls(controls_for(self._choice, self._device.camera_controls))
            self._device.start()

    def stop(self) -> None:
        with _faults():
            self._device.stop()

    def frame(self) -> Frame:
        with _faults():
            planes = self._device.wait(self._device.capture_array("main", wait=False), timeout=PATIENCE)
        height, width = self._choice.height, self._choice.width
        return Frame(width, height, planes.shape[1], memoryview(planes[:height]))


def controls_for(choice: Picamera2Scanner, offered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the libcamera controls that this camera offers (a fixed lens has no position).

    A fixed exposure leaves the gain to the camera, so the picture stays bright in any light.
    """
    interval = round(1_000_000 / choice.frame_rate)
    wanted = {"FrameDurationLimits": (interval, interval), "ExposureTime": choice.exposure}
    if "AfMode" in offered and "LensPosition" in offered:
        from libcamera import controls

        wanted |= {"AfMode": controls.AfModeEnum.Manual, "LensPosition": choice.lens_position}
    return {name: value for name, value in wanted.items() if name in offered}


@contextmanager
def _faults() -> Iterator[None]:
    """Convert picamera2's errors (camera gone, no frame) to PartFault."""
    try:
        yield
    except TooLate as error:
        raise PartFault("time_out", f"the camera sent no frame for {PATIENCE:.0f} seconds") from error
    except (RuntimeError, OSError) as error:
        raise PartFault("unplugged", f"the camera failed: {error}") from error


Shown: TypeAlias = tuple[Image.Image, float]
"""A picture, and the seconds for which the camera sees it."""
DARK = (640, 480)
END_OF_JPEG, START_OF_JPEG = b"\xff\xd9", b"\xff\xd8"
STILL = 0.04
"""Seconds of a film's picture that has no duration of its own."""


class FramesCamera:
    """Camera that sees recorded pictures; the last one remains.

    Time advances with frames: while the camera is off or the caller is late, the next picture waits. Each picture is in
    at least one frame.
    """

    def __init__(self, choice: FramesScanner, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._interval = 1 / choice.frame_rate
        self._path = choice.path
        self._roll: Roll = Folder(choice.path, choice.seconds) if choice.path.is_dir() else Film(choice)
        self._picture = _frame(Image.new("L", DARK))
        self._left = 0.0
        """Seconds for which the current picture remains."""
        self._at = 0.0
        self._pause = threading.Event()
        self._advance(self._interval)
        self._left += self._interval

    def start(self) -> None:
        self._at = self._now()

    def stop(self) -> None:
        """Do nothing: time advances only in `frame`."""

    def frame(self) -> Frame:
        due = self._at + self._interval
        self._pause.wait(max(due - self._now(), 0))
        self._at = max(due, self._now())
        self._advance(self._interval)
        return self._picture

    def _advance(self, seconds: float) -> None:
        if not self._path.exists():
            raise PartFault("unplugged", f"{self._path} is gone")
        self._left -= seconds
        if self._left < seconds / 2 and (shown := self._roll.next()):
            self._picture, self._left = _frame(shown[0]), shown[1]


class Roll(Protocol):
    """Source of recorded pictures."""

    def next(self) -> Shown | None:
        """Return the next picture, or None if there is none yet."""
        ...


class Folder:
    """Play a folder's pictures by name. A file that is still being written is retried."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._seconds = seconds
        self._last = ""

    def next(self) -> Shown | None:
        try:
            names = sorted(each.name for each in self._path.iterdir() if each.is_file() and each.name > self._last)
            if not names:
                return None
            with Image.open(self._path / names[0]) as picture:
                grey = picture.convert("L")
        except (OSError, SyntaxError):
            return None
        self._last = names[0]
        return grey, self._seconds


class Film:
    """Play an animated GIF, WebP or PNG at its own speed, or concatenated JPEGs (`rpicam-vid --codec mjpeg`)."""

    def __init__(self, choice: FramesScanner) -> None:
        if not choice.path.exists():
            raise PartFault("unplugged", f"{choice.path} is not there")
        with choice.path.open("rb") as film:
            jpegs = film.read(2) == START_OF_JPEG
        self._path = choice.path
        self._pictures = _jpegs(choice) if jpegs else _moving(choice.path)

    def next(self) -> Shown | None:
        try:
            return next(self._pictures, None)
        except (OSError, SyntaxError) as error:
            raise PartFault("unreadable", f"{self._path}: {error}") from error


def _moving(path: Path) -> Iterator[Shown]:
    with Image.open(path) as film:
        for picture in ImageSequence.Iterator(film):
            yield picture.convert("L"), picture.info.get("duration", 0) / 1000 or STILL


def _jpegs(choice: FramesScanner) -> Iterator[Shown]:
    for each in choice.path.read_bytes().split(END_OF_JPEG + START_OF_JPEG):
        data = START_OF_JPEG + each.removeprefix(START_OF_JPEG).removesuffix(END_OF_JPEG) + END_OF_JPEG
        with Image.open(io.BytesIO(data)) as picture:
            yield picture.convert("L"), 1 / choice.frame_rate


def _frame(picture: Image.Image) -> Frame:
    return Frame(picture.width, picture.height, picture.width, picture.tobytes())
