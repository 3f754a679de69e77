"""Define the barcode scanner's drivers: camera, image files, or a reader that sends lines."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.fields import Local
from kiosk.config.gpio_pins import HEADER_PORTS, UART
from kiosk.config.section import Absent, Section, SimulatedPart

FrameRate = Annotated[float, Field(ge=5, le=60)]
"""Frames per second to decode. Only the newest is decoded, so a slow machine decodes fewer."""


class Picamera2Scanner(Section):
    """A camera of the Raspberry Pi. docs/optics.md lists which label is readable at which distance."""

    driver: Literal["picamera2"]
    camera: Annotated[int, Field(ge=0, le=3)] = 0
    """Number of the camera, as `rpicam-hello --list-cameras` counts."""
    width: Annotated[int, Field(ge=640, le=4608)] = 1536
    height: Annotated[int, Field(ge=480, le=2592)] = 864
    """Pixels of the sensor mode; frames are not scaled."""
    lens_position: Annotated[float, Field(ge=0, le=15)] = 6.7
    """Dioptres, 1 / metres to the label: 6.7 is 15 cm. Ignored by a fixed lens."""
    exposure: Annotated[int, Field(ge=100, le=66000)] = 2500
    """Microseconds. Short, so that a moving hand does not blur the bars; this requires a lamp."""
    frame_rate: FrameRate = 15.0


class FramesScanner(Section):
    """Images instead of a camera, decoded in the same way: a folder of them, or one film."""

    driver: Literal["frames"]
    path: Local
    """Images are shown in the order of their names, including those added later; a film by its own time stamps."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """Seconds for which each image of a folder is shown."""
    frame_rate: FrameRate = 15.0


class KeyboardScanner(Section):
    """A hand scanner that acts as a keyboard. The screen's keyboard input excludes it."""

    driver: Literal["keyboard"]
    device: Local
    """Such as /dev/input/by-id/usb-ACME_Scanner-event-kbd."""


class SerialScanner(Section):
    """A hand scanner or scan engine that sends a line for each code."""

    driver: Literal["serial"]
    device: Local
    baud: Annotated[int, Field(ge=300, le=921600)] = 9600

    def buses(self) -> frozenset[str]:
        return frozenset({UART}) if str(self.device) in HEADER_PORTS else frozenset()


BarcodeScanner = Annotated[
    Picamera2Scanner | FramesScanner | KeyboardScanner | SerialScanner | SimulatedPart | Absent,
    Field(discriminator="driver"),
]
