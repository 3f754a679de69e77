"""Scan barcodes with a camera while the desk wants one, and report codes and hints."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TypeAlias, assert_never

import numpy as np
from numpy.typing import NDArray

from kiosk.config import Config
from kiosk.config.hardware import FramesScanner, Picamera2Scanner
from kiosk.hardware.barcodes.acceptance import Acceptance, Rules, rules_of
from kiosk.hardware.barcodes.decoder import START_SECONDS, DecoderWorker
from kiosk.hardware.barcodes.model import (
    AcceptedCode,
    BarcodeReader,
    Decoder,
    Fact,
    Frame,
    NotThisCode,
    Quad,
    ShowOne,
    Sight,
    TurnOver,
)
from kiosk.hardware.barcodes.stripe_detector import outline
from kiosk.hardware.camera import Camera, FramesCamera, picamera2
from kiosk.hardware.speaker import FAINT, Aim, Tone
from kiosk.hardware.viewfinder import Picture, Viewfinder
from lending.number_patterns import NumberKind

Grey: TypeAlias = NDArray[np.uint8]

SMALLER = 2
"""Reduction factor of the live picture, each way."""
PICTURE_EVERY = 0.1
"""Seconds between two live pictures."""
GRID = 16
"""Sampling step in pixels, each way, of the motion check."""
NOISE, MOVED = 16, 0.002
"""Motion thresholds: grey levels by which a pixel must change, and the share of changed pixels that means motion."""


def camera_scanner(
    config: Config, viewfinder: Viewfinder, hint: Callable[[str], None], tone: Tone
) -> Callable[[], AbstractContextManager[CameraScanner]]:
    """Return a factory that opens the scanner in its own thread. `hint` receives the code of a notice."""
    return lambda: _open(config, viewfinder, hint, tone)


@contextmanager
def _open(config: Config, viewfinder: Viewfinder, hint: Callable[[str], None], tone: Tone) -> Iterator[CameraScanner]:
    with _camera(config) as camera, open_eye(config) as eye:
        yield CameraScanner(camera, eye, viewfinder, hint, Aim(tone, time.monotonic))


def _camera(config: Config) -> AbstractContextManager[Camera]:
    match config.barcode_scanner:
        case Picamera2Scanner() as choice:
            return picamera2(choice)
        case FramesScanner() as choice:
            return nullcontext(FramesCamera(choice))
        case other:
            raise ValueError(f"{other.driver} is not a camera driver")


class CameraScanner:
    """Read barcodes from the newest camera frame.

    An instance belongs to the scanner's thread. Frames stay in memory and are not queued.
    """

    def __init__(
        self,
        camera: Camera,
        eye: BarcodeReader,
        viewfinder: Viewfinder,
        hint: Callable[[str], None],
        aim: Aim,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._eye = eye
        self._viewfinder = viewfinder
        self._hint = hint
        self._aim = aim
        self._clock = clock
        self._pictured = float("-inf")
        self._empty: Grey | None = None
        """Sampled pixels of the last frame that showed no barcode."""

    def watch(self, scanned: Callable[[str], None], stop: Callable[[], bool]) -> None:
        while self._viewfinder.wait(stop):
            self._camera.start()
            try:
                while self._viewfinder.wanted and not stop():
                    self._look(scanned)
            finally:
                self._rest()

    def _rest(self) -> None:
        self._aim.rest()
        self._viewfinder.leave(None)
        self._empty = None
        self._camera.stop()

    def _look(self, scanned: Callable[[str], None]) -> None:
        frame = self._camera.frame()
        at, grey = self._clock(), _grey(frame)
        samples = grey[::GRID, ::GRID]
        if self._empty is not None and _same(samples, self._empty):
            return
        sight = self._eye.look(at, frame, self._viewfinder.wanted)
        self._empty = samples.copy() if _is_empty(sight) else None
        self._aim.see(sight.stripes)
        if at - self._pictured >= PICTURE_EVERY or sight.facts:
            self._pictured = at
            self._viewfinder.leave(_picture(grey, sight.found))
        for fact in sight.facts:
            self._tell(fact, scanned)

    def _tell(self, fact: Fact, scanned: Callable[[str], None]) -> None:
        match fact:
            case AcceptedCode(text=text):
                scanned(text)
            case NotThisCode():
                self._hint("not_this_code")
            case ShowOne():
                self._hint("one_book_please")
            case TurnOver():
                self._hint("turn_the_book")
            case _:
                assert_never(fact)


def _grey(frame: Frame) -> Grey:
    """Return the pixels of a frame without copying them, shape (height, width), uint8."""
    rows = np.frombuffer(frame.luma, np.uint8, frame.stride * frame.height).reshape(frame.height, frame.stride)
    return rows[:, : frame.width]


def _is_empty(sight: Sight) -> bool:
    return not sight.was_skipped and sight.stripes < FAINT and sight.found is None and not sight.facts


def _same(now: Grey, before: Grey) -> bool:
    """Return whether an empty scene is unchanged. Decoding is then skipped, which spares the CPU overnight."""
    changed = np.abs(now.astype(np.int16) - before) > NOISE
    return now.shape == before.shape and float(np.mean(changed)) < MOVED


def _picture(grey: Grey, found: Quad | None) -> Picture:
    height, width = grey.shape
    small = grey[::SMALLER, ::SMALLER]
    corners = tuple((x / width, y / height) for x, y in outline(grey, found)) if found else ()
    return Picture(small.shape[1], small.shape[0], small.tobytes(), corners)


class FilteredBarcodeReader:
    """BarcodeReader that ignores frames the decoder missed."""

    def __init__(self, decoder: Decoder, rules: Rules) -> None:
        self._decoder = decoder
        self._acceptance = Acceptance(rules)

    def look(self, at: float, frame: Frame, wanted: frozenset[NumberKind]) -> Sight:
        """Decode and evaluate one frame. Raises PartFault `no_decoder` if no decoder can be started."""
        reading = self._decoder.decode(frame, self._acceptance.hunt(wanted))
        return Sight(was_skipped=True) if reading is None else self._acceptance.see(at, reading, wanted)


@contextmanager
def open_eye(config: Config) -> Iterator[BarcodeReader]:
    """Open a reader that is ready to decode.

    It belongs to one thread: the decoder's process ends with that thread.
    """
    with DecoderWorker() as decoder:
        decoder.ready(START_SECONDS)
        yield FilteredBarcodeReader(decoder, rules_of(config.numbers, config.barcodes))
