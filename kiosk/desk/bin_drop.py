"""An item that falls into the bin, between the scan and the sensor; judges nothing."""

from __future__ import annotations

from dataclasses import dataclass

from lending.model import ItemId


@dataclass(frozen=True, slots=True)
class BinDrop:
    """An item on its way into the bin: delivered when it was judged and the sensor spoke or its time is over.

    Where another one is on its way too nobody can tell which of them falls: both are provisional.
    """

    item: ItemId
    alone: bool = True
    judged: bool = False
    sensed: bool | None = None
    """None while the sensor has time."""
    delivered: bool = False
