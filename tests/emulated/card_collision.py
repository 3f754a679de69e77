"""Compute the bits that a reader receives when several cards answer at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.emulated.iso14443_card import Bits


@dataclass(frozen=True, slots=True)
class Answer:
    bits: Bits
    """Where two differ, both half-bits are loaded: such a place reads as 1."""
    collision: int | None = None
    """The first place where two differ."""
    torn: bool = False
    """Another answer began in the middle of this one."""
    after: float = 0.0
    """Seconds by which it came late."""


def heard_together(answers: Sequence[tuple[float, Bits]], bit_seconds: float) -> Answer | None:
    """The earliest answer, with all that sounded into it. One that begins when it was over is not heard any more."""
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
