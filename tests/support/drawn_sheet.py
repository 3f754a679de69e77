"""Render a sheet as a camera sees it: surfaces and codes without text, and without a window."""

from __future__ import annotations

import hashlib

from PIL import Image, ImageDraw
from pyzbar.pyzbar import decode

from kiosk.screens.rendering.bitmap_shapes import code_picture
from kiosk.screens.rendering.display_list import Code, Fill, Sheet

_codes: dict[tuple[tuple[int, int], bytes], tuple[str, ...]] = {}


def codes(picture: Image.Image) -> tuple[str, ...]:
    """Read the codes in a picture; two that are the same, such as those of two languages, are read once."""
    key = picture.size, hashlib.sha256(picture.tobytes()).digest()
    if key not in _codes:
        _codes[key] = tuple(each.data.decode() for each in decode(picture))
    return _codes[key]


def render(marks: Sheet, size: tuple[int, int], paper: int = 255) -> Image.Image:
    """Render the marks in grey; `paper` is the background shade."""
    picture = Image.new("L", size, paper)
    pen = ImageDraw.Draw(picture)
    for mark in marks:
        if isinstance(mark, Fill):
            shade = sum(int(mark.colour[at : at + 2], 16) for at in (1, 3, 5)) // 3
            pen.rectangle((mark.box.x, mark.box.y, mark.box.right - 1, mark.box.bottom - 1), shade)
        elif isinstance(mark, Code):
            shown = code_picture(mark.rows).resize((int(mark.box.w), int(mark.box.h)), Image.Resampling.NEAREST)
            picture.paste(shown, (int(mark.box.x), int(mark.box.y)))
    return picture
