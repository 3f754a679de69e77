"""Read the codes of one frame: zxing-cpp first, then on levelled stripes, then with more contrast."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
from PIL import Image

from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Frame, Quad, Reading, Symbology
from kiosk.hardware.barcodes.stripe_detector import Floats, Grey, Indices, LevelPatch, Patch, find_stripes

LEAST_QUALITY = 8
"""Scan lines of zbar that must agree: with fewer, it reads wrong numbers three times as often."""
GUARDS = "ABCD"
"""Start and stop characters of Codabar, which are not part of the number."""
UPCA_LENGTH = 12


def zxing(grey: Grey, symbologies: Collection[Symbology], *, rotate: bool = True) -> list[Code]:
    """Read rows and columns (only rows without `rotate`) of a picture of any size."""
    import zxingcpp

    formats = {
        Symbology.CODABAR: zxingcpp.BarcodeFormat.Codabar,
        Symbology.CODE39: zxingcpp.BarcodeFormat.Code39,
        Symbology.CODE128: zxingcpp.BarcodeFormat.Code128,
        Symbology.ITF: zxingcpp.BarcodeFormat.ITF,
        Symbology.EAN13: zxingcpp.BarcodeFormat.EAN13,
        Symbology.EAN8: zxingcpp.BarcodeFormat.EAN8,
        Symbology.UPCA: zxingcpp.BarcodeFormat.UPCA,
        Symbology.QR: zxingcpp.BarcodeFormat.QRCode,
    }
    known = {formats[each]: each for each in symbologies}

    def code(found: zxingcpp.Barcode) -> Code:
        at, symbology = found.position, known[found.format]
        corners = [(float(each.x), float(each.y)) for each in (at.top_left, at.top_right)]
        corners += [(float(each.x), float(each.y)) for each in (at.bottom_right, at.bottom_left)]
        return Code(symbology, _plain(symbology, found.text), (corners[0], corners[1], corners[2], corners[3]))

    found = zxingcpp.read_barcodes(
        np.ascontiguousarray(grey),
        formats=zxingcpp.BarcodeFormats(list(known)),
        text_mode=zxingcpp.TextMode.Plain,
        try_rotate=rotate,
        try_invert=False,
    )
    return [code(each) for each in found if each.format in known]


def zbar(picture: Image.Image, symbologies: Collection[Symbology]) -> list[Code]:
    """Read a levelled picture. Corners are those of the picture, because zbar's are unreliable."""
    from pyzbar import pyzbar

    symbols = {
        Symbology.CODABAR: pyzbar.ZBarSymbol.CODABAR,
        Symbology.CODE39: pyzbar.ZBarSymbol.CODE39,
        Symbology.CODE128: pyzbar.ZBarSymbol.CODE128,
        Symbology.ITF: pyzbar.ZBarSymbol.I25,
        Symbology.EAN13: pyzbar.ZBarSymbol.EAN13,
        Symbology.EAN8: pyzbar.ZBarSymbol.EAN8,
        Symbology.UPCA: pyzbar.ZBarSymbol.UPCA,
    }
    known = {symbols[each].name: each for each in symbologies if each in symbols}
    if not known:
        return []
    found = pyzbar.decode(
        (picture.tobytes(), picture.width, picture.height), symbols=[symbols[each] for each in known.values()]
    )
    whole: Quad = ((0, 0), (picture.width, 0), (picture.width, picture.height), (0, picture.height))
    return [
        Code(known[each.type], _plain(known[each.type], each.data.decode("ascii", "replace")), whole)
        for each in found
        if each.type in known and each.quality >= LEAST_QUALITY
    ]


def _plain(symbology: Symbology, text: str) -> str:
    match symbology:
        case Symbology.CODABAR:
            return text.upper().strip(GUARDS)
        case Symbology.UPCA if len(text) == UPCA_LENGTH:
            return "0" + text
        case _:
            return text


TILES = 8
"""Maximum tiles along a side of the picture."""
LEAST_TILE = 8
"""Minimum pixels along a side of a tile."""
LEVELS = 256
"""Number of grey levels."""
LIMIT = 4.0
"""Maximum height of a histogram bin, as a multiple of the uniform height; limits the amplification of noise."""


def raise_contrast(grey: Grey) -> Grey:
    """Raise the contrast of a picture place by place, so that faint bars and bars in a shadow stand out.

    Each tile has a curve of its own, made from its histogram; a pixel's new value lies between the curves of the four
    tiles around it. Source: K. Zuiderveld, "Contrast Limited Adaptive Histogram Equalization", Graphics Gems IV, 1994.

    Args:
        grey: Picture, shape (height, width).

    Returns:
        A new picture of the same shape.
    """
    rows, columns = (min(TILES, max(1, length // LEAST_TILE)) for length in grey.shape)
    curves = _curves(grey, rows, columns)
    above, below, down = _neighbours(grey.shape[0], rows)
    left, right, across = _neighbours(grey.shape[1], columns)

    def between(row: Indices) -> Floats:
        one, other = (curves[row[:, None], column, grey] for column in (left, right))
        mixed: Floats = one + (other - one) * across
        return mixed

    top, bottom = between(above), between(below)
    return (top + (bottom - top) * down[:, None]).astype(np.uint8)


def _curves(grey: Grey, rows: int, columns: int) -> Floats:
    """Return the new value of each grey level in each tile, shape (rows, columns, LEVELS)."""
    height, width = grey.shape
    row, column = np.arange(height) * rows // height, np.arange(width) * columns // width
    places = (row[:, None] * columns + column) * LEVELS + grey
    counts = np.bincount(places.ravel(), minlength=rows * columns * LEVELS).reshape(-1, LEVELS).astype(np.float32)
    pixels = counts.sum(1, keepdims=True)
    most = LIMIT * pixels / LEVELS
    surplus = np.maximum(counts - most, 0).sum(1, keepdims=True)
    limited = np.minimum(counts, most) + surplus / LEVELS
    curves: Floats = np.minimum(limited.cumsum(1) * ((LEVELS - 1) / pixels), LEVELS - 1)
    return curves.reshape(rows, columns, LEVELS)


def _neighbours(length: int, tiles: int) -> tuple[Indices, Indices, Floats]:
    """Return for each pixel of a side the two tiles around it, and how near it is to the second (0 to 1)."""
    place = (np.arange(length) + 0.5) * tiles / length - 0.5
    first = np.floor(place).astype(np.intp)
    one, other = (np.clip(each, 0, tiles - 1) for each in (first, first + 1))
    return one, other, (place - first).astype(np.float32)


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
        codes = zxing(grey, hunt.sought | hunt.incidental)
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
        return self._back(zxing(np.asarray(self._level.picture), symbologies, rotate=False), 1)

    @cached_property
    def _half(self) -> Image.Image:
        """The patch at half its size, which averages noise away."""
        return self._level.picture.reduce(2)

    @cached_property
    def _contrasted(self) -> Grey:
        return raise_contrast(np.asarray(self._half))

    def half(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(zxing(np.asarray(self._half), symbologies, rotate=False), 2)

    def decode_with_contrast(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(zxing(self._contrasted, symbologies, rotate=False), 2)

    def last(self, symbologies: frozenset[Symbology]) -> list[Code]:
        return self._back(zbar(Image.fromarray(self._contrasted), symbologies), 2)

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
