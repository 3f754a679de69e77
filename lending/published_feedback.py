"""What the library has done about what was said, in its own words; knows nobody who said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """ "You said, we did", each by language."""

    said: Mapping[str, str]
    did: Mapping[str, str]
