"""Draw a receipt as a one-bit picture of the paper's width."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import assert_never

import segno
from PIL import Image, ImageDraw, ImageFont

from kiosk.hardware.rig import LINES
from kiosk.words.receipt import Fill, HorizontalLine, LookUp, Print, Receipt, ReceiptLine, Shelf, Size, Spine
from lending.line_breaks import is_one_word, unbroken

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""WenQuanYi Micro Hei of Debian's fonts-wqy-microhei: Chinese, Latin and Mongolian Cyrillic in one font."""
INK, PAPER = 0, 255
MARGIN = 12
UNIT = 6
"""Dots per unit of the book spines drawn on the screen."""
SHELF_TOP, SHELF_LINE = 98, 5
EMS = {Size.NAME: 40, Size.HEAD: 32, Size.TITLE: 30, Size.SMALL: 26}
LEADING = {Size.NAME: 47, Size.HEAD: 42, Size.TITLE: 38, Size.SMALL: 34}
ABOVE = {Size.NAME: 17, Size.HEAD: 7, Size.TITLE: 11, Size.SMALL: 0}
"""Dots above a paragraph; small text belongs to the paragraph before it."""
RULE_ABOVE, RULE, RULE_BELOW = 15, 2, 8
CLOCK = 24
MODULE = 6
"""Dots per module of the QR code: 0.75 mm."""
QUIET = 4 * MODULE
"""Quiet zone in dots on each side of the QR code. Source: ISO/IEC 18004."""
FOOT = 40
"""Dots before the cut."""


def draw(receipt: Receipt, width: int) -> Image.Image:
    """Return a picture in mode `1`, `width` dots wide, with its text in `info`."""
    sheet = Sheet(width)
    for line in receipt.lines:
        sheet.add(line)
    picture = sheet.picture()
    picture.info[LINES] = receipt.text
    return picture


class Sheet:
    """Drawing surface that grows with its content."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._y = 0
        self._grey = Image.new("L", (width, 2000), PAPER)
        self._draw = ImageDraw.Draw(self._grey)

    def picture(self) -> Image.Image:
        cut = self._grey.crop((0, 0, self._width, self._y + FOOT))
        return cut.point(lambda shade: 255 if shade > 140 else 0).convert("1", dither=Image.Dither.NONE)

    def add(self, line: ReceiptLine) -> None:
        match line:
            case Shelf():
                self._shelf(line)
            case Print():
                self._print(line)
            case HorizontalLine():
                self._room(RULE_ABOVE + RULE + RULE_BELOW)
                self._y += RULE_ABOVE
                self._draw.rectangle((MARGIN, self._y, self._width - MARGIN - 1, self._y + RULE - 1), INK)
                self._y += RULE + RULE_BELOW
            case LookUp():
                self._look_up(line)
            case _:
                assert_never(line)

    def _room(self, height: int) -> None:
        if self._y + height + FOOT > self._grey.height:
            taller = Image.new("L", (self._width, 2 * self._grey.height + height), PAPER)
            taller.paste(self._grey)
            self._grey, self._draw = taller, ImageDraw.Draw(taller)

    def _shelf(self, shelf: Shelf) -> None:
        x = MARGIN
        for spine in shelf.spines:
            wide = round(spine.width * UNIT)
            if x + wide > self._width - MARGIN:
                break
            self._spine(spine, x, wide)
            x += wide
        self._draw.rectangle((0, SHELF_TOP, self._width - 1, SHELF_TOP + SHELF_LINE - 1), INK)
        self._y = SHELF_TOP + SHELF_LINE

    def _spine(self, spine: Spine, x: int, wide: int) -> None:
        top, right = SHELF_TOP - round(spine.height * UNIT), x + wide - 1
        self._draw.rectangle((x, top, right, SHELF_TOP), PAPER, INK, 2)
        match spine.fill:
            case Fill.FULL:
                self._draw.rectangle((x, top, right, SHELF_TOP), INK)
            case Fill.STRIPES:
                for stripe in range(x, right - 2, UNIT):
                    self._draw.rectangle((stripe, top, stripe + 1, SHELF_TOP), INK)
            case Fill.HALF:
                self._draw.rectangle((x, (top + SHELF_TOP) // 2, right, SHELF_TOP), INK)
            case Fill.OUTLINE:
                pass
            case _:
                assert_never(spine.fill)

    def _print(self, line: Print) -> None:
        self._y += ABOVE[line.size]
        indent = MARGIN
        if line.clock:
            self._room(CLOCK)
            self._clock(MARGIN, self._y + (LEADING[line.size] - CLOCK) // 2)
            indent += CLOCK + 10
        self._text(line.text, line.size, indent, self._width - indent - MARGIN)

    def _text(self, text: str, size: Size, x: int, wide: int) -> None:
        font = _font(size)
        for part in wrap(text, font, wide):
            self._room(LEADING[size])
            self._draw.text((x, self._y + LEADING[size] - 9), part, INK, font, anchor="ls")
            self._y += LEADING[size]

    def _clock(self, x: int, y: int) -> None:
        self._draw.ellipse((x, y, x + CLOCK, y + CLOCK), PAPER, INK, 3)
        middle = CLOCK // 2
        self._draw.line((x + middle, y + 6, x + middle, y + middle), INK, 2)
        self._draw.line((x + middle, y + middle, x + middle + 5, y + middle + 3), INK, 2)

    def _look_up(self, line: LookUp) -> None:
        level = "m" if line.link else "q"
        modules = list(segno.make(line.read, error=level, micro=False, boost_error=False).matrix)
        side = len(modules) * MODULE
        self._room(side + 2 * QUIET)
        self._y += QUIET
        for row, dark in enumerate(modules):
            for column, is_dark in enumerate(dark):
                if is_dark:
                    left, top = QUIET + column * MODULE, self._y + row * MODULE
                    self._draw.rectangle((left, top, left + MODULE - 1, top + MODULE - 1), INK)
        end, x = self._y + side + QUIET, QUIET + side + QUIET
        if _font(Size.NAME).getlength(line.grouped) > self._width - x - MARGIN:
            self._y, x = end, MARGIN
        self._text(line.caption, Size.SMALL, x, self._width - x - MARGIN)
        self._text(line.grouped, Size.NAME, x, self._width - x - MARGIN)
        self._y = max(self._y, end)


@cache
def _font(size: Size) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONT), EMS[size])


def wrap(text: str, font: ImageFont.FreeTypeFont, wide: int) -> list[str]:
    """Wrap at spaces and between Chinese words, never before punctuation; cut a word that is too long."""
    lines: list[str] = []
    line = ""
    for piece in _words(text):
        if font.getlength((line + piece).rstrip()) <= wide:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while font.getlength(line.rstrip()) > wide:
            fitting = _fitting(line, font, wide)
            lines.append(line[:fitting])
            line = line[fitting:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _fitting(text: str, font: ImageFont.FreeTypeFont, wide: int) -> int:
    fitting = 1
    while fitting < len(text) and font.getlength(text[: fitting + 1]) <= wide:
        fitting += 1
    return fitting


def _words(text: str) -> list[str]:
    words: list[str] = []
    for piece in unbroken(text, breaks_after=""):
        if words and is_one_word(words[-1][-1], piece[0]):
            words[-1] += piece
        else:
            words.append(piece)
    return words
