"""Read the text of a printed receipt from its dots, letter by letter.

A line counts as read only when every black dot of it is a letter's. What is no line of letters (shelf, rules, codes) is
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import floor

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from kiosk.hardware.receipt_raster import CLOCK, EMS, FONT, LEADING, MARGIN, MODULE, QUIET
from kiosk.words.receipt import Size

Dots = NDArray[np.bool_]
BELOW = 9
"""Dots of a line under its baseline."""
INK = 140
"""The lightest grey that is printed black."""
TALLEST = max(LEADING.values()) + BELOW
BESIDE_CODE = QUIET + 21 * MODULE + QUIET
STARTS = (MARGIN, MARGIN + CLOCK + 10, BESIDE_CODE)
"""Possible starts of a line: at the margin, after the clock, next to the receipt code."""
CLOSEST = 4
"""Maximum kerning in dots."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Characters of one size, by width and by their dots in the height of a line."""

    face: ImageFont.FreeTypeFont
    height: int
    known: dict[int, dict[bytes, str]]
    signs: list[str]
    """Characters other than Chinese, the blackest first; their dots are in `narrow`, in cells of one width."""
    narrow: Dots
    middle: Dots
    """Mask of the cell columns that no neighbour reaches."""

    def nearer(self, before: str, sign: str) -> float:
        """Return the kerning of a pair of characters, such as AV, in dots."""
        apart = self.face.getlength(before) + self.face.getlength(sign)
        return self.face.getlength(before + sign) - apart if before else 0.0


def read(slip: Image.Image, chinese: str = "") -> tuple[str, ...]:
    """Return the text lines from the top; restricting the Chinese characters saves seconds."""
    dots: Dots = ~np.array(slip.convert("1"), dtype=bool)
    known = {size: _glyphs(size, chinese) for size in Size}
    return tuple(_lines(np.pad(dots, ((0, TALLEST), (0, 0))), known))


def _lines(dots: Dots, known: Mapping[Size, Glyphs]) -> Iterator[str]:
    top = 0
    while top < dots.shape[0] - TALLEST:
        if found := next((each for glyphs in known.values() if (each := _line_at(dots, top, glyphs))), None):
            yield found[0]
            top += found[1]
        else:
            top += 1


def _line_at(dots: Dots, top: int, glyphs: Glyphs) -> tuple[str, int] | None:
    """Return the line that begins at this row, and its height; erase its dots, because a y may reach further down."""
    box = dots[top : top + glyphs.height]
    for start in STARTS:
        begins = not box[0, start:].any() and box[:, start : start + 2 * BELOW].any()
        if begins and not box[:, start - 4 : start].any():
            words = _words(box, float(start), "", glyphs, set())
            if words:
                dots[top : top + TALLEST] &= ~_set(words, start, glyphs, dots.shape[1])
                return _one_script(words.strip()), glyphs.height
    return None


def _set(words: str, start: int, glyphs: Glyphs, width: int) -> Dots:
    sheet = Image.new("L", (width, TALLEST), 255)
    ImageDraw.Draw(sheet).text((start, glyphs.height - BELOW), words, 0, glyphs.face, anchor="ls")
    dots: Dots = np.array(sheet) <= INK
    return dots


def _words(box: Dots, pen: float, before: str, glyphs: Glyphs, dead: set[tuple[float, str]]) -> str:
    """Return the characters from `pen` on, or "" if some dots match none; ambiguous characters are tried in turn."""
    if not box[:, _whole(pen) :].any():
        return " "
    for after, sign in _letters(box, pen, before, glyphs):
        if (after, sign) not in dead:
            if rest := _words(box, after, sign, glyphs, dead):
                return sign + rest
            dead.add((after, sign))
    return ""


def _whole(pen: float) -> int:
    """Return the column where a character begins, rounding halves up as the font renderer does."""
    return floor(pen + 0.5)


def _letters(box: Dots, pen: float, before: str, glyphs: Glyphs) -> Iterator[tuple[float, str]]:
    """Yield the characters that match at this place, the widest first."""
    for nearer in range(CLOSEST + 1 if before else 1):
        at = _whole(pen) - nearer
        for sign in (*_alone(box, at, glyphs), *_crowded(box, at, glyphs)):
            begins = pen + glyphs.nearer(before, sign)
            if _whole(begins) == at:
                yield begins + glyphs.face.getlength(sign), sign


def _alone(box: Dots, at: int, glyphs: Glyphs) -> Iterator[str]:
    """Yield characters without overlapping neighbours."""
    for wide, letters in glyphs.known.items():
        sign = letters.get(box[:, at : at + wide].tobytes())
        if sign is not None and at + wide <= box.shape[1]:
            yield sign


def _crowded(box: Dots, at: int, glyphs: Glyphs) -> Iterator[str]:
    """Yield narrow characters whose dots are complete and whose neighbours overlap only the edges."""
    wide: int = glyphs.narrow.shape[2]
    there: Dots = np.zeros((glyphs.height, wide), dtype=bool)
    part: Dots = box[:, at : at + wide]
    there[:, : part.shape[1]] = part
    gap: int = round(glyphs.face.getlength(" "))
    if not part[:, CLOSEST:gap].any():
        yield " "  # a preceding f may reach into the space
    wrong = (glyphs.narrow & ~there) | ((glyphs.narrow ^ there) & glyphs.middle)
    for number in np.flatnonzero(~wrong.any(axis=(1, 2))):
        yield glyphs.signs[number]


NARROW = (
    "".join(map(chr, (*range(0x20, 0x7F), *range(0xA1, 0x180), 0x401, *range(0x410, 0x450), 0x451))) + "ҮүӨө–—‘’“”…⋯"
)
"""ASCII, Latin, Cyrillic with the Mongolian letters, and punctuation."""
CYRILLIC = "[\u0400-\u04ff]"
LIKE_CYRILLIC = "ABCEHKMOPTXaceopxyëË"
ALIKE = str.maketrans(LIKE_CYRILLIC, "АВСЕНКМОРТХасеорхуёЁ")


def _one_script(words: str) -> str:
    """Convert ambiguous words to Cyrillic on a line with Cyrillic letters."""
    if not re.search(CYRILLIC, words):
        return words
    return re.sub(rf"({CYRILLIC}|[{LIKE_CYRILLIC}])+", lambda word: word[0].translate(ALIKE), words)


def _chinese() -> str:
    """The Chinese of GB 2312, with its punctuation and without its frames."""
    rows = (bytes((high, low)) for high in (0xA1, 0xA3, *range(0xB0, 0xF8)) for low in range(0xA1, 0xFF))
    return "".join(each.decode("gb2312", "ignore") for each in rows)


@cache
def _glyphs(size: Size, chinese: str) -> Glyphs:
    height, face = LEADING[size], ImageFont.truetype(str(FONT), EMS[size])
    known: dict[int, dict[bytes, str]] = {}
    for sign in NARROW + (chinese or _chinese()):
        dots = _dots(sign, face, height)
        if sign == " " or dots.any():
            known.setdefault(dots.shape[1], {}).setdefault(dots.tobytes(), sign)
    cells = {sign: dots for sign in NARROW if (dots := _dots(sign, face, height)).any()}
    signs = sorted(cells, key=lambda sign: -int(cells[sign].sum()))
    narrow = np.zeros((len(signs), height, max(dots.shape[1] for dots in cells.values())), dtype=bool)
    middle = np.zeros_like(narrow)
    for number, sign in enumerate(signs):
        wide = cells[sign].shape[1]
        narrow[number, :, :wide] = cells[sign]
        middle[number, :, CLOSEST // 2 : max(wide - CLOSEST, CLOSEST // 2 + 1)] = True
    return Glyphs(face, height, dict(sorted(known.items(), reverse=True)), signs, narrow, middle)


def _dots(sign: str, face: ImageFont.FreeTypeFont, height: int) -> Dots:
    cell = Image.new("L", (max(int(face.getlength(sign)), 1), height), 255)
    ImageDraw.Draw(cell).text((0, height - BELOW), sign, 0, face, anchor="ls")
    dots: Dots = np.array(cell) <= INK
    return dots
