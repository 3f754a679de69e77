"""Read a printed PDF as its reader sees it: pages as pictures, their text and barcodes, and the fonts inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pypdfium2
from PIL import Image
from pypdfium2 import raw
from pyzbar import pyzbar

DPI = 300
"""Resolution of an office printer."""
MM = 72 / 25.4
LINE_END_HYPHEN = "\x02"
"""How the reader marks a hyphen that may come from breaking a word."""
SYMBOLOGIES = [
    pyzbar.ZBarSymbol.CODE128,
    pyzbar.ZBarSymbol.CODE39,
    pyzbar.ZBarSymbol.CODABAR,
    pyzbar.ZBarSymbol.I25,
]


@dataclass
class Printed:
    """A printed document."""

    pdf: bytes
    pictures: list[Image.Image] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)
    """Width and height of each page in mm."""
    fonts: dict[str, bool] = field(default_factory=dict)
    """Name of each font that draws text, and whether it is embedded."""
    boxes: list[list[tuple[str, tuple[float, float, float, float]]]] = field(default_factory=list)
    """By page: each drawn line of text with left, lower, right and upper edge in mm."""

    def __post_init__(self) -> None:
        document = pypdfium2.PdfDocument(self.pdf)
        for page in document:
            self.pictures.append(page.render(scale=DPI / 72).to_pil().convert("L"))
            text = page.get_textpage()
            self.texts.append(" ".join(text.get_text_bounded().split()))
            self.sizes.append(tuple(round(each / MM, 2) for each in page.get_size()))
            lines = []
            for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=1, textpage=text):
                font = drawn.get_font()
                self.fonts[font.get_base_name()] = font.is_embedded
                left, low, right, high = (edge / MM for edge in drawn.get_bounds())
                lines.append((drawn.extract().replace(LINE_END_HYPHEN, "-"), (left, low, right, high)))
            self.boxes.append(lines)
            text.close()
        document.close()

    def barcodes(self, page: int = 0) -> list[str]:
        """Return the barcodes that a scanner reads from the page, from top to bottom and left to right."""
        found = pyzbar.decode(self.pictures[page], symbols=SYMBOLOGIES)
        return [each.data.decode() for each in sorted(found, key=lambda code: (code.rect.top // 40, code.rect.left))]


def is_named_without_patron(disposition: str) -> bool:
    """Return whether the file name of the answer contains words only."""
    return re.fullmatch(r'inline; filename="[a-z-]+\.pdf"', disposition) is not None
