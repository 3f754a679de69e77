"""Define the on-screen keyboards, and the pinyin that waits for conversion to characters."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lending.languages import languages


@dataclass(frozen=True, slots=True)
class PinyinCandidate:
    """Characters, and the number of typed letters that they replace."""

    words: str
    letters: int


MOST_LETTERS = 40
"""Maximum number of pinyin letters waiting for conversion."""


class Board(StrEnum):
    """Layout of the on-screen keyboard."""

    LATIN = "latin"
    """Latin letters; in the catalogue search also pinyin initials."""
    DIGITS = "digits"
    CYRILLIC = "cyrillic"
    """Mongolian Cyrillic."""
    PINYIN = "pinyin"
    """Pinyin letters that wait until characters are chosen for them."""
    ADDRESS = "address"
    """Letters and signs of an e-mail address."""
    NUMBERS = "numbers"
    """Ten digits without a space key."""


BOARDS: dict[Board, tuple[str, str, str]] = {
    Board.LATIN: ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    Board.DIGITS: ("1234567890", "-/:.,()&+=", "%'\"!?<>"),
    Board.CYRILLIC: ("фцужэнгшүзкъ", "йыбөахролдпе", "ячёсмитьвющ"),
    Board.PINYIN: ("qwertyuiop", "asdfghjkl·", "zxcvbnm，。"),
    Board.ADDRESS: ("qwertyuiop", "asdfghjkl@", "zxcvbnm.-_"),
    Board.NUMBERS: ("1234", "5678", "90"),
}
"""Keys of each layout, row by row."""
FOR_TITLES = (Board.LATIN, Board.DIGITS, Board.CYRILLIC)
"""Layouts of the catalogue search. Pinyin initials find Chinese titles, so no conversion is needed."""
FOR_WORDS = (Board.PINYIN, Board.LATIN, Board.DIGITS, Board.CYRILLIC)
FOR_ADDRESSES = (Board.ADDRESS, Board.DIGITS)
FOR_NUMBERS = (Board.NUMBERS,)


def first_board(language: str) -> Board:
    """Return the layout to begin with for a screen language."""
    return Board(languages()[language].board)


@dataclass(frozen=True, slots=True)
class Spelling:
    """Pinyin letters waiting for conversion, and the candidates offered for them."""

    letters: str = ""
    asked: str = ""
    """Letters that `offered` was looked up for; they lag behind `letters` until the lookup is done."""
    offered: tuple[PinyinCandidate, ...] = ()

    @property
    def is_full(self) -> bool:
        return len(self.letters) >= MOST_LETTERS

    @property
    def ready(self) -> bool:
        """Return True if candidates for exactly these letters are available."""
        return bool(self.letters) and self.asked == self.letters and bool(self.offered)


NOTHING_SPELT = Spelling()
