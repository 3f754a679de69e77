"""Draw generated book covers with Pillow, by the rules of lending.cover_design."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from math import ceil
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps, ImageStat

from kiosk.screens.rendering.bitmap_shapes import OVER, rounded_rectangle
from kiosk.screens.rendering.display_list import Corners
from kiosk.screens.rendering.text_layout import is_chinese
from lending.colours import rgb
from lending.cover_design import INK, LEAF, CoverFigure, CoverLayout, CoverRule, cover_rule
from lending.cover_store import CoverStore

NO_WORDS_BELOW = 116
"""Minimum width in pixels of a cover with text."""
BAND_FROM = 0.62
"""Share of the height at which a band begins, below the text."""
TITLE_SIZES = (56, 48, 40, 34, 30, 27, 24, 21)


def cover_picture(subject: str, title: str, size: tuple[int, int], corners: Corners, font: Path) -> Image.Image:
    """Return the cover of a title in full colour, with text if it is large enough."""
    w, h = size
    rule = cover_rule(subject, title)
    art = Image.new("RGB", (w * OVER, h * OVER), rgb(rule.field))
    ImageDraw.Draw(art).rectangle((0, round(h * BAND_FROM) * OVER, w * OVER, h * OVER), fill=rgb(rule.band))
    binding = max(round(w * 0.07), 3)
    words = None if is_chinese(title) or w < NO_WORDS_BELOW else _latin_title(title, size, binding, font)
    _draw_figure(art, rule, below=_figure_from(rule, words, h))
    picture = art.reduce(OVER)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, binding - 1, h), fill=rgb(rule.binding))
    if is_chinese(title):
        _slip(draw, title, (w, h), binding, font)
    elif words is not None:
        words.draw(draw, rule.word)
    picture.putalpha(cover_outline(w, h, corners))
    return picture


@lru_cache(maxsize=8)
def cover_outline(w: int, h: int, corners: Corners) -> Image.Image:
    """Return the alpha mask of the cover's outline, the same for all covers of a row."""
    radius = max(round(w * 0.02), 2)
    mask = Image.new("L", (w * OVER, h * OVER), 0)
    rounded_rectangle(ImageDraw.Draw(mask), (0, 0, w * OVER - 1, h * OVER - 1), radius * OVER, corners, 255)
    return mask.reduce(OVER)


def _figure_from(rule: CoverRule, words: _Words | None, height: int) -> float:
    """Return where a figure may begin, as a share of the height: below the text, and within a band."""
    if rule.layout is CoverLayout.BANDED:
        return BAND_FROM + 0.02
    return max(0.40, words.bottom / height + 0.03) if words else 0.30


def _draw_figure(art: Image.Image, rule: CoverRule, below: float) -> None:
    """Draw the figure of the class in the lower part; size, side and bleed depend on the title."""
    layer = Image.new("L", art.size, 0)
    draw = ImageDraw.Draw(layer)
    w, h = art.size
    left, top = w * 0.07, h * below
    room = min(w - left, h - top)
    high = (0.95 * h - top, (h - top) / 0.88, h - top)[rule.bleed]
    side = min(room * 0.86 * rule.scale, high, (w - left) * 1.1)
    bleed = side * (0.0, 0.12, 0.24)[rule.bleed]
    x = w - side + bleed - w * (0.06 if not rule.bleed else 0)
    y = h - side + (bleed if rule.bleed == 1 else 0) - h * (0.05 if not rule.bleed else 0)
    _FIGURES[rule.figure](draw, x, y, side, (w, h))
    if rule.mirrored and rule.figure not in (CoverFigure.VERSE, CoverFigure.HORIZON):
        shifted = layer.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        layer = ImageChops.offset(shifted, round(left), 0)
    ImageDraw.Draw(layer).rectangle((0, 0, left, h), fill=0)
    if (drawn := layer.getbbox()) is not None:
        art.paste(rgb(rule.shade), drawn, layer.crop(drawn))


def _dots(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, _all: tuple[int, int]) -> None:
    r = s * 0.105
    for row in range(3):
        for column in range(3):
            cx, cy = x + s * (0.17 + 0.33 * column), y + s * (0.17 + 0.33 * row)
            draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=255)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, _all: tuple[int, int]) -> None:
    draw.ellipse((x, y, x + s, y + s), fill=255)


def _arch(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, whole: tuple[int, int]) -> None:
    w = s * 0.82
    draw.ellipse((x + s - w, y, x + s, y + w), fill=255)
    draw.rectangle((x + s - w, y + w / 2, x + s, whole[1]), fill=255)


def _bars(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, whole: tuple[int, int]) -> None:
    for number, height in enumerate((0.42, 0.66, 0.54, 0.94, 0.8)):
        left = x + s * 0.2 * number
        draw.rectangle((left, whole[1] - s * height, left + s * 0.13, whole[1]), fill=255)


def _halves(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, _all: tuple[int, int]) -> None:
    draw.pieslice((x - s * 0.04, y, x + s * 0.96, y + s), 90, 270, fill=255)
    draw.pieslice((x + s * 0.04, y, x + s * 1.04, y + s), -90, 90, fill=255)


def _rings(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, _all: tuple[int, int]) -> None:
    cx, cy = x + s / 2, y + s / 2
    for outer, inner in ((0.5, 0.41), (0.33, 0.24), (0.14, 0.0)):
        draw.ellipse((cx - s * outer, cy - s * outer, cx + s * outer, cy + s * outer), fill=255)
        draw.ellipse((cx - s * inner, cy - s * inner, cx + s * inner, cy + s * inner), fill=0)


def _stairs(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, whole: tuple[int, int]) -> None:
    for step in range(4):
        left = x + s * 0.25 * step
        draw.rectangle((left, whole[1] - s * 0.25 * (step + 1), whole[0], whole[1]), fill=255)


def _quarter(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, whole: tuple[int, int]) -> None:
    draw.ellipse((whole[0] - s, whole[1] - s, whole[0] + s, whole[1] + s), fill=255)


def _verse(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, _all: tuple[int, int]) -> None:
    for number, length in enumerate((1.0, 0.72, 0.9, 0.46, 0.8, 0.6)):
        top = y + s * (0.06 + 0.165 * number)
        draw.rectangle((x, top, x + s * length, top + s * 0.055), fill=255)


def _horizon(draw: ImageDraw.ImageDraw, x: float, y: float, s: float, whole: tuple[int, int]) -> None:
    cx, middle = x + s / 2, whole[1] - s * 0.42
    draw.pieslice((cx - s * 0.36, middle - s * 0.36, cx + s * 0.36, middle + s * 0.36), 180, 360, fill=255)
    for number in range(3):
        top = middle + s * (0.06 + 0.14 * number)
        draw.rectangle((x, top, whole[0], top + s * 0.07), fill=255)


_FIGURES = {
    CoverFigure.DOTS: _dots,
    CoverFigure.DISC: _disc,
    CoverFigure.ARCH: _arch,
    CoverFigure.BARS: _bars,
    CoverFigure.HALVES: _halves,
    CoverFigure.RINGS: _rings,
    CoverFigure.STAIRS: _stairs,
    CoverFigure.QUARTER: _quarter,
    CoverFigure.VERSE: _verse,
    CoverFigure.HORIZON: _horizon,
}


def _slip(draw: ImageDraw.ImageDraw, title: str, size: tuple[int, int], binding: int, font: Path) -> None:
    """Draw the title slip of a Chinese cover: vertical, columns from right to left; blank on a small cover."""
    w, h = size
    x, y = binding + round(w * 0.09), round(h * 0.07)
    if w < NO_WORDS_BELOW:
        draw.rectangle((x, y, x + max(round(w * 0.20), 5), y + round(h * 0.46)), fill=rgb(LEAF))
        return
    chars = [char for char in title if not char.isspace()][:18]
    columns = ceil(len(chars) / 6)
    rows = ceil(len(chars) / columns)
    em = round(min((w - x - binding) / (columns * 1.15 + 0.5), h * 0.72 / (rows * 1.16 + 0.4), 64))
    face = ImageFont.truetype(str(font), em)
    wide, high = round(em * (columns * 1.15 + 0.42)), round(em * (rows * 1.16 + 0.45))
    draw.rectangle((x, y, x + wide, y + high), fill=rgb(LEAF), outline=rgb(INK), width=2)
    for number, char in enumerate(chars):
        column, row = divmod(number, rows)
        cx = x + wide - em * (0.21 + 1.15 * (column + 0.5))
        cy = y + em * (0.22 + 1.16 * (row + 0.5))
        draw.text((cx, cy), char, fill=rgb(INK), font=face, anchor="mm")


@dataclass(frozen=True, slots=True)
class _Words:
    """A title broken into lines, with its position on the cover."""

    lines: tuple[str, ...]
    at: tuple[int, float]
    em: int
    font: Path

    @property
    def bottom(self) -> float:
        return self.at[1] + len(self.lines) * self.em * 1.2

    def draw(self, draw: ImageDraw.ImageDraw, colour: str) -> None:
        face = ImageFont.truetype(str(self.font), self.em)
        for number, line in enumerate(self.lines):
            draw.text((self.at[0], self.at[1] + number * self.em * 1.2), line, fill=rgb(colour), font=face)


def _latin_title(title: str, size: tuple[int, int], binding: int, font: Path) -> _Words:
    """Lay out the title at the top left, in the largest size that fits the width and 46 % of the height."""
    w, h = size
    x, room = binding + round(w * 0.075), w - binding - round(w * 0.13)
    lines, em = _fit_title(title, font, room, h * 0.46)
    return _Words(tuple(lines), (x, h * 0.05), em, font)


def _fit_title(title: str, font: Path, room: float, height: float) -> tuple[list[str], int]:
    """Return the title in lines of the largest size that fits, and the size; cut if even the smallest does not fit."""
    lines: list[str] = []
    em = TITLE_SIZES[-1]
    for em in TITLE_SIZES:
        lines = _lines(title, ImageFont.truetype(str(font), em), room)
        if lines and len(lines) * em * 1.2 <= height:
            return lines, em
    lines = lines or [title]
    most = max(int(height / (em * 1.2)), 1)
    face = ImageFont.truetype(str(font), em)
    shown = lines[:most]
    while len(lines) > most or face.getlength(shown[-1]) > room:
        shown[-1] = shown[-1].rstrip("…")[:-1].rstrip() + "…"
        if face.getlength(shown[-1]) <= room:
            break
    return shown, em


def _lines(title: str, face: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """Break the words into lines; return an empty list if a single word is too wide."""
    lines: list[str] = []
    for word in title.split():
        if face.getlength(word) > room:
            return []
        if lines and face.getlength(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


MOST_CUT = 0.18
"""Share of the width or height that may be cut off so that the picture fills its box; beyond that it is shown whole."""
EDGE = 56
"""Opacity of 255 of the line around a picture, without which a white cover would have no edge on the paper."""


class CoverPictures:
    """The pictures of a store; `missing` is called, from any thread, for one that is not stored or is damaged."""

    def __init__(self, store: CoverStore, missing: Callable[[str], None]) -> None:
        self._store = store
        self._missing = missing
        self._decoder = ThreadPoolExecutor(1, "covers")

    def has(self, mark: str) -> bool:
        """Return whether the picture is stored."""
        found = self._store.has(mark)
        if not found:
            self._missing(mark)
        return found

    def request(self, mark: str, size: tuple[int, int], corners: Corners) -> Future[Image.Image | None]:
        """Decode the picture for a box of this size in pixels; the result is None if it is damaged."""
        return self._decoder.submit(self._decode, mark, size, corners)

    def _decode(self, mark: str, size: tuple[int, int], corners: Corners) -> Image.Image | None:
        data = self._store.read(mark)
        try:
            if data is not None:
                picture = decode(data, size, corners)
                self._store.use(mark)
                return picture
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            with contextlib.suppress(OSError):
                self._store.drop(mark)
        self._missing(mark)
        return None


def decode(data: bytes, size: tuple[int, int], corners: Corners) -> Image.Image:
    """Return the picture at this size, with rounded corners. Raises OSError, ValueError, SyntaxError."""
    with Image.open(BytesIO(data), formats=("WEBP",)) as found:
        picture = _fit_to_box(found.convert("RGB"), size)
    ImageDraw.Draw(picture, "RGBA").rectangle((0, 0, size[0] - 1, size[1] - 1), outline=(*rgb(INK), EDGE))
    picture.putalpha(cover_outline(*size, corners))
    return picture


def _fit_to_box(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Fill the box if little is cut off, otherwise show the whole picture on its mean colour."""
    shapes = picture.width / picture.height, size[0] / size[1]
    if 1 - min(shapes) / max(shapes) <= MOST_CUT:
        return ImageOps.fit(picture, size, Image.Resampling.BICUBIC)
    red, green, blue = (round(each) for each in ImageStat.Stat(picture).mean)
    return ImageOps.pad(picture, size, Image.Resampling.BICUBIC, color=(red, green, blue), centering=(0.5, 1.0))
