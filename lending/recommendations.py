"""Title recommendations for a patron who consented to them, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lending.model import Item, ItemId


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommended title. `why` is the reason by language code; `items` are its copies."""

    title: str
    author: str
    call_number: str
    why: Mapping[str, str]
    new: bool
    items: tuple[ItemId, ...]
    about: str = ""
    """Sent back with the patron's feedback on it."""
    again: bool = False
    """The patron has borrowed it before."""


@dataclass(frozen=True, slots=True)
class AvailableRecommendation:
    """A recommendation with a copy that is on the shelf now."""

    pick: Recommendation
    item: Item
