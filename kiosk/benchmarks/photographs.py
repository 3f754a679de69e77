"""Read photographs of barcodes with their expected texts, and derive the frames of a shaking hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kiosk.hardware.barcodes.model import Frame, Symbology

NOTHING = "none"
"""Folder of pictures in which no code may be read."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"})
SHAKEN = 8
"""Frames per photograph: half a second."""
TURN, SCALE, SHIFT, LIGHT, NOISE = 2.0, 0.03, 4.0, 0.10, 3.0
"""Maximum shake: degrees, share of the size, pixels, share of the brightness; noise's sigma in grey levels."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph and the text that it must yield."""

    path: Path
    symbology: Symbology | None
    """None if there is no barcode."""
    text: str
    turn: float = 0.0
    """Degrees by which the picture is turned, counter-clockwise."""

    def picture(self) -> Image.Image:
        """Return a grey image: transparent areas on white, a turned one on its median grey."""
        picture = self._upright()
        if not self.turn:
            return picture
        ground = int(np.median(np.asarray(picture)))
        return picture.rotate(self.turn, Image.Resampling.BILINEAR, expand=True, fillcolor=ground)

    def _upright(self) -> Image.Image:
        with Image.open(self.path) as opened:
            picture: Image.Image = opened
            if "transparency" in picture.info or picture.mode in ("RGBA", "LA"):
                picture = picture.convert("RGBA")
                picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
            return picture.convert("L")


def read_folder(folder: Path) -> list[Photograph]:
    """Read FOLDER/SYMBOLOGY/NAME.png with NAME.txt. Raises ValueError that names what is wrong."""
    names = [*Symbology, NOTHING]
    found = [name for name in names if (folder / name).is_dir()]
    if not found:
        raise ValueError(f"{folder} has none of the folders {', '.join(names)}")
    photographs = [each for name in found for each in _photographs(folder / name)]
    if not photographs:
        raise ValueError(f"{folder} has no pictures")
    return photographs


def _photographs(folder: Path) -> Iterator[Photograph]:
    symbology = None if folder.name == NOTHING else Symbology(folder.name)
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in PICTURES:
            continue
        words = path.with_suffix(".txt")
        if symbology is not None and not words.exists():
            raise ValueError(f"{words} is missing: it should hold the text of {path.name}")
        yield Photograph(path, symbology, "" if symbology is None else plain(_read(words)))


def _read(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def plain(text: str) -> str:
    """Normalise a text for comparison: line ends, and white space at the end."""
    return text.replace("\r\n", "\n").rstrip()


def frame(picture: Image.Image) -> Frame:
    """Return a grey image as a frame."""
    return Frame(picture.width, picture.height, picture.width, picture.tobytes())


def shaken(picture: Image.Image, seed: int) -> Iterator[Image.Image]:
    """Yield frames that depend on the seed only. Pixels beyond the edge repeat the edge."""
    chance = np.random.default_rng(seed)
    pixels = np.asarray(picture)
    pad = round(0.05 * max(picture.size) + SHIFT)
    padded = Image.fromarray(np.pad(pixels, pad, mode="edge"))
    for _ in range(SHAKEN):
        moved = _shake(padded, pad, picture.size, chance)
        light = 1 + chance.uniform(-LIGHT, LIGHT)
        noisy = np.asarray(moved, np.float32) * light + chance.normal(0, NOISE, pixels.shape)
        yield Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _shake(padded: Image.Image, pad: int, size: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    turn = np.radians(chance.uniform(-TURN, TURN))
    scale = 1 + chance.uniform(-SCALE, SCALE)
    x, y = size[0] / 2, size[1] / 2
    across, down = np.cos(turn) / scale, np.sin(turn) / scale
    left = pad + x + chance.uniform(-SHIFT, SHIFT) - across * x + down * y
    top = pad + y + chance.uniform(-SHIFT, SHIFT) - down * x - across * y
    way = (across, -down, left, down, across, top)
    return padded.transform(size, Image.Transform.AFFINE, way, Image.Resampling.BILINEAR)


def fit_into(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the whole picture centred in a frame of this size, on grey."""
    factor = min(size[0] / picture.width, size[1] / picture.height)
    small = picture.resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))))
    whole = Image.new("L", size, 128)
    whole.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    return whole


def covering(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the centre of the picture, scaled to fill a frame of this size."""
    factor = max(size[0] / picture.width, size[1] / picture.height)
    large = picture.resize((max(size[0], round(picture.width * factor)), max(size[1], round(picture.height * factor))))
    left, top = (large.width - size[0]) // 2, (large.height - size[1]) // 2
    return large.crop((left, top, left + size[0], top + size[1]))
