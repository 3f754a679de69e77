"""Define the data types of barcode reading, and the JSON lines between the kiosk and its decoder process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from lending.number_patterns import NumberKind

Quad: TypeAlias = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners in pixels of the frame, from the code's top left in reading order."""


class Symbology(StrEnum):
    """Kind of barcode; the values are those of kiosk.toml."""

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
    """Grey picture, valid only during the call. `luma` has `height` rows of `stride` bytes, `width` of them pixels."""

    width: int
    height: int
    stride: int
    luma: bytes | bytearray | memoryview
    """Contiguous bytes (C order); pass a numpy array as `memoryview(array)`."""


@dataclass(frozen=True, slots=True)
class Code:
    """One decoded code, before the rules are applied. `text` is without guards; UPC-A has 13 digits."""

    symbology: Symbology
    text: str
    corners: Quad


@dataclass(frozen=True, slots=True)
class Reading:
    """Codes of one frame. `stripes` is 0 with no bars in view and 1 if bars fill the view or were read."""

    codes: tuple[Code, ...] = ()
    stripes: float = 0.0


@dataclass(frozen=True, slots=True)
class BarcodeHunt:
    """Symbologies to search for. Codes of `beside` are reported if seen but do not end the search."""

    sought: frozenset[Symbology]
    incidental: frozenset[Symbology] = frozenset()
    thorough: bool = False
    """Continue after a find, for a second label that is skewed."""


class Decoder(Protocol):
    """Decodes frames, one call at a time."""

    def decode(self, frame: Frame, hunt: BarcodeHunt) -> Reading | None:
        """Decode a frame within the decoder's time limit; None if the frame was missed."""
        ...


@dataclass(frozen=True, slots=True)
class AcceptedCode:
    """Code that the library's rules and two frames agree on.

    It is reported once, and again after it has been gone for a second.
    """

    kind: NumberKind
    text: str
    corners: Quad


@dataclass(frozen=True, slots=True)
class NotThisCode:
    """Only an ISBN is shown where the library's label is wanted."""

    corners: Quad


@dataclass(frozen=True, slots=True)
class ShowOne:
    """Two different labels are in view; neither is accepted."""


@dataclass(frozen=True, slots=True)
class TurnOver:
    """Stripes have been in view for five seconds without a code being read."""


Fact: TypeAlias = AcceptedCode | NotThisCode | ShowOne | TurnOver


@dataclass(frozen=True, slots=True)
class Sight:
    """Result of one frame. Facts are reported once; the other fields describe this frame."""

    facts: tuple[Fact, ...] = ()
    stripes: float = 0.0
    """Share of stripes in view, 0 to 1, for aiming by sound."""
    found: Quad | None = None
    """Corners of the wanted code in this frame, for the live picture."""
    was_skipped: bool = False
    """True if the frame was not decoded; the other fields are then empty."""


class BarcodeReader(Protocol):
    """A decoder with the library's rules, as returned by `kiosk.hardware.barcode_scanner.open_eye`."""

    def look(self, at: float, frame: Frame, wanted: frozenset[NumberKind]) -> Sight:
        """Evaluate a frame taken at `at` seconds, which must not decrease. One call at a time, from one thread."""
        ...


READY = "ready"
"""First line of the decoder."""


def write_request(frame: Frame, hunt: BarcodeHunt) -> str:
    """Encode a request; the pixels are in shared memory."""
    return json.dumps(
        {
            "frame": [frame.width, frame.height, frame.stride],
            "sought": sorted(hunt.sought),
            "incidental": sorted(hunt.incidental),
            "thorough": hunt.thorough,
        }
    )


def read_request(line: str) -> tuple[Frame, BarcodeHunt]:
    """Decode a request, whose frame has no pixels. Raises ValueError for anything else."""
    with _value_errors():
        asked = json.loads(line)
        sought, incidental = (frozenset(map(Symbology, asked[name])) for name in ("sought", "incidental"))
        width, height, stride = asked["frame"]
        return Frame(width, height, stride, b""), BarcodeHunt(sought, incidental, asked["thorough"])


def write_reading(reading: Reading) -> str:
    """Encode a reply."""
    codes = [[code.symbology, code.text, code.corners] for code in reading.codes]
    return json.dumps({"codes": codes, "stripes": reading.stripes})


def read_reading(line: str) -> Reading:
    """Decode a reply. Raises ValueError for a truncated or malformed line."""
    with _value_errors():
        reply = json.loads(line)
        return Reading(tuple(_code(*each) for each in reply["codes"]), reply["stripes"])


@contextmanager
def _value_errors() -> Iterator[None]:
    """Convert errors of malformed JSON objects to ValueError."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("malformed line") from None


def _code(symbology: str, text: str, corners: list[list[float]]) -> Code:
    one, two, three, four = ((x, y) for x, y in corners)
    return Code(Symbology(symbology), text, (one, two, three, four))
