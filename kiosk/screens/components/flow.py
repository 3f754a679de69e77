"""A column of blocks where not everything may have room: what matters less is left out; knows no block's meaning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.screens.geometry import Box


@dataclass(frozen=True, slots=True)
class Block:
    """Something `height` pixels high that `draw` puts at a y. The lowest rank is left out last."""

    rank: int
    height: float
    draw: Callable[[float], object]


def flow(area: Box, blocks: list[Block]) -> float:
    """Draws from the top, in the order given, the blocks that fit, by rank; answers where they end."""
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
