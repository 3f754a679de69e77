"""The printer's built-in font: characters of its code pages as bitmaps."""

from __future__ import annotations

from functools import cache

from escpos.capabilities import CAPABILITIES
from escpos.codepages import CodePages
from PIL import Image, ImageDraw, ImageFont

FACE = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
CELL = (12, 24)
"""Font A: dots of a Latin character; a Chinese one is twice as wide."""


class Type:
    """Style of the next character."""

    def __init__(self, profile: str) -> None:
        pages: dict[str, str] = CAPABILITIES["profiles"][profile]["codePages"]
        self._pages = {int(number): name for number, name in pages.items()}
        self.page = 0
        self.chinese = False
        self.wide = self.high = 1
        self.bold = False

    def read(self, data: bytes) -> str:
        """Decode bytes in the selected code page; an unknown page yields boxes, as on paper."""
        if self.chinese:
            return data.decode("gb18030", "replace")
        table = self._upper(self._pages.get(self.page, "Unknown"))
        return "".join(chr(byte) if byte < 0x80 else table[byte - 0x80] for byte in data)

    @staticmethod
    @cache
    def _upper(name: str) -> str:
        """Return the 128 characters of a code page above ASCII, from the library's table."""
        page = CodePages.get_encoding(name) if name != "Unknown" else {}
        if "data" in page:
            return "".join(page["data"])
        if "python_encode" in page:
            return bytes(range(0x80, 0x100)).decode(page["python_encode"], "replace").ljust(128)
        return "\u25a1" * 128

    def draw(self, character: str) -> Image.Image:
        """Black on white, in mode `L`."""
        across = CELL[0] * (2 if ord(character) > 0x2E7F else 1)
        cell = Image.new("L", (across, CELL[1]), 255)
        pen, face = ImageDraw.Draw(cell), _face()
        pen.text((0, CELL[1] - 5), character, 0, face, anchor="ls", stroke_width=1 if self.bold else 0)
        return cell.resize((across * self.wide, CELL[1] * self.high), Image.Resampling.NEAREST)


@cache
def _face() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FACE, 22, index=1)
