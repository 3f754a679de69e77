"""Turns words and icons into alpha pictures with the one type family, and measures them; forgets them on request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kiosk.screens.icons import ICON_FONT, ICONS
from kiosk.screens.theme import CAP_HEIGHT

TEXT_FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""WenQuanYi Micro Hei from Debian's fonts-wqy-microhei: Chinese, Latin and Mongolian Cyrillic in one face."""
MONGOL_FONT = Path(__file__).parent / "fonts" / "noto-sans-mongolian.ttf"
"""The traditional Mongolian script, whose letters join: Raqm shapes them."""
MONGOL = re.compile("([\u1800-\u18af](?:[\u1800-\u18af\u202f ]*[\u1800-\u18af])?)")
LATIN = re.compile("((?<= )[“‘]+|[“‘]+(?=[!-ӿ€])|(?<=[!-ӿ€–])(?:…[”’]*|[”’]+)|[”’]+(?= ))")
"""Quotation marks and dots beside a Latin or a Cyrillic letter, and beside a space: the face has them as wide as a
Chinese character."""
BEARING = 0.05
"""Free left and right of such a mark, in em."""
COLUMN = 1.34
"""Width of a column, in em."""
SIDE = 3
"""Pixels kept free left and right of a line, as some letters reach over their width."""
RISE = 1.0
FALL = 0.30
"""Room above and below the baseline, in em: more than any letter takes."""


class FontMissing(Exception):
    """The type family is not installed. `args[0]` says which file, and what brings it."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What is drawn at once. `shift` and `width` in pixels: from where the pen is, and by how much that goes on."""

    text: str
    face: ImageFont.FreeTypeFont
    width: float
    shift: float = 0.0


def _run(text: str, face: ImageFont.FreeTypeFont) -> _Run:
    return _Run(text, face, face.getlength(text))


def _mark(mark: str, face: ImageFont.FreeTypeFont, bearing: float) -> _Run:
    """A quotation mark no wider than its ink; three dots on the baseline."""
    if mark == "…":
        return _run("...", face)
    ink, (left, _) = face.getmask2(mark)
    first, _, last, _ = ink.getbbox()
    return _Run(mark, face, last - first + 2 * bearing, bearing - left - first)


class Glyphs:
    """Measures and draws words; remembers widths until told to forget."""

    def __init__(self, font: Path = TEXT_FONT) -> None:
        """Raises FontMissing."""
        if not font.exists():
            raise FontMissing(f"{font} is missing: scripts/setup installs it (Debian's package fonts-wqy-microhei)")
        self._widths: dict[tuple[str, int], int] = {}
        self._faces: dict[tuple[Path, int], ImageFont.FreeTypeFont] = {}

    def width(self, text: str, size: int) -> int:
        known = self._widths.get((text, size))
        if known is None:
            known = self._widths[text, size] = ceil(sum(run.width for run in self._runs(text, size)))
        return known

    def word(self, text: str, size: int) -> Image.Image:
        """One line of text, alpha only: `SIDE` pixels free at both sides, the baseline `RISE` em from the top."""
        return self._drawn(text, size, RISE + FALL)

    def column(self, text: str, size: int) -> Image.Image:
        """The same from the top down, as the traditional script is read: letters of other scripts lie on their side."""
        return self._drawn(text, size, COLUMN).transpose(Image.Transpose.ROTATE_270)

    def _drawn(self, text: str, size: int, height: float) -> Image.Image:
        mask = Image.new("L", (self.width(text, size) + 2 * SIDE, round(height * size)), 0)
        pen, x = ImageDraw.Draw(mask), float(SIDE)
        for run in self._runs(text, size):
            pen.text((x + run.shift, round(RISE * size)), run.text, fill=255, font=run.face, anchor="ls")
            x += run.width
        return mask

    def _runs(self, text: str, size: int) -> Iterator[_Run]:
        """The text in parts of one script each."""
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
        mask = Image.new("L", (side, side), 0)
        face = self._face(ICON_FONT, side)
        ImageDraw.Draw(mask).text((side / 2, side / 2), ICONS[name], fill=255, font=face, anchor="mm")
        return mask

    def forget(self) -> None:
        """Drops what was measured, as a patron's name or books may be among it."""
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
    """Where a line's picture begins, so that its capitals stand in the vertical middle."""
    return round(middle + CAP_HEIGHT * size / 2) - round(RISE * size)
