"""Stack blocks in a column and leave out the least important ones if they do not fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.screens.rendering.geometry import Box


@dataclass(frozen=True, slots=True)
class Block:
    """A block of `height` pixels, drawn by `draw(y)`. Blocks with the lowest rank are the last to be left out."""

    rank: int
    height: float
    draw: Callable[[float], object]


def flow(area: Box, blocks: list[Block]) -> float:
    """Draw the blocks that fit, chosen by rank, from the top in the given order; return the bottom y."""
    room, kept = area.h, set[int]()
    for number, block in sorted(enumerate(blocks), key=lambda each: each[1].rank):
        if block.height <= room:
            kept.add(number)
            room -= block.height
    y = area.y
    for number, block in enumerate(blocks):
        if number in kept:
            block.draw(y)
            y += block.height
    return y
