"""Greeting shown after the card of a new or returning patron; not personalised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Greets(StrEnum):
    """Kind of greeting."""

    GUIDE = "guide"
    """For a new patron: how the kiosk works."""
    NEWS = "news"
    """For a returning patron: what is new in the library."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A greeting with its text."""

    kind: Greets
    words: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """The library's own text by language code; if empty, the kiosk uses a built-in one."""
