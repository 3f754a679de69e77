"""What is recommended to a patron who agreed to it: titles, each with its reason; judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lending.model import Item, ItemId


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A title that she may like. `why` is the reason, by language; `items` are copies of it."""

    title: str
    author: str
    call_number: str
    why: Mapping[str, str]
    new: bool
    items: tuple[ItemId, ...]
    about: str = ""
    """Goes back with what she says of it."""
    again: bool = False
    """She has had it before."""


@dataclass(frozen=True, slots=True)
class AvailableRecommendation:
    """A pick that can be taken from the shelf now, and the copy that stands there."""

    pick: Recommendation
    item: Item
