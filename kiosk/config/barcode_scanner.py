"""The drivers of the barcode scanner: a camera, pictures in its place, or a reader that sends lines; opens none."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kiosk.config.fields import Local
from kiosk.config.gpio_pins import HEADER_PORTS, UART
from kiosk.config.section import Absent, Section, Simulated

FrameRate = Annotated[float, Field(ge=5, le=60)]
"""Frames a second that are looked at; the newest only, so a slow machine looks at fewer."""


class Picamera2Scanner(Section):
    """A camera of the Raspberry Pi. docs/optics.md tells how far away which label can be read."""

    driver: Literal["picamera2"]
    camera: Annotated[int, Field(ge=0, le=3)] = 0
    """The number of the camera, as `rpicam-hello --list-cameras` counts."""
    width: Annotated[int, Field(ge=640, le=4608)] = 1536
    height: Annotated[int, Field(ge=480, le=2592)] = 864
    """Pixels of the sensor's mode; what is read is not scaled."""
    lens_position: Annotated[float, Field(ge=0, le=15)] = 6.7
    """Dioptres, 1 / metres to the label: 6.7 is 15 cm. A lens that cannot be moved does not mind."""
    exposure: Annotated[int, Field(ge=100, le=66000)] = 2500
    """Microseconds. Short, so that a moving hand does not blur the bars; that takes a lamp."""
    frame_rate: FrameRate = 15.0


class FramesScanner(Section):
    """Pictures instead of a camera, by the same path: a folder of them, or one film."""

    driver: Literal["frames"]
    path: Local
    """Its pictures are shown in the order of their names, those that come later too; a film by its own times."""
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    """How long each picture of a folder is before the camera."""
    frame_rate: FrameRate = 15.0


class KeyboardScanner(Section):
    """A hand scanner that types. It is taken away from the screen's keyboard."""

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
    Picamera2Scanner | FramesScanner | KeyboardScanner | SerialScanner | Simulated | Absent,
    Field(discriminator="driver"),
]
