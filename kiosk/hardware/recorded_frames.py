"""Play pictures instead of a camera: a folder of images, or a film in real time."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias

from PIL import Image, ImageSequence

from kiosk.config.barcode_scanner import FramesScanner
from kiosk.hardware.barcodes.model import Frame
from kiosk.hardware.parts import PartFault

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
