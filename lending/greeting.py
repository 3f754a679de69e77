"""With what a library greets whoever has just begun, or stayed away, after her card; nothing in it is hers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Greets(StrEnum):
    GUIDE = "guide"
    """How it works here."""
    NEWS = "news"
    """What is new in the library."""


@dataclass(frozen=True, slots=True)
class Greeting:
    kind: Greets
    words: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """The library's own, by language; without any the kiosk has some."""
