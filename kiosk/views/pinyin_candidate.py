"""What letters on a keyboard can stand for, as it is offered for choosing; knows no table and no language."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PinyinCandidate:
    """Words, and how many of the first letters they stand for."""

    words: str
    letters: int
