"""Set text in a box of a PDF page: wrapped, and smaller where it needs to be, in the house's one font.

Sizes and places are in points (1/72 inch), the origin is the lower left corner of the page.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from django.apps import apps
from django.http import HttpResponse
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas

from lending.line_breaks import unbroken

FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""WenQuanYi Micro Hei of Debian's fonts-wqy-microhei: Chinese, Latin and Mongolian Cyrillic in one font."""
NAME = "WenQuanYiMicroHei"
MISSING = "\N{WHITE SQUARE}"
"""Printed for a character that the font lacks."""
MM = 72 / 25.4
LEADING = 1.22
"""Height of a line, in sizes of its text."""
BASELINE = 0.95
"""Distance of the baseline from the top of its line, in sizes of its text."""
STEP = 0.5
BREAKS_AFTER = "/-"

Align = Literal["left", "centre", "right"]


class FontMissing(Exception):
    """The font is not installed; `args[0]` says which package has it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page."""

    x: float
    y: float
    width: float
    height: float

    def inset(self, by: float) -> Box:
        """Return the box without a margin of this width on every side."""
        return Box(self.x + by, self.y + by, self.width - 2 * by, self.height - 2 * by)


@dataclass(frozen=True, slots=True)
class FittedText:
    """Lines with the size at which they fit."""

    lines: tuple[str, ...]
    size: float
    is_cut: bool = False
    """Whether the end is missing."""

    @property
    def height(self) -> float:
        """Height of all lines."""
        return len(self.lines) * self.size * LEADING


def load_font() -> TTFont:
    """Load and register the font. It takes a tenth of a second, once in a process.

    Raises:
        FontMissing: The font is not installed.
    """
    with apps.get_app_config("staff").font_turn:
        return _font()


@cache
def _font() -> TTFont:
    try:
        font = TTFont(NAME, str(FONT), subfontIndex=0)
    except TTFError as error:
        raise FontMissing(f"Cannot read {FONT}: install the package fonts-wqy-microhei on the hub.") from error
    pdfmetrics.registerFont(font)
    return font


def new_page(width: float, height: float, title: str, language: str) -> Canvas:
    """Begin a PDF whose pages have this size and are printed without scaling.

    Args:
        width: Points.
        height: Points.
        title: Shown by readers of the PDF. It names no patron.
        language: Of its text, such as `zh-hans`.
    """
    load_font()
    canvas = Canvas(BytesIO(), pagesize=(width, height), initialFontName=NAME, lang=language)
    canvas.setTitle(title)
    canvas.setCreator("library-kiosk")
    canvas.setViewerPreference("PrintScaling", "None")
    return canvas


def finish(canvas: Canvas) -> bytes:
    """Return the PDF, with the glyphs that it uses."""
    with apps.get_app_config("staff").font_turn:
        return bytes(canvas.getpdfdata())


def pdf_response(pdf: bytes, name: str) -> HttpResponse:
    """Return the PDF to show in the browser; `name` is the file name without its ending, if it is saved."""
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


def printable(text: str) -> str:
    """Return the text on one line, with a square in place of each character that the font lacks."""
    glyphs = load_font().face.charToGlyph
    plain = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(each if ord(each) in glyphs else MISSING for each in plain)


def text_width(text: str, size: float) -> float:
    """Return the width of a line."""
    return float(pdfmetrics.stringWidth(text, NAME, size))


def fit(
    paragraphs: Sequence[str], width: float, height: float, largest: float, smallest: float, most: int = 0
) -> FittedText:
    """Return the text at the largest size at which it fits without a broken word.

    At the smallest size words are broken, and what still does not fit is cut and ends in an ellipsis.

    Args:
        paragraphs: Each begins a line.
        width: Of the box.
        height: Of the box.
        largest: Size of the text, if it fits.
        smallest: Size below which it is not readable.
        most: Maximum number of lines, 0 for as many as fit.
    """
    texts = [text for each in paragraphs if (text := printable(each))]
    steps = round((largest - smallest) / STEP)
    for size in (largest - STEP * each for each in range(steps + 1)):
        lines = _wrap_lines(texts, size, width)
        room = _room(size, height, most)
        if len(lines) <= room and all(text_width(each, size) <= width for each in lines):
            return FittedText(tuple(lines), size)
    lines = [part for each in _wrap_lines(texts, smallest, width) for part in _break_words(each, smallest, width)]
    room = _room(smallest, height, most)
    if len(lines) <= room:
        return FittedText(tuple(lines), smallest)
    return FittedText(
        (*lines[: room - 1], _cut(_join_lines(lines[room - 1 :]), smallest, width)), smallest, is_cut=True
    )


def _room(size: float, height: float, most: int) -> int:
    """Return how many lines fit, at least one."""
    room = max(1, int((height + 0.01) / (size * LEADING)))
    return min(room, most) if most else room


def draw(
    canvas: Canvas, text: FittedText, x: float, top: float, width: float, align: Align = "left", grey: float = 0
) -> float:
    """Draw the lines downwards from `top`; return the bottom of the last one."""
    canvas.setFont(NAME, text.size)
    canvas.setFillGray(grey)
    for line in text.lines:
        baseline = top - BASELINE * text.size
        match align:
            case "left":
                canvas.drawString(x, baseline, line)
            case "centre":
                canvas.drawCentredString(x + width / 2, baseline, line)
            case "right":
                canvas.drawRightString(x + width, baseline, line)
        top -= text.size * LEADING
    return top


def draw_picture(canvas: Canvas, png: bytes, right: float, top: float, most: tuple[float, float]) -> float:
    """Draw a picture with its upper right corner there, as large as fits; return its width."""
    picture = ImageReader(BytesIO(png))
    width, height = picture.getSize()
    scale = min(most[0] / width, most[1] / height)
    size = (width * scale, height * scale)
    canvas.drawImage(picture, right - size[0], top - size[1], *size, mask="auto")
    return size[0]


def _wrap_lines(texts: Sequence[str], size: float, width: float) -> list[str]:
    """Wrap at spaces, slashes, hyphens and between Chinese characters; a longer word has a line of its own."""
    lines: list[str] = []
    for text in texts:
        line = ""
        for piece in unbroken(text, BREAKS_AFTER):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = piece
            else:
                line += piece
        lines.append(line.rstrip())
    return lines


def _break_words(line: str, size: float, width: float) -> Iterator[str]:
    """Yield the line in parts that fit."""
    while line:
        fitting = max(1, _fitting(line, size, width))
        yield line[:fitting]
        line = line[fitting:]


def _fitting(line: str, size: float, width: float) -> int:
    """Return how many of its characters fit into the width."""
    return bisect_right(range(1, len(line) + 1), width, key=lambda count: text_width(line[:count], size))


def _join_lines(lines: Sequence[str]) -> str:
    text = lines[0]
    for line in lines[1:]:
        text += line if len(unbroken(text[-1:] + line[:1], BREAKS_AFTER)) > 1 else f" {line}"
    return text


def _cut(line: str, size: float, width: float) -> str:
    """Return the beginning of the line that fits with an ellipsis."""
    fitting = _fitting(line, size, width - text_width("…", size))
    return f"{line[: max(1, fitting)].rstrip()}…"
