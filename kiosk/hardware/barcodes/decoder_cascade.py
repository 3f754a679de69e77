"""Read the codes of one frame: zxing-cpp first, then on levelled stripes, then with more contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from PIL import Image

from kiosk.hardware.barcodes import decoder_backends
from kiosk.hardware.barcodes.contrast import raise_contrast
from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Frame, Quad, Reading, Symbology
from kiosk.hardware.barcodes.stripe_detector import Grey, LevelPatch, Patch, find_stripes

CONTRAST_EVERY = 2
ZBAR_EVERY = 3
"""Empty frames per frame that zxing-cpp and zbar search with more contrast, which is slow."""
FULL_VIEW = 0.04
"""The share of the picture that the stripes of a label held close enough cover."""


class Cascade:
    """Decode frame after frame. Only the turns of the costly stages are kept between frames."""

    def __init__(self, *, sparing: bool = True) -> None:
        """Create a cascade; without `sparing`, every stage runs on each frame that is empty so far."""
        self._contrast = Turn(CONTRAST_EVERY if sparing else 1)
        self._zbar = Turn(ZBAR_EVERY if sparing else 1)

    def decode(self, frame: Frame, hunt: BarcodeHunt) -> Reading:
        grey = _grey(frame)
        codes = decoder_backends.zxing(grey, hunt.sought | hunt.incidental)
        if _has_sought(codes, hunt) and not hunt.thorough:
            return Reading(tuple(codes), 1.0)
        looks = Looks(Image.fromarray(grey), codes)
        codes = _once([*codes, *self._on_patches(looks, hunt, _has_sought(codes, hunt))])
        return Reading(tuple(codes), 1.0 if codes else looks.in_view)

    def _on_patches(self, looks: Looks, hunt: BarcodeHunt, found: bool) -> list[Code]:
        codes = _first(looks, PatchReader.whole, hunt)
        if found or _has_sought(codes, hunt):
            return codes
        codes += _first(looks, PatchReader.half, hunt)
        for turn, stage in ((self._contrast, PatchReader.decode_with_contrast), (self._zbar, PatchReader.last)):
            if _has_sought(codes, hunt):
                break
            if turn.is_due():
                codes += _first(looks, stage, hunt)
                turn.end(_has_sought(codes, hunt))
        return codes


class Turn:
    """Schedule a costly stage: once in `every` empty frames, and at once after a find.

    A second read has to agree before a code is accepted.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._empty = 0

    def is_due(self) -> bool:
        """Count one more empty frame, and return True if the stage is due."""
        self._empty += 1
        return self._empty >= self._every

    def end(self, found: bool) -> None:
        if not found:
            self._empty = 0


class Looks:
    """Patches of one frame that are not read yet, detected lazily."""

    def __init__(self, picture: Image.Image, known: Sequence[Code]) -> None:
        self._picture = picture
        self._kept: list[PatchReader] = []
        self._coming = (
            PatchReader(patch, picture)
            for patch in find_stripes(picture)
            if not any(_covers(code.corners, patch) for code in known)
        )

    def __iter__(self) -> Iterator[PatchReader]:
        yield from self._kept
        for look in self._coming:
            self._kept.append(look)
            yield look

    @property
    def in_view(self) -> float:
        """Share of the view covered by stripes, among the patches so far: 0 for none, 1 for a label held close."""
        largest = max((look.patch.area for look in self._kept), default=0.0)
        return min(1.0, largest / (FULL_VIEW * self._picture.width * self._picture.height))


class PatchReader:
    """One patch, levelled at first use."""

    def __init__(self, patch: Patch, picture: Image.Image) -> None:
        self.patch = patch
        self._picture = picture

    @cached_property
    def _level(self) -> LevelPatch:
        return self.patch.level(self._picture)

    def whole(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(decoder_backends.zxing(np.asarray(self._level.picture), symbologies, rotate=False), 1)

    @cached_property
    def _half(self) -> Image.Image:
        """The patch at half its size, which averages noise away."""
        return self._level.picture.reduce(2)

    @cached_property
    def _contrasted(self) -> Grey:
        return raise_contrast(np.asarray(self._half))

    def half(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(decoder_backends.zxing(np.asarray(self._half), symbologies, rotate=False), 2)

    def decode_with_contrast(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(decoder_backends.zxing(self._contrasted, symbologies, rotate=False), 2)

    def last(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(decoder_backends.zbar(Image.fromarray(self._contrasted), symbologies), 2)

    def _back(self, codes: Iterable[Code], factor: int) -> list[Code]:
        level = self._level

        def map_back(corners: Quad) -> Quad:
            one, two, three, four = (level.back(factor * x, factor * y) for x, y in corners)
            return one, two, three, four

        return [replace(code, corners=map_back(code.corners)) for code in codes]


def _grey(frame: Frame) -> Grey:
    rows = np.frombuffer(frame.luma, np.uint8, frame.height * frame.stride).reshape(frame.height, frame.stride)
    return rows[:, : frame.width]


def _first(
    looks: Iterable[PatchReader], stage: Callable[[PatchReader, frozenset[Symbology]], list[Code]], hunt: BarcodeHunt
) -> list[Code]:
    """Run a stage on one patch after another until a wanted code is found; a thorough hunt goes on."""
    codes: list[Code] = []
    for look in looks:
        codes += stage(look, (hunt.sought | hunt.incidental) - {Symbology.QR})
        if _has_sought(codes, hunt) and not hunt.thorough:
            break
    return codes


def _has_sought(codes: Iterable[Code], hunt: BarcodeHunt) -> bool:
    return any(code.symbology in hunt.sought for code in codes)


def _once(codes: Iterable[Code]) -> list[Code]:
    return list({(code.symbology, code.text): code for code in reversed(list(codes))}.values())[::-1]


def _covers(corners: Quad, patch: Patch) -> bool:
    """Return True if the patch's centre is in the code, or as near as the bars are wide."""
    x, y = patch.middle
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    slack = 0.5 * min(right - left, bottom - top) + 8
    return left - slack <= x <= right + slack and top - slack <= y <= bottom + slack
