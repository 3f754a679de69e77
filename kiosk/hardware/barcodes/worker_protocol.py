"""Encode the JSON lines between the kiosk and its decoder process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.hardware.barcodes.model import BarcodeHunt, Code, Frame, Reading, Symbology

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
