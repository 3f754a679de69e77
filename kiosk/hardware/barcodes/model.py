"""What goes into a look at a frame and what comes out of it; knows neither camera nor decoder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from lending.number_patterns import NumberKind

Quad: TypeAlias = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners in pixels of the frame, from the code's own top left in the order of reading."""


class Symbology(StrEnum):
    CODABAR = "codabar"
    CODE39 = "code39"
    CODE128 = "code128"
    ITF = "itf"
    EAN13 = "ean13"
    EAN8 = "ean8"
    UPCA = "upca"
    QR = "qr"


@dataclass(frozen=True, slots=True)
class Frame:
    """A grey picture. `luma` holds `height` rows of `stride` bytes, of which `width` are pixels; it is not kept."""

    width: int
    height: int
    stride: int
    luma: bytes | bytearray | memoryview
    """In one piece (C-contiguous); an array of numpy goes in as `memoryview(array)`."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code as it was read: not yet judged. `text` is without guards; UPC-A has 13 digits."""

    symbology: Symbology
    text: str
    corners: Quad


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one frame gave. `stripes` is 0 where no bars are in view, 1 where they fill it or were read."""

    codes: tuple[Code, ...] = ()
    stripes: float = 0.0


@dataclass(frozen=True, slots=True)
class Hunt:
    """What to look for. Codes of `beside` are told when seen, but do not end the search."""

    sought: frozenset[Symbology]
    beside: frozenset[Symbology] = frozenset()
    thorough: bool = False
    """Goes on after a find, for a second label that lies askew."""


class Decoder(Protocol):
    def decode(self, frame: Frame, hunt: Hunt) -> Reading | None:
        """Blocks for at most the decoder's time-out; None is a frame that was missed."""
        ...


@dataclass(frozen=True, slots=True)
class Accepted:
    """A code that the library's rules and two reads agree on; told once, until it has been gone for a second."""

    kind: NumberKind
    text: str
    corners: Quad


@dataclass(frozen=True, slots=True)
class NotThisCode:
    """Only the ISBN is shown, where the library's label is wanted."""

    corners: Quad


@dataclass(frozen=True, slots=True)
class ShowOne:
    """Two different labels are in view: none is accepted."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """There have been stripes for five seconds and nothing could be read."""


Fact: TypeAlias = Accepted | NotThisCode | ShowOne | TurnOver


@dataclass(frozen=True, slots=True)
class Sight:
    """One frame, judged. Facts come once; the rest is true of this frame."""

    facts: tuple[Fact, ...] = ()
    stripes: float = 0.0
    """For aiming by sound, 0 to 1."""
    found: Quad | None = None
    """The wanted code in this frame, for its outline on the live picture."""
    missed: bool = False
    """The frame was not decoded: it says nothing."""


class BarcodeReader(Protocol):
    """A decoder with the library's rules: what `kiosk.hardware.barcodes.barcode_reader.open_eye` gives."""

    def look(self, at: float, frame: Frame, wanted: frozenset[NumberKind]) -> Sight:
        """`at` is the frame's own time in seconds; it only grows. One call at a time, from one thread."""
        ...
