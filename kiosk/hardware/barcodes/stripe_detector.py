"""Finds patches of parallel stripes in a grey picture and levels them; knows no symbology."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

Grey: TypeAlias = npt.NDArray[np.uint8]
Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.intp]

CELL = 8
"""Pixels along the side of a cell: the structure tensor is averaged over it."""
COHERENT = 0.55
"""How far the gradients of a striped cell agree: 0 not at all, 1 wholly."""
FAINTEST = 6.0
"""Grey levels per pixel, root mean square, below which a cell is taken for flat."""
BINS = 60
"""Of the angle histogram, over half a turn."""
SPREAD = 0.17453
"""Radians, ten degrees, that a cell's angle may be from the peak."""
MARGIN = 0.14
"""Of the patch's length, on either side: the quiet zones have no stripes."""
CROWD = 3
"""Cells on each side that are counted to find the densest place."""
MOST_PATCHES = 3
LEAST_CELLS = 12
FILLED = 0.2
"""The least share of its patch that a label's striped cells cover."""
DENSE = 0.2
"""Of the most cells in a row: with fewer, a row is no part of a patch."""
TALLEST = 260
"""Pixels of a patch along its bars: more of them say the same."""
WIDEST = 1200
"""Pixels of a levelled patch; a smaller one is drawn up to twice its size."""
STRETCHED = 1.5
"""Its greatest stretch along the bars, where nothing is to be told apart."""
SEARCHED = 1_300_000
"""Pixels; of a picture with twice as many, every second would do."""
STRIP = 8
"""Rows of cells that are worked at a time, so that they stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Patch:
    """Stripes that stand upright when the picture is turned by `angle` about its origin."""

    angle: float
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def enlarged(self, factor: int) -> Patch:
        sides = (factor * side for side in (self.left, self.top, self.right, self.bottom))
        return Patch(self.angle, *sides)

    @property
    def middle(self) -> tuple[float, float]:
        """In the frame."""
        across, down = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        return across * cos - down * sin, across * sin + down * cos

    def level(self, picture: Image.Image) -> Levelled:
        """Draws the patch with its quiet zones and stripes upright."""
        margin = MARGIN * (self.right - self.left)
        left, right = self.left - margin, self.right + margin
        across = min(2.0, max(1.0, WIDEST / (right - left)))
        down = min(across, STRETCHED)
        size = (max(1, round((right - left) * across)), max(1, round((self.bottom - self.top) * down)))
        cos, sin = math.cos(self.angle), math.sin(self.angle)
        x, y = left * cos - self.top * sin, left * sin + self.top * cos
        way = (cos / across, -sin / down, x, sin / across, cos / down, y)
        return Levelled(picture.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR), way)


@dataclass(frozen=True, slots=True)
class Levelled:
    picture: Image.Image
    way: tuple[float, float, float, float, float, float]
    """From a pixel of it to one of the frame: x' = a x + b y + c, y' = d x + e y + f."""

    def back(self, x: float, y: float) -> tuple[float, float]:
        a, b, c, d, e, f = self.way
        return a * x + b * y + c, d * x + e * y + f


def find_stripes(picture: Image.Image) -> Iterator[Patch]:
    """Up to three patches, the strongest angle first. A large picture is searched at a part of its size."""
    factor = max(1, round(math.sqrt(picture.width * picture.height / SEARCHED)))
    angles, left = _striped_cells(np.asarray(picture.reduce(factor)))
    for _ in range(MOST_PATCHES):
        angle = _peak(angles, left)
        if angle is None:
            return
        off = np.abs((angles - angle + math.pi / 2) % math.pi - math.pi / 2)
        cells = _connected(left, (off < SPREAD) & (left > 0))
        patch = _patch(cells, _mean_angle(angles[cells], left[cells]))
        left[cells] = 0
        if patch is not None:
            yield patch.enlarged(factor)


def _striped_cells(grey: Grey) -> tuple[Floats, Floats]:
    """Per cell of 8 x 8 pixels the angle of its gradients, and their strength: 0 where they do not agree."""
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
    return np.stack([_averaged(along, along), _averaged(down, down), _averaged(along, down)])


def _averaged(one: Floats, other: Floats) -> Floats:
    rows, columns = one.shape[0] // CELL, one.shape[1] // CELL
    shape = (rows, CELL, columns * CELL)
    sums: Floats = np.einsum("ijk,ijk->ik", one.reshape(shape), other.reshape(shape))
    mean: Floats = sums.reshape(rows, columns, CELL) @ np.full(CELL, 1 / CELL**2, np.float32)
    return mean


def _peak(angles: Floats, weights: Floats) -> float | None:
    """The angle that most of the weight has."""
    bins = ((angles / math.pi + 0.5) * BINS).astype(np.intp) % BINS
    counts = np.bincount(bins.ravel(), weights.ravel(), BINS)
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(np.argmax(smooth))
    return ((best + 0.5) / BINS - 0.5) * math.pi if smooth[best] > 0 else None


def _connected(weights: Floats, mask: Mask) -> tuple[Indices, ...]:
    """The piece of the mask around its densest place; a hole of two cells, such as a wide bar, does not part it."""
    rows, columns = mask.shape
    padded = np.zeros((rows + 2, columns + 2), np.bool_)
    for down in range(3):
        for across in range(3):
            padded[down : down + rows, across : across + columns] |= mask
    padded[0] = padded[-1] = padded[:, 0] = padded[:, -1] = False
    start = int(np.argmax(np.where(mask, _crowded(np.where(mask, weights, np.float32(0))), -1)))
    row, column = divmod(start, columns)
    piece = np.array(_flooded(bytearray(padded.tobytes()), columns + 2, (row + 1) * (columns + 2) + column + 1))
    places = (piece // (columns + 2) - 1, piece % (columns + 2) - 1)
    within = mask[places]
    return places[0][within], places[1][within]


def _crowded(weights: Floats) -> Floats:
    """The weight of the cells around each."""
    raised = np.pad(weights, ((CROWD + 1, CROWD), (CROWD + 1, CROWD))).cumsum(0).cumsum(1)
    side = 2 * CROWD + 1
    around: Floats = raised[side:, side:] - raised[:-side, side:] - raised[side:, :-side] + raised[:-side, :-side]
    return around


def _flooded(dry: bytearray, columns: int, start: int) -> list[int]:
    """All that hangs together with the start. The border has to be empty."""
    dry[start] = 0
    flooded = [start]
    for here in flooded:
        for there in (here - columns, here - 1, here + 1, here + columns):
            if dry[there]:
                dry[there] = 0
                flooded.append(there)
    return flooded


def _mean_angle(angles: Floats, weights: Floats) -> float:
    """Angles repeat after half a turn, so their doubles are averaged."""
    return 0.5 * math.atan2(float(weights @ np.sin(2 * angles)), float(weights @ np.cos(2 * angles)))


def _patch(cells: tuple[Indices, ...], angle: float) -> Patch | None:
    """The dense part of these cells; None where they fill less of it than bars do."""
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
    """Those between the first and the last cell's breadth in which there are many: a label has straight edges."""
    bins = ((places - np.min(places)) / CELL).astype(np.intp)
    counts = np.bincount(bins)
    many = np.nonzero(counts >= DENSE * np.max(counts))[0]
    kept: Mask = (bins >= many[0]) & (bins <= many[-1])
    return kept
