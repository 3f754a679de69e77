"""Draw the test chart with which a technician sets the camera's distance and focus."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

DPI = 600
PAGE = (210.0, 297.0)
"""A4 in millimetres, the unit of every length here except the picture."""
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
EDGE = 15.0
INK, PAPER = 0, 255

FIELDS = ((13, 114.5, 64.5), (15, 132.0, 74.3))
"""Centimetres from the lens, and the millimetres that a Camera Module 3 sees there in its 1536 x 864 mode."""
LABELS = ((0.33, "30000000000335"), (0.25, "30000000000251"), (0.19, "30000000000194"))
"""Width of a narrow bar in millimetres, and an unassigned item number: 14 digits with a valid check digit."""
BAR_HEIGHT = 12.0
WIDE = 2.5
"""Width of a wide bar in narrow bars."""
QUIET = 10
"""Width of the quiet zone on each side in narrow bars."""
CARD_HEIGHT, CARD_EDGE, CARD_GAP = 36.0, 2.0, 5.0
CODABAR = dict(
    zip(
        "0123456789AB",
        """0000011 0000110 0001001 1100000 0010010 1000010 0100001 0100100 0110000 1001000 0011010 0101001""".split(),
        strict=True,
    )
)
WORDS = 3.2
"""Height of the instructions' letters in millimetres."""
SPOKES, STAR = 36, 15.0
"""Number of black spokes of the focus star, and its radius in millimetres."""

TITLE = ("扫描窗测试图", "Test chart for the scanner's window")
SCALE = (
    "这条线应为 100 毫米：请按 100% 打印，不要选“适合页面”。",
    "This line is 100 mm long: print at 100 %, not fitted to the page.",
)
HOW = (
    (
        "距离：把本页放在读者展示图书的位置。内框刚好充满画面是 13 厘米，外框是 15 厘米，应在两者之间。",
        "Distance: lay this page where a book is shown. The inner frame fills the picture at 13 cm, the outer one at"
        " 15 cm; stay between them.",
    ),
    (
        "对焦：调 lens_position（15 厘米约 6.7，13 厘米约 7.7），使星形中心的灰斑最小。",
        "Focus: change lens_position (about 6.7 at 15 cm, 7.7 at 13 cm) until the grey spot in the middle of the star"
        " is smallest.",
    ),
    (
        "标签：沿虚线剪下，一次只展示一张，可转到任意角度。0.33 应立即读出，0.25 应在一秒内读出；0.19 是余量。",
        "Labels: cut them out and show one at a time, at any angle. 0.33 reads at once, 0.25 within a second; 0.19 is"
        " the reserve.",
    ),
    (
        "若 0.25 读不出：先加光，再靠近到 13 厘米，再重新对焦。缺少的像素无法补救。",
        "If 0.25 does not read: more light first, then 13 cm, then focus again. Pixels that are missing cannot be made"
        " up for.",
    ),
)


def write(path: Path) -> None:
    """Write the chart as PDF or PNG, by the file's suffix. Raises OSError, and ValueError for another suffix."""
    match path.suffix.lower():
        case ".pdf":
            Chart().picture.save(path, "PDF", resolution=DPI)
        case ".png":
            Chart().picture.save(path, "PNG", dpi=(DPI, DPI))
        case other:
            raise ValueError(f"{path}: {other or 'a name without an ending'} is neither .pdf nor .png")


def bars(number: str) -> Iterator[float]:
    """Yield the widths of bars and spaces in turn, in narrow bars: Codabar with start A and stop B."""
    for character in f"A{number}B":
        yield from (WIDE if wide == "1" else 1.0 for wide in CODABAR[character])
        yield 1.0


class Chart:
    """Draw one page; `picture` has one bit per dot."""

    def __init__(self) -> None:
        self._grey = Image.new("L", (dots(PAGE[0]), dots(PAGE[1])), PAPER)
        self._draw = ImageDraw.Draw(self._grey)
        self._head()
        self._field(62.0)
        below = self._draw_instructions(147.0)
        left = EDGE
        for narrow, digits in LABELS:
            left += self._card(left, below + 4, narrow, digits) + CARD_GAP

    @property
    def picture(self) -> Image.Image:
        return self._grey.point(lambda shade: PAPER if shade > 127 else INK).convert("1", dither=Image.Dither.NONE)

    def _text(self, x: float, y: float, text: str, size: float) -> None:
        """Draw text with its upper left corner at (x, y)."""
        face = ImageFont.truetype(str(FONT), dots(size))
        self._draw.text((dots(x), dots(y)), text, INK, face)

    def _box(self, x: float, y: float, w: float, h: float, line: float) -> None:
        self._draw.rectangle((dots(x), dots(y), dots(x + w), dots(y + h)), outline=INK, width=dots(line))

    def _fill(self, x: float, y: float, w: float, h: float) -> None:
        """Fill a rectangle. Each edge is rounded on its own, so adjacent rectangles neither overlap nor leave gaps."""
        self._draw.rectangle((dots(x), dots(y), dots(x + w) - 1, dots(y + h) - 1), fill=INK)

    def _head(self) -> None:
        self._text(EDGE, 12, TITLE[0], 7.5)
        self._text(EDGE, 22, TITLE[1], 4.5)
        self._fill(EDGE, 36, 100, 0.35)
        for tenth in range(11):
            self._fill(EDGE + 10 * tenth, 36 - (3 if tenth % 10 == 0 else 1.5), 0.2, 3 if tenth % 10 == 0 else 1.5)
        self._text(EDGE, 39, SCALE[0], 3.2)
        self._text(EDGE, 43.5, SCALE[1], 3.2)

    def _field(self, top: float) -> None:
        """Draw the frames of the camera's field of view, with the focus star in the middle."""
        middle, largest = PAGE[0] / 2, FIELDS[-1][2]
        for distance, w, h in FIELDS:
            x, y = middle - w / 2, top + (largest - h) / 2
            self._box(x, y, w, h, 0.4)
            self._text(x + 1.5, y + 1, f"{distance} cm   {w:.0f} x {h:.0f} mm", 2.8)
        self._star(middle, top + largest / 2)

    def _star(self, x: float, y: float) -> None:
        """Draw the focus star, whose spokes merge where the lens can no longer resolve them."""
        step = math.pi / SPOKES
        for spoke in range(SPOKES):
            corners = [(x, y)]
            corners += [
                (x + STAR * math.cos(turn * step), y + STAR * math.sin(turn * step))
                for turn in (2 * spoke, 2 * spoke + 1)
            ]
            self._draw.polygon([(across * DPI / 25.4, down * DPI / 25.4) for across, down in corners], fill=INK)

    def _draw_instructions(self, top: float) -> float:
        """Draw the numbered instructions and return the y below them."""
        y = top
        for number, (chinese, english) in enumerate(HOW, 1):
            self._text(EDGE, y, f"{number}.", 3.4)
            for words in (*_lines(chinese), *_lines(english)):
                self._text(EDGE + 6, y, words, WORDS)
                y += 4.5
            y += 2
        return y

    def _card(self, x: float, y: float, narrow: float, digits: str) -> float:
        """Draw one label to cut out and return the width of its card."""
        lengths = [length * narrow for length in bars(digits)]
        label = sum(lengths) - narrow
        wide = label + 2 * (QUIET * narrow + CARD_EDGE)
        left = x + (wide - label) / 2
        for number, length in enumerate(lengths):
            if number % 2 == 0:
                self._fill(left + sum(lengths[:number]), y + 7, length, BAR_HEIGHT)
        self._text(left, y + 7 + BAR_HEIGHT + 1.5, digits, 3.4)
        self._text(left, y + CARD_HEIGHT - 8, f"{narrow:.2f} mm", 4.2)
        self._dashes(x, y, wide, CARD_HEIGHT)
        return wide

    def _dashes(self, x: float, y: float, w: float, h: float) -> None:
        for along in range(0, int(w) - 1, 4):
            self._fill(x + along, y, 2, 0.15)
            self._fill(x + along, y + h, 2, 0.15)
        for along in range(0, int(h) - 1, 4):
            self._fill(x, y + along, 0.15, 2)
            self._fill(x + w, y + along, 0.15, 2)


def dots(millimetres: float) -> int:
    """Convert millimetres to dots of the chart."""
    return round(millimetres * DPI / 25.4)


def _lines(text: str) -> Iterator[str]:
    """Break text to the page's width: Chinese between any two characters except before a stop, other text at spaces."""
    face, room = ImageFont.truetype(str(FONT), dots(WORDS)), dots(PAGE[0] - 2 * EDGE - 6)
    line = ""
    for piece in re.findall(r"[!-~]+ ?|.[，。：；）”]* ?", text):
        if face.getlength((line + piece).rstrip()) > room:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()
