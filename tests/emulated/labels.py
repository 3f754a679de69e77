"""Draw labels as a camera sees them: any size and angle, blurred, bent or with glare."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageFilter

from kiosk.hardware.barcodes.model import Frame, Symbology
from tests.emulated.symbology_bars import widths, with_ean, with_luhn

Floats: TypeAlias = npt.NDArray[np.float64]
QUIET = 10.0
"""Modules of white paper on either side of the bars."""
INK, PAPER, TABLE = 25.0, 225.0, 120.0
"""Grey levels."""


@dataclass(frozen=True, slots=True)
class Label:
    symbology: Symbology
    text: str
    height: float = 40.0
    """Height of the bars in modules."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Position and orientation of a label in the frame."""

    x: float
    y: float
    module: float = 2.5
    """Pixels of a narrow bar."""
    angle: float = 0.0
    """Degrees, in the plane of the picture."""
    tilt: float = 0.0
    """Rotation about the short side in degrees; distant bars are narrower."""
    bend: float = 0.0
    """Radius of the book's back in modules; 0 is flat."""
    contrast: float = 1.0
    glare: float = 0.0
    """0 to 1: a bright spot over a part of the bars."""
    scratches: int = 0


@dataclass(frozen=True, slots=True)
class Air:
    """Optical conditions between label and picture."""

    blur: float = 0.6
    """Sigma in pixels; even a sharp lens has 0.6."""
    motion: float = 0.0
    """Motion blur in pixels."""
    way: float = 0.0
    """Direction of the motion in degrees."""
    noise: float = 2.0
    """Sigma in grey levels."""
    light: float = 1.0


def draw(placed: Sequence[tuple[Label, Pose]], size: tuple[int, int], seed: int, air: Air | None = None) -> Frame:
    """Draw a frame of (width, height) pixels; the same seed gives the same picture."""
    air = air or Air()
    chance = np.random.default_rng(seed)
    picture = np.full((size[1], size[0]), TABLE)
    for label, pose in placed:
        _lay(picture, label, pose, chance)
    blurred = _moved(_blurred(picture, air.blur), air) * air.light
    noisy = np.clip(blurred + chance.normal(0.0, air.noise, blurred.shape), 0, 255).astype(np.uint8)
    return Frame(size[0], size[1], size[0], noisy.tobytes())


def picture(frame: Frame) -> Image.Image:
    return Image.frombytes("L", (frame.width, frame.height), bytes(frame.luma))


def _lay(picture: Floats, label: Label, pose: Pose, chance: np.random.Generator) -> None:
    """Draw a label; each pixel is the mean of the section it covers, so bars may fall between pixels."""
    length, height = extent(label)
    reach = pose.module * math.hypot(length / 2 + QUIET, height / 2 + QUIET)
    top, left = (max(0, math.floor(each - reach)) for each in (pose.y, pose.x))
    part = picture[top : math.ceil(pose.y + reach), left : math.ceil(pose.x + reach)]
    y, x = np.mgrid[top : top + part.shape[0], left : left + part.shape[1]].astype(float)
    turn = math.radians(pose.angle)
    x, y = x - pose.x, y - pose.y
    along = (x * math.cos(turn) + y * math.sin(turn)) / pose.module
    down = (y * math.cos(turn) - x * math.sin(turn)) / pose.module
    along, down, shrunk = _in_space(along, down, pose)
    ink = _ink(label, along, down, shrunk / pose.module)
    on_paper = (np.abs(along) < length / 2 + QUIET) & (np.abs(down) < height / 2 + QUIET / 2)
    shade = PAPER - pose.contrast * (PAPER - INK) * ink
    shade = _scratched(shade, along, down, pose, chance, length)
    shade = shade + 255 * pose.glare * _spot(along, down, chance, length, height)
    part[on_paper] = shade[on_paper]


def extent(label: Label) -> tuple[float, float]:
    """Return the printed length and height in modules."""
    if label.symbology is Symbology.QR:
        side = float(len(_matrix(label.text)))
        return side, side
    return sum(widths(label.symbology, label.text)), label.height


def _matrix(text: str) -> Floats:
    return np.array([list(row) for row in segno.make_qr(text, error="m").matrix], float)


def _in_space(along: Floats, down: Floats, pose: Pose) -> tuple[Floats, Floats, Floats | float]:
    """Return the coordinates on a tilted or bent label, and the local foreshortening."""
    if pose.bend:
        sine = np.clip(along / pose.bend, -0.999, 0.999)
        return pose.bend * np.arcsin(sine), down, 1 / np.sqrt(1 - sine * sine)
    if not pose.tilt:
        return along, down, 1.0
    # Seen from 600 modules away: 15 cm at 0.25 mm.
    tilt, far = math.radians(pose.tilt), 600.0
    depth = math.cos(tilt) - along * math.sin(tilt) / far
    real = along / depth
    return real, down * (1 + real * math.sin(tilt) / far), math.cos(tilt) / (depth * depth)


def _ink(label: Label, along: Floats, down: Floats, breadth: Floats | float) -> Floats:
    """Return the share of ink: 0 on paper, 1 on a bar."""
    if label.symbology is Symbology.QR:
        matrix = _matrix(label.text)
        side = len(matrix)
        column, row = (np.floor(each + side / 2).astype(int) for each in (along, down))
        inside = (column >= 0) & (row >= 0) & (column < side) & (row < side)
        return np.where(inside, matrix[row % side, column % side], 0.0)
    edges = np.concatenate([[0.0], np.cumsum(widths(label.symbology, label.text))])
    bars = np.arange(len(edges) - 1) % 2 == 0
    inked = np.concatenate([[0.0], np.cumsum(np.diff(edges) * bars)])
    middle = along + edges[-1] / 2
    upper, lower = np.interp(middle + breadth / 2, edges, inked), np.interp(middle - breadth / 2, edges, inked)
    return np.where(np.abs(down) < label.height / 2, (upper - lower) / breadth, 0.0)


def _scratched(
    shade: Floats, along: Floats, down: Floats, pose: Pose, chance: np.random.Generator, length: float
) -> Floats:
    for _ in range(pose.scratches):
        slope, offset = chance.uniform(-2, 2), chance.uniform(-length / 2, length / 2)
        shade = np.where(np.abs(along - offset - slope * down) < chance.uniform(0.3, 1.0), PAPER, shade)
    return shade


def _spot(along: Floats, down: Floats, chance: np.random.Generator, length: float, height: float) -> Floats:
    x, y = chance.uniform(-length / 2, length / 2), chance.uniform(-height / 2, height / 2)
    spot: Floats = np.exp(-((along - x) ** 2 + (down - y) ** 2) / (2 * (height / 4) ** 2))
    return spot


def _blurred(picture: Floats, sigma: float) -> Floats:
    return np.asarray(
        Image.fromarray(picture.astype(np.float32)).convert("L").filter(ImageFilter.GaussianBlur(sigma)), float
    )


def _moved(picture: Floats, air: Air) -> Floats:
    steps = max(1, math.ceil(2 * air.motion))
    if steps == 1:
        return picture
    moved = np.zeros_like(picture)
    for step in range(steps):
        far = air.motion * (step / (steps - 1) - 0.5)
        x, y = (round(far * turn(math.radians(air.way))) for turn in (math.cos, math.sin))
        moved += np.roll(picture, (y, x), (0, 1))
    return moved / steps


@dataclass(frozen=True, slots=True)
class Trial:
    """A label and the camera frames of it."""

    label: Label
    frames: tuple[Frame, ...]


HARD = (Symbology.CODABAR, Symbology.CODE39, Symbology.CODE128, Symbology.ITF, Symbology.EAN13)


def stress(count: int, seed: int, frames: int = 1) -> Iterator[Trial]:
    """Yield hard labels: small, blurred, moved, tilted or scratched. Most are unreadable; none may be misread.

    The symbologies alternate in the order of `HARD`.
    """
    for number in range(count):
        chance = np.random.default_rng([seed, number])
        label = any_label(HARD[number % len(HARD)], chance)
        pose, air = _hardship(chance)
        yield Trial(label, tuple(_shaken(label, pose, air, chance) for _ in range(frames)))


def any_label(symbology: Symbology, chance: np.random.Generator) -> Label:
    """Return a library label: 14 digits starting with 3, with a check digit; LB and 8 digits in Code 39/128."""
    digits = "".join(map(str, chance.integers(0, 10, 12)))
    height = float(chance.uniform(20, 60))
    match symbology:
        case Symbology.EAN13:
            return Label(symbology, with_ean("978" + digits[:9]), height)
        case Symbology.CODE39 | Symbology.CODE128:
            return Label(symbology, "LB" + digits[:8], height)
        case _:
            return Label(symbology, with_luhn("3" + digits), height)


def _hardship(chance: np.random.Generator) -> tuple[Pose, Air]:
    def now_and_then(share: float, low: float, high: float) -> float:
        return float(chance.uniform(low, high)) if chance.random() < share else 0.0

    pose = Pose(
        x=0,
        y=0,
        module=float(chance.uniform(1.4, 3.0)),
        angle=now_and_then(0.3, 0, 180) or float(chance.uniform(-15, 15)),
        tilt=now_and_then(0.5, -45, 45),
        bend=now_and_then(0.2, 120, 300),
        contrast=float(chance.uniform(0.4, 1.0)),
        glare=now_and_then(0.4, 0.2, 1.0),
        scratches=int(now_and_then(0.3, 1, 7)),
    )
    air = Air(
        blur=float(chance.uniform(0.6, 1.8)),
        motion=now_and_then(0.4, 1, 4),
        way=float(chance.uniform(0, 180)),
        noise=float(chance.uniform(1, 10)),
        light=float(chance.uniform(0.5, 1.1)),
    )
    return pose, air


def _shaken(label: Label, pose: Pose, air: Air, chance: np.random.Generator) -> Frame:
    """Draw a frame with a small random hand movement."""
    length, height = extent(label)
    turn = math.radians(pose.angle)
    reach = [abs(math.cos(turn)), abs(math.sin(turn))]
    long, high = pose.module * (length + 4 * QUIET), pose.module * (height + 4 * QUIET)
    size = (math.ceil(long * reach[0] + high * reach[1]), math.ceil(long * reach[1] + high * reach[0]))
    held = replace(
        pose,
        x=size[0] / 2 + chance.uniform(-2, 2),
        y=size[1] / 2 + chance.uniform(-2, 2),
        angle=pose.angle + chance.uniform(-2, 2),
        module=pose.module * chance.uniform(0.97, 1.03),
    )
    return draw([(label, held)], size, int(chance.integers(2**31)), air)
