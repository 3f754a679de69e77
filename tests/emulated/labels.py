"""Draw labels as a camera sees them: any size and angle, blurred, bent or with glare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import segno
from PIL import Image, ImageFilter

from kiosk.hardware.barcodes.model import Frame, Symbology

WIDE = 2.5
"""Narrow bars per wide one, where a symbology has only these two."""
CODABAR = dict(
    zip(
        "0123456789-$:/.+ABCD",
        """0000011 0000110 0001001 1100000 0010010 1000010 0100001 0100100 0110000 1001000
        0001100 0011000 1000101 1010001 1010100 0010101 0011010 0101001 0001011 0001110""".split(),
        strict=True,
    )
)
CODE39 = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%",
        """000110100 100100001 001100001 101100000 000110001 100110000 001110000 000100101 100100100 001100100
        100001001 001001001 101001000 000011001 100011000 001011000 000001101 100001100 001001100 000011100
        100000011 001000011 101000010 000010011 100010010 001010010 000000111 100000110 001000110 000010110
        110000001 011000001 111000000 010010001 110010000 011010000 010000101 110000100 011000100 010010100
        010101000 010100010 010001010 000101010""".split(),
        strict=True,
    )
)
CODE39_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
ITF = "00110 10001 01001 11000 00101 10100 01100 00011 10010 01010".split()
CODE128 = """
    212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222
    123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321
    232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121
    313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224
    111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111
    111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113
    114311 411113 411311 113141 114131 311141 411131 211412 211214 211232""".split()
CODE128_STOP = "2331112"
START_B, START_C = 104, 105
EAN = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split()
EAN_PARITY = "000000 001011 001101 001110 010011 011001 011100 010101 010110 011010".split()


def widths(symbology: Symbology, text: str) -> list[float]:
    """Return the widths of alternating bars and spaces; the text includes its check character."""
    match symbology:
        case Symbology.CODABAR:
            return _spaced(CODABAR[character] for character in f"A{text}B")
        case Symbology.CODE39:
            return _spaced(CODE39[character] for character in f"*{text}*")
        case Symbology.ITF:
            return _itf(text)
        case Symbology.CODE128:
            return [float(width) for value in code128_values(text) for width in CODE128[value]] + [
                float(width) for width in CODE128_STOP
            ]
        case Symbology.EAN13:
            return _runs(_ean13(text))
        case _:
            raise ValueError(f"{symbology} is not drawn in bars here")


def _spaced(characters: Iterable[str]) -> list[float]:
    """Return the widths with a narrow space between characters."""
    return [width for each in characters for width in (*_two(each), 1.0)][:-1]


def _two(flags: str) -> list[float]:
    return [WIDE if flag == "1" else 1.0 for flag in flags]


def _itf(digits: str) -> list[float]:
    pairs = zip(digits[::2], digits[1::2], strict=True)
    inside = [
        flag for bars, spaces in pairs for both in zip(ITF[int(bars)], ITF[int(spaces)], strict=True) for flag in both
    ]
    return _two("0000" + "".join(inside) + "100")


def code128_values(text: str) -> list[int]:
    """Return the code values with start and check: digit pairs for even digits, otherwise single characters."""
    values = (
        [START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
        if text.isdigit() and len(text) % 2 == 0
        else [START_B, *(ord(character) - 32 for character in text)]
    )
    return [*values, (values[0] + sum(at * value for at, value in enumerate(values))) % 103]


def _ean13(digits: str) -> str:
    left = "".join(
        _flipped(EAN[int(digit)]) if parity == "1" else EAN[int(digit)]
        for digit, parity in zip(digits[1:7], EAN_PARITY[int(digits[0])], strict=True)
    )
    right = "".join(_inverse(EAN[int(digit)]) for digit in digits[7:])
    return f"101{left}01010{right}101"


def _inverse(modules: str) -> str:
    return modules.translate(str.maketrans("01", "10"))


def _flipped(modules: str) -> str:
    """Return the even-parity pattern: the right-hand pattern reversed."""
    return _inverse(modules)[::-1]


def _runs(modules: str) -> list[float]:
    runs: list[float] = []
    for at, module in enumerate(modules):
        if at and module == modules[at - 1]:
            runs[-1] += 1
        else:
            runs.append(1.0)
    return runs


def with_luhn(digits: str) -> str:
    """Append the Luhn check digit of library labels."""
    doubled = (int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(digits)))
    return digits + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def with_ean(digits: str) -> str:
    return digits + str(-sum(int(digit) * (1 + 2 * (at % 2)) for at, digit in enumerate(digits)) % 10)


def with_mod43(text: str) -> str:
    return text + CODE39_VALUES[sum(map(CODE39_VALUES.index, text)) % 43]


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
