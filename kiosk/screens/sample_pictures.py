"""Draw camera pictures for the gallery: a book's label with its code found, and a card."""

from __future__ import annotations

import functools
from math import cos, radians, sin

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from kiosk.hardware.viewfinder import Corners, Picture
from kiosk.screens.glyphs import TEXT_FONT
from kiosk.screens.sample_parts import BOOKS, status

SIZE = (768, 432)
ROOM, BOOK, SPINE, CARD, PAPER, INK = 58, 116, 84, 150, 226, 34
TURN = 4.0
"""Degrees of rotation, because items are never held quite straight."""
FINE = 2
"""Supersampling factor for smooth rotated edges."""


def picture_for(name: str, language: str) -> Picture | None:
    """Return the picture of the sample with that name, the same in every theme; None if it has none."""
    if not name.endswith("-live"):
        return None
    return _card(language) if name.startswith("Identify") else _book(language)


@functools.cache
def _book(language: str) -> Picture:
    """Draw a book with its library label, whose code is found."""
    image, pen = _room()
    title = BOOKS[language][4][0]
    pen.rectangle((_at(150), _at(-60), _at(640), _at(396)), BOOK)
    pen.rectangle((_at(150), _at(-60), _at(184), _at(396)), SPINE)
    pen.text((_at(404), _at(44)), title, PAPER, _font(40), "mm")
    pen.rounded_rectangle((_at(252), _at(118), _at(556), _at(298)), _at(5), PAPER)
    pen.text((_at(404), _at(144)), status(language).library, INK, _font(22), "mm")
    bars = (278.0, 168.0, 530.0, 246.0)
    _bars(pen, bars, "30000000000042")
    pen.text((_at(404), _at(271)), "3 0000 0000 00042", INK, _font(22), "mm")
    return _taken(image, bars)


@functools.cache
def _card(language: str) -> Picture:
    """Draw a card that enters from below and is not readable yet."""
    image, pen = _room()
    pen.rounded_rectangle((_at(196), _at(206), _at(612), _at(470)), _at(22), CARD)
    pen.text((_at(226), _at(246)), status(language).library, INK, _font(28), "lm")
    pen.rectangle((_at(222), _at(286), _at(586), _at(392)), PAPER)
    _bars(pen, (250.0, 302.0, 558.0, 392.0), "21000000000017")
    return _taken(image, None)


def _room() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Draw a background that is darker at the edges, as under a kiosk's lamp."""
    image = Image.radial_gradient("L").resize((SIZE[0] * FINE, SIZE[1] * FINE)).point(lambda far: ROOM + 24 - far // 6)
    return image, ImageDraw.Draw(image)


def _bars(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], digits: str) -> None:
    """Draw bars that no scanner could read."""
    widths = [1 + (int(digit) * 7 + at * 5) % 3 for at, digit in enumerate(digits * 3)] + [1]
    module = (box[2] - box[0]) / sum(widths)
    x = box[0]
    for at, width in enumerate(widths):
        if at % 2 == 0:
            pen.rectangle((_at(x), _at(box[1]), _at(x + width * module) - 1, _at(box[3])), INK)
        x += width * module


def _taken(image: Image.Image, code: tuple[float, float, float, float] | None) -> Picture:
    """Rotate and blur the picture a little, and scale it to the camera's resolution."""
    turned = image.rotate(TURN, Image.Resampling.BICUBIC, fillcolor=ROOM - 18)
    seen = turned.resize(SIZE, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.8))
    return Picture(*SIZE, seen.tobytes(), _turned(code) if code else ())


def _turned(box: tuple[float, float, float, float]) -> Corners:
    left, top, right, bottom = box
    middle, angle = (SIZE[0] / 2, SIZE[1] / 2), radians(-TURN)
    return tuple(
        (
            (middle[0] + (x - middle[0]) * cos(angle) - (y - middle[1]) * sin(angle)) / SIZE[0],
            (middle[1] + (x - middle[0]) * sin(angle) + (y - middle[1]) * cos(angle)) / SIZE[1],
        )
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    )


def _at(share: float) -> int:
    return round(share * FINE)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(TEXT_FONT), size * FINE)
