"""Capture grey frames with the Raspberry Pi's camera (picamera2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from typing import Any, Protocol

from kiosk.config.barcode_scanner import Picamera2Scanner
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
