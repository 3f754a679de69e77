"""Draw a library's labels and frames of them for the decoding tests."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from kiosk.config.models import Barcodes, Numbers
from kiosk.hardware.barcodes.acceptance import Rules, rules_of
from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Frame, Quad, Reading, Symbology
from lending.number_patterns import NumberKind
from tests.emulated.labels import Air, Label, Pose, draw

DUNE, MOMO = "30012000000017", "30012000000025"
ADA = "20012000000019"
"""Items begin with 3 and cards with 2; 14 digits, Luhn."""
ISBN, OTHER_ISBN = "9780306406157", "9783161484100"
SIZE = (1280, 720)
ITEM = frozenset({NumberKind.ITEM})
CARD = frozenset({NumberKind.CARD})
BOOK = frozenset({NumberKind.ISBN})
BARS = frozenset({Symbology.CODABAR, Symbology.CODE39, Symbology.CODE128, Symbology.ITF, Symbology.EAN13})
NOWHERE: Quad = ((0, 0), (1, 0), (1, 1), (0, 1))


def codabar(text: str = DUNE, height: float = 40.0) -> Label:
    return Label(Symbology.CODABAR, text, height)


def isbn(text: str = ISBN) -> Label:
    return Label(Symbology.EAN13, text, 60.0)


@cache
def frame(*placed: tuple[Label, Pose], seed: int = 1, air: Air | None = None, size: tuple[int, int] = SIZE) -> Frame:
    return draw(placed, size, seed, air)


def middle(angle: float = 0.0, module: float = 2.5) -> Pose:
    return Pose(SIZE[0] / 2, SIZE[1] / 2, module, angle)


def left(angle: float = 0.0) -> Pose:
    return Pose(330, SIZE[1] / 2, 2.5, angle)


def right(angle: float = 0.0) -> Pose:
    return Pose(950, SIZE[1] / 2, 2.5, angle)


def default_rules(numbers: Numbers | None = None, barcodes: Barcodes | None = None) -> Rules:
    return rules_of(numbers or Numbers(), barcodes or Barcodes())


def hunt(*symbologies: Symbology, thorough: bool = False) -> BarcodeHunt:
    return BarcodeHunt(frozenset(symbologies), thorough=thorough)


def code(text: str, symbology: Symbology = Symbology.CODABAR) -> Code:
    return Code(symbology, text, NOWHERE)


def reading(*codes: Code, stripes: float = 1.0) -> Reading:
    return Reading(codes, stripes)


def texts(codes: Sequence[Code]) -> set[str]:
    return {each.text for each in codes}
