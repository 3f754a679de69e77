"""Detect patches of parallel stripes in a grey picture and rotate them level."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from kiosk.hardware.barcodes.model import Quad

Grey: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]

CELL = 8
"""Pixels along the side of a cell, over which the structure tensor is averaged."""
COHERENT = 0.55
"""Minimum coherence of a striped cell's gradients: 0 none, 1 all parallel."""
FAINTEST = 6.0
"""Root mean square gradient in grey levels per pixel below which a cell is flat."""
BINS = 60
"""Bins of the angle histogram, over half a turn."""
SPREAD = 0.17453
"""Maximum difference in radians (10 degrees) of a cell's angle from the peak."""
MARGIN = 0.14
"""Margin on each side, as a share of the patch's length: quiet zones have no stripes."""
CROWD = 3
"""Radius in cells of the window that finds the densest place."""
MOST_PATCHES = 3
LEAST_CELLS = 12
FILLED = 0.2
"""Minimum share of a label's patch that its striped cells cover."""
DENSE = 0.2
"""Minimum cells of a row that belongs to a patch, as a share of the fullest row."""
TALLEST = 260
"""Maximum pixels of a patch along its bars: further rows repeat the same bars."""
WIDEST = 1200
"""Width in pixels of a levelled patch; smaller patches are enlarged up to twice."""
STRETCHED = 1.5
"""Maximum enlargement along the bars, where there is no detail."""
SEARCHED = 1_300_000
"""Pixels of the searched picture; larger pictures are reduced to about this size."""
STRIP = 8
"""Rows of cells processed at a time, so that the data stays in the CPU cache."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Stripes that are upright when the picture is turned by `angle` radians about its origin."""

    angle: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def enlarge(self, factor: int) -> Patch:
        sides = (factor * side for side in (self.left, self.top, self.right, self.bottom))
        return Patch(self.angle, *sides)

    @property
    def middle(self) -> tuple[float, float]:
        """Centre of the patch in the frame."""
        across, down = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return across * cos - down * sin, across * sin + down * cos

    def level(self, picture: Image.Image) -> LevelPatch:
        """Return the patch with its quiet zones, rotated so that the stripes are upright."""
        margin = MARGIN * (self.right - self.left)
        left, right = self.left - margin, self.right + margin
        across = min(2.0, max(1.0, WIDEST / (right - left)))
        down = min(across, STRETCHED)
        size = (max(1, round((right - left) * across)), max(1, round((self.bottom - self.top) * down)))
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x, y = left * cos - self.top * sin, left * sin + self.top * cos
        way = (cos / across, -sin / down, x, sin / across, cos / down, y)
        return LevelPatch(picture.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR), way)


@dataclass(frozen=True, slots=True)
class LevelPatch:
    """A patch rotated level."""

    picture: Image.Image
    way: tuple[float, float, float, float, float, float]
    """Affine map from its pixels to the frame: x' = a x + b y + c, y' = d x + e y + f."""

    def back(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.way
        return a * x + b * y + c, d * x + e * y + f


def find_stripes(picture: Image.Image) -> Iterator[Patch]:
    """Yield up to three patches, the strongest angle first. A large picture is searched at reduced size."""
    factor = max(1, round(math.sqrt(picture.width * picture.height / SEARCHED)))
    angles, left = _striped_cells(np.asarray(picture.reduce(factor)))
    for _ in range(MOST_PATCHES):
        angle = _peak(angles, left)
        if angle is None:
            return
        off = np.abs((angles - angle + math.pi / 2) % math.pi - math.pi / 2)
        cells = _connected_component(left, (off < SPREAD) & (left > 0))
        patch = _patch(cells, _mean_angle(angles[cells], left[cells]))
        left[cells] = 0
        if patch is not None:
            yield patch.enlarge(factor)


def _striped_cells(grey: Grey) -> tuple[Floats, Floats]:
    """Return per 8 x 8 cell the gradient's angle and its strength; 0 where gradients disagree."""
    rows, columns = (grey.shape[0] - 2) // CELL, (grey.shape[1] - 2) // CELL
    tensor = np.zeros((3, max(rows, 0), max(columns, 0)), np.float32)
    for first in range(0, rows, STRIP):
        last = min(first + STRIP, rows)
        tensor[:, first:last] = _tensor(grey[first * CELL : last * CELL + 2, : columns * CELL + 2])
    xx, yy, xy = tensor
    energy = xx + yy
    spread = np.sqrt((xx - yy) ** 2 + 4 * xy * xy)
    striped = (spread > COHERENT * energy) & (energy > (8 * FAINTEST) ** 2)
    return 0.5 * np.arctan2(2 * xy, xx - yy), np.where(striped, np.sqrt(energy), np.float32(0))


def _tensor(strip: Grey) -> Floats:
    wide = strip.astype(np.int16)
    smooth = wide[:-2] + 2 * wide[1:-1] + wide[2:]
    along = (smooth[:, 2:] - smooth[:, :-2]).astype(np.float32)
    step = wide[2:] - wide[:-2]
    down = (step[:, :-2] + 2 * step[:, 1:-1] + step[:, 2:]).astype(np.float32)
    return np.stack([_cell_means(along, along), _cell_means(down, down), _cell_means(along, down)])


def _cell_means(one: Floats, other: Floats) -> Floats:
    rows, columns = one.shape[0] // CELL, one.shape[1] // CELL
    shape = (rows, CELL, columns * CELL)
    sums: Floats = np.einsum("ijk,ijk->ik", one.reshape(shape), other.reshape(shape))
    mean: Floats = sums.reshape(rows, columns, CELL) @ np.full(CELL, 1 / CELL**2, np.float32)
    return mean


def _peak(angles: Floats, weights: Floats) -> float | None:
    """Return the angle with the most weight, or None if there is none."""
    bins = ((angles / math.pi + 0.5) * BINS).astype(np.intp) % BINS
    counts = np.bincount(bins.ravel(), weights.ravel(), BINS)
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(np.argmax(smooth))
    return ((best + 0.5) / BINS - 0.5) * math.pi if smooth[best] > 0 else None


def _connected_component(weights: Floats, mask: Mask) -> tuple[Indices, ...]:
    """Return the mask's component around its densest place.

    Gaps of two cells, such as a wide bar, do not separate components.
    """
    rows, columns = mask.shape
    padded = np.zeros((rows + 2, columns + 2), np.bool_)
    for down in range(3):
        for across in range(3):
            padded[down : down + rows, across : across + columns] |= mask
    padded[0] = padded[-1] = padded[:, 0] = padded[:, -1] = False
    start = int(np.argmax(np.where(mask, _local_sums(np.where(mask, weights, np.float32(0))), -1)))
    row, column = divmod(start, columns)
    piece = np.array(_flood_fill(bytearray(padded.tobytes()), columns + 2, (row + 1) * (columns + 2) + column + 1))
    places = (piece // (columns + 2) - 1, piece % (columns + 2) - 1)
    within = mask[places]
    return places[0][within], places[1][within]


def _local_sums(weights: Floats) -> Floats:
    """Return the total weight of the cells around each cell."""
    raised = np.pad(weights, ((CROWD + 1, CROWD), (CROWD + 1, CROWD))).cumsum(0).cumsum(1)
    side = 2 * CROWD + 1
    around: Floats = raised[side:, side:] - raised[:-side, side:] - raised[side:, :-side] + raised[:-side, :-side]
    return around


def _flood_fill(dry: bytearray, columns: int, start: int) -> list[int]:
    """Return the cells connected to `start`. The border must be empty."""
    dry[start] = 0
    flooded = [start]
    for here in flooded:
        for there in (here - columns, here - 1, here + 1, here + columns):
            if dry[there]:
                dry[there] = 0
                flooded.append(there)
    return flooded


def _mean_angle(angles: Floats, weights: Floats) -> float:
    """Return the mean of angles modulo half a turn, by averaging doubled angles."""
    return 0.5 * math.atan2(float(weights @ np.sin(2 * angles)), float(weights @ np.cos(2 * angles)))


def _patch(cells: tuple[Indices, ...], angle: float) -> Patch | None:
    """Return the patch of the dense cells, or None if they fill less of it than bars do."""
    y, x = (CELL * cells[0] + CELL / 2 + 1, CELL * cells[1] + CELL / 2 + 1)
    across = x * math.cos(angle) + y * math.sin(angle)
    down = y * math.cos(angle) - x * math.sin(angle)
    kept = _dense(down)
    kept[kept] = _dense(across[kept])
    across, down = across[kept], down[kept]
    half = CELL / 2
    left, right = float(across.min()) - half, float(across.max()) + half
    top, bottom = float(down.min()) - half, float(down.max()) + half
    if len(across) < max(LEAST_CELLS, FILLED * (right - left) * (bottom - top) / CELL**2):
        return None
    middle = float(np.median(down))
    return Patch(angle, left, max(top, middle - TALLEST / 2), right, min(bottom, middle + TALLEST / 2))


def _dense(places: npt.NDArray[np.float64]) -> Mask:
    """Select the places between the first and the last dense row: a label has straight edges."""
    bins = ((places - np.min(places)) / CELL).astype(np.intp)
    counts = np.bincount(bins)
    many = np.nonzero(counts >= DENSE * np.max(counts))[0]
    kept: Mask = (bins >= many[0]) & (bins <= many[-1])
    return kept


AROUND = 0.65
"""Radius of the search for bars around the code's middle, as a share of its length."""


def outline(grey: Grey, found: Quad) -> Quad:
    """Return the corners of the stripes around a code, or the code's own if there are none (QR).

    Decoders report only the rows that they read.
    """
    x, y = (sum(each) / len(found) for each in zip(*found, strict=True))
    reach = AROUND * max(math.dist(found[0], each) for each in found[1:])
    left, top = max(0, round(x - reach)), max(0, round(y - reach))
    part = Image.fromarray(grey[top : round(y + reach), left : round(x + reach)])
    if min(part.size) == 0:
        return found
    patches = [patch for patch in find_stripes(part) if _holds(patch, x - left, y - top)]
    return _corners(patches[0], left, top) if patches else found


def _rotate(angle: float, x: float, y: float) -> tuple[float, float]:
    cos, sin = math.cos(angle), math.sin(angle)
    return x * cos - y * sin, x * sin + y * cos


def _holds(patch: Patch, x: float, y: float) -> bool:
    across, down = _rotate(-patch.angle, x, y)
    return patch.left <= across <= patch.right and patch.top <= down <= patch.bottom


def _corners(patch: Patch, left: float, top: float) -> Quad:
    sides = ((patch.left, patch.top), (patch.right, patch.top), (patch.right, patch.bottom), (patch.left, patch.bottom))
    one, two, three, four = (_rotate(patch.angle, *each) for each in sides)
    return (
        (one[0] + left, one[1] + top),
        (two[0] + left, two[1] + top),
        (three[0] + left, three[1] + top),
        (four[0] + left, four[1] + top),
    )
