"""Compute the bits that a reader receives when several cards answer at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.emulated.iso14443_card import Bits


@dataclass(frozen=True, slots=True)
class Answer:
    bits: Bits
    """Received bits; a collision reads as 1, because both half-bits are loaded."""
    collision: int | None = None
    """Index of the first collision."""
    torn: bool = False
    """True if another answer began during this one."""
    after: float = 0.0
    """Delay of the answer in seconds."""


def overlapping(answers: Sequence[tuple[float, Bits]], bit_seconds: float) -> Answer | None:
    """Combine the earliest answer with all answers that overlap it; later ones are not received."""
    sounding = sorted(each for each in answers if each[1])
    if not sounding:
        return None
    after = sounding[0][0]
    together = [bits for late, bits in sounding if late - after < bit_seconds / 4]
    length = max(len(bits) for bits in together)
    torn = any(bit_seconds / 4 <= late - after < length * bit_seconds for late, _ in sounding)
    places = [{bits[place] for bits in together if place < len(bits)} for place in range(length)]
    collision = next((place for place, seen in enumerate(places) if len(seen) > 1), None)
    return Answer(tuple(max(seen) for seen in places), collision, torn, after)
