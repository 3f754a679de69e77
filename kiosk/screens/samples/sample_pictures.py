"""Draw camera pictures for the gallery: a book's label with its code found, and a card."""

from __future__ import annotations

import functools
from math import cos, radians, sin

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from kiosk.hardware.viewfinder import Corners, Picture
from kiosk.screens.rendering.glyphs import TEXT_FONT
from kiosk.screens.samples.sample_parts import BOOKS, status

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
    pen.rectangle((_fine_pixels(150), _fine_pixels(-60), _fine_pixels(640), _fine_pixels(396)), BOOK)
    pen.rectangle((_fine_pixels(150), _fine_pixels(-60), _fine_pixels(184), _fine_pixels(396)), SPINE)
    pen.text((_fine_pixels(404), _fine_pixels(44)), title, PAPER, _font(40), "mm")
    pen.rounded_rectangle(
        (_fine_pixels(252), _fine_pixels(118), _fine_pixels(556), _fine_pixels(298)), _fine_pixels(5), PAPER
    )
    pen.text((_fine_pixels(404), _fine_pixels(144)), status(language).library, INK, _font(22), "mm")
    bars = (278.0, 168.0, 530.0, 246.0)
    _bars(pen, bars, "30000000000042")
    pen.text((_fine_pixels(404), _fine_pixels(271)), "3 0000 0000 00042", INK, _font(22), "mm")
    return _photograph(image, bars)


@functools.cache
def _card(language: str) -> Picture:
    """Draw a card that enters from below and is not readable yet."""
    image, pen = _room()
    pen.rounded_rectangle(
        (_fine_pixels(196), _fine_pixels(206), _fine_pixels(612), _fine_pixels(470)), _fine_pixels(22), CARD
    )
    pen.text((_fine_pixels(226), _fine_pixels(246)), status(language).library, INK, _font(28), "lm")
    pen.rectangle((_fine_pixels(222), _fine_pixels(286), _fine_pixels(586), _fine_pixels(392)), PAPER)
    _bars(pen, (250.0, 302.0, 558.0, 392.0), "21000000000017")
    return _photograph(image, None)


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
            pen.rectangle(
                (_fine_pixels(x), _fine_pixels(box[1]), _fine_pixels(x + width * module) - 1, _fine_pixels(box[3])), INK
            )
        x += width * module


def _photograph(image: Image.Image, code: tuple[float, float, float, float] | None) -> Picture:
    """Rotate and blur the picture a little, and scale it to the camera's resolution."""
    turned = image.rotate(TURN, Image.Resampling.BICUBIC, fillcolor=ROOM - 18)
    seen = turned.resize(SIZE, Image.Resampling.LANCZOS).filter(ImageFilter.GaussianBlur(0.8))
    return Picture(*SIZE, seen.tobytes(), _rotate(code) if code else ())


def _rotate(box: tuple[float, float, float, float]) -> Corners:
    left, top, right, bottom = box
    middle, angle = (SIZE[0] / 2, SIZE[1] / 2), radians(-TURN)
    return tuple(
        (
            (middle[0] + (x - middle[0]) * cos(angle) - (y - middle[1]) * sin(angle)) / SIZE[0],
            (middle[1] + (x - middle[0]) * sin(angle) + (y - middle[1]) * cos(angle)) / SIZE[1],
        )
        for x, y in ((left, top), (right, top), (right, bottom), (left, bottom))
    )


def _fine_pixels(share: float) -> int:
    return round(share * FINE)


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(TEXT_FONT), size * FINE)
