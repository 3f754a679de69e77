"""The lines between the kiosk and its decoder: one asks, one answers; knows neither process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.hardware.barcodes.model import Code, Frame, Hunt, Reading, Symbology

READY = "ready"
"""The decoder's first line."""


def write_request(frame: Frame, hunt: Hunt) -> str:
    """The frame's size; its pixels lie in the shared memory."""
    return json.dumps(
        {
            "frame": [frame.width, frame.height, frame.stride],
            "sought": sorted(hunt.sought),
            "beside": sorted(hunt.beside),
            "thorough": hunt.thorough,
        }
    )


def read_request(line: str) -> tuple[Frame, Hunt]:
    """The frame is without its pixels. Raises ValueError for what is no request."""
    with _told():
        asked = json.loads(line)
        sought, beside = (frozenset(map(Symbology, asked[name])) for name in ("sought", "beside"))
        width, height, stride = asked["frame"]
        return Frame(width, height, stride, b""), Hunt(sought, beside, asked["thorough"])


def write_reading(reading: Reading) -> str:
    codes = [[code.symbology, code.text, code.corners] for code in reading.codes]
    return json.dumps({"codes": codes, "stripes": reading.stripes})


def read_reading(line: str) -> Reading:
    """Raises ValueError for a line that is cut off, or is no reading at all."""
    with _told():
        told = json.loads(line)
        return Reading(tuple(_code(*each) for each in told["codes"]), told["stripes"])


@contextmanager
def _told() -> Iterator[None]:
    """JSON of another shape is as useless as none."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("a line of another shape") from None


def _code(symbology: str, text: str, corners: list[list[float]]) -> Code:
    one, two, three, four = ((x, y) for x, y in corners)
    return Code(Symbology(symbology), text, (one, two, three, four))
