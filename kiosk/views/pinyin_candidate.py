"""Define a candidate of the pinyin input method."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PinyinCandidate:
    """Characters, and the number of typed letters that they replace."""

    words: str
    letters: int
