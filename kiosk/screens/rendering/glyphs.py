"""Rasterise and measure text and icons in the kiosk's fonts, with a cache that can be cleared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kiosk.screens.rendering.theme import CAP_HEIGHT

TEXT_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""WenQuanYi Micro Hei (Debian: fonts-wqy-microhei): Chinese, Latin and Mongolian Cyrillic in one font."""
MONGOL_FONT = Path(__file__).parent / "fonts" / "noto-sans-mongolian.ttf"
"""Traditional Mongolian script with joined letters, shaped by Raqm."""
MONGOL = re.compile("([\u1800-\u18af](?:[\u1800-\u18af\u202f ]*[\u1800-\u18af])?)")
LATIN = re.compile("((?<= )[“‘]+|[“‘]+(?=[!-ӿ€])|(?<=[!-ӿ€–])(?:…[”’]*|[”’]+)|[”’]+(?= ))")
"""Quotation marks and ellipses next to a Latin or Cyrillic letter or a space.

The font draws them as wide as a Chinese character.
"""
BEARING = 0.05
"""Free space left and right of such a mark, in em."""
COLUMN = 1.34
"""Width of a column, in em."""
SIDE = 3
"""Pixels left free at both sides of a line, because some letters extend beyond their advance width."""
RISE = 1.0
FALL = 0.30
"""Room above and below the baseline, in em: more than any letter needs."""


class FontMissing(Exception):
    """A font of the kiosk is not installed. `args[0]` names the file and how to install it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Text drawn in one call. `shift`: offset from the pen, `width`: advance, both in pixels."""

    text: str
    face: ImageFont.FreeTypeFont
    width: float
    shift: float = 0.0


def _run(text: str, face: ImageFont.FreeTypeFont) -> _Run:
    return _Run(text, face, face.getlength(text))


def _mark(mark: str, face: ImageFont.FreeTypeFont, bearing: float) -> _Run:
    """Return a quotation mark as narrow as its ink, or three dots on the baseline."""
    if mark == "…":
        return _run("...", face)
    ink, (left, _) = face.getmask2(mark)
    first, _, last, _ = ink.getbbox()
    return _Run(mark, face, last - first + 2 * bearing, bearing - left - first)


class Glyphs:
    """Measures and draws text; caches widths until `forget`."""

    def __init__(self, font: Path = TEXT_FONT) -> None:
        """Load the text font.

        Raises:
            FontMissing: the font file is not installed.
        """
        if not font.exists():
            raise FontMissing(f"{font} is missing: scripts/setup installs it (Debian's package fonts-wqy-microhei)")
        self._widths: dict[tuple[str, int], int] = {}
        self._faces: dict[tuple[Path, int], ImageFont.FreeTypeFont] = {}

    def width(self, text: str, size: int) -> int:
        """Return the width in pixels of one line at this font size."""
        known = self._widths.get((text, size))
        if known is None:
            known = self._widths[text, size] = ceil(sum(run.width for run in self._runs(text, size)))
        return known

    def word(self, text: str, size: int) -> Image.Image:
        """Return one line of text as an alpha mask.

        It has `SIDE` pixels free at both sides; the baseline is `RISE` em from the top.
        """
        return self._rasterise(text, size, RISE + FALL)

    def column(self, text: str, size: int) -> Image.Image:
        """Return vertical text for the traditional Mongolian script; letters of other scripts are rotated."""
        return self._rasterise(text, size, COLUMN).transpose(Image.Transpose.ROTATE_270)

    def _rasterise(self, text: str, size: int, height: float) -> Image.Image:
        mask = Image.new("L", (self.width(text, size) + 2 * SIDE, round(height * size)), 0)
        pen, x = ImageDraw.Draw(mask), float(SIDE)
        for run in self._runs(text, size):
            pen.text((x + run.shift, round(RISE * size)), run.text, fill=255, font=run.face, anchor="ls")
            x += run.width
        return mask

    def _runs(self, text: str, size: int) -> Iterator[_Run]:
        """Split the text into runs of one script each."""
        for script in filter(None, MONGOL.split(text)):
            if MONGOL.match(script):
                yield _run(script, self._face(MONGOL_FONT, size))
                continue
            for number, part in enumerate(LATIN.split(script)):
                face = self._face(TEXT_FONT, size)
                if number % 2:
                    yield from (_mark(each, face, BEARING * size) for each in part)
                elif part:
                    yield _run(part, face)

    def icon(self, name: str, side: int) -> Image.Image:
        """Return an icon as an alpha mask of `side` pixels."""
        mask = Image.new("L", (side, side), 0)
        face = self._face(ICON_FONT, side)
        ImageDraw.Draw(mask).text((side / 2, side / 2), ICONS[name], fill=255, font=face, anchor="mm")
        return mask

    def forget(self) -> None:
        """Clear the cache, because measured texts may include patrons' names or titles."""
        self._widths.clear()

    def _face(self, font: Path, size: int) -> ImageFont.FreeTypeFont:
        known = self._faces.get((font, size))
        if known is None:
            joins = font == MONGOL_FONT
            engine = ImageFont.Layout.RAQM if joins else ImageFont.Layout.BASIC
            known = ImageFont.truetype(str(font), size, layout_engine=engine)
            self._faces[font, size] = known
        return known


def top_of_line(middle: float, size: int) -> int:
    """Return the y of a line's picture that centres its capitals vertically on `middle`."""
    return round(middle + CAP_HEIGHT * size / 2) - round(RISE * size)


ICON_FONT = Path(__file__).parent / "fonts" / "lucide.ttf"

ICONS: dict[str, str] = {
    "a-large-small": "\ue587",
    "arrow-left": "\ue048",
    "arrow-right": "\ue049",
    "banknote": "\ue052",
    "bell": "\ue059",
    "bell-ring": "\ue224",
    "book-down": "\ue3ee",
    "book-up": "\ue3f4",
    "bookmark": "\ue060",
    "calendar-days": "\ue2b9",
    "check": "\ue06c",
    "chevron-down": "\ue06d",
    "chevron-right": "\ue06f",
    "chevron-up": "\ue070",
    "circle-pause": "\ue07f",
    "clock": "\ue087",
    "cloud-off": "\ue08d",
    "coins": "\ue097",
    "contrast": "\ue09d",
    "delete": "\ue0ae",
    "eye": "\ue0ba",
    "eye-off": "\ue0bb",
    "globe": "\ue0e8",
    "graduation-cap": "\ue234",
    "hand": "\ue1d7",
    "headphones": "\ue0f1",
    "id-card": "\ue617",
    "languages": "\ue0fe",
    "lock": "\ue10b",
    "map-pin": "\ue111",
    "message-circle-question-mark": "\ue568",
    "message-square": "\ue117",
    "monitor-off": "\ue1dc",
    "nfc": "\ue3c3",
    "power": "\ue140",
    "printer": "\ue141",
    "qr-code": "\ue1df",
    "receipt-text": "\ue5ac",
    "refresh-cw": "\ue145",
    "repeat": "\ue146",
    "rotate-cw": "\ue149",
    "scan-barcode": "\ue535",
    "search": "\ue151",
    "sliders-horizontal": "\ue29a",
    "smartphone": "\ue163",
    "sparkles": "\ue412",
    "thumbs-down": "\ue189",
    "thumbs-up": "\ue18a",
    "timer": "\ue1e0",
    "triangle-alert": "\ue193",
    "undo-2": "\ue2a1",
    "user": "\ue19f",
    "users": "\ue1a4",
    "volume-2": "\ue1ab",
    "volume-x": "\ue1ac",
    "wrench": "\ue1b1",
    "x": "\ue1b2",
}
"""From the package's font/info.json; code points change between versions."""
