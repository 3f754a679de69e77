"""Render bits, bar codes and QR codes in black on white, as an ESC/POS printer does."""

from __future__ import annotations

import barcode
import segno
from PIL import Image

SYMBOLOGIES = {
    2: "ean13",
    3: "ean8",
    4: "code39",
    5: "itf",
    67: "ean13",
    68: "ean8",
    69: "code39",
    70: "itf",
    73: "code128",
}
"""Symbologies by the m of GS k: up to 6 the data ends with NUL, from 65 on its length precedes it."""


def bars(kind: int, data: bytes, module: int, height: int) -> Image.Image:
    """Draw a barcode in mode `1`, without a quiet zone; raise ValueError for invalid data."""
    text = data.decode("ascii")
    name = SYMBOLOGIES[kind]
    if name == "code128":
        text = text.removeprefix("{B")
    options = {"add_checksum": False} if name == "code39" else {}
    (row,) = barcode.get_barcode_class(name)(text, **options).build()
    plain = Image.new("1", (len(row), 1), 1)
    plain.putdata([0 if sign == "1" else 255 for sign in row])
    return scaled(plain, module, height)


def matrix(content: bytes, level: str, module: int) -> Image.Image:
    """Draw a QR code without a quiet zone."""
    code = segno.make(content, error=level, micro=False, boost_error=False)
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix]
    plain = Image.frombytes("L", (len(rows), len(rows)), b"".join(rows))
    return scaled(plain.convert("1"), module, module)


def bits(data: bytes, across: int, down: int) -> Image.Image:
    """Return a picture in which each set bit is black."""
    return Image.frombytes("1", (across, down), bytes(255 - byte for byte in data))


def scaled(picture: Image.Image, wide: int, high: int) -> Image.Image:
    return picture.resize((picture.width * wide, picture.height * high), Image.Resampling.NEAREST)
