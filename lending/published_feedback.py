"""Published answers to patron feedback ("You said, we did"), anonymous and in the library's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """A "You said, we did" pair, each by language code."""

    said: Mapping[str, str]
    did: Mapping[str, str]
