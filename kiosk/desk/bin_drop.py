"""State of a returned item between its scan and the drop sensor of the book bin."""

from __future__ import annotations

from dataclasses import dataclass

from lending.model import ItemId


@dataclass(frozen=True, slots=True)
class BinDrop:
    """An item expected to fall into the bin; delivered once it was looked up and the sensor fired or timed out.

    If two items are expected at once, the sensor cannot tell them apart: both are returned provisionally.
    """

    item: ItemId
    alone: bool = True
    judged: bool = False
    sensed: bool | None = None
    """Whether the sensor detected the drop; None while its time runs."""
    delivered: bool = False
