"""The keyboard under what is typed, and the pinyin that waits to become characters. Knows no Kivy and no table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.views.pinyin_candidate import PinyinCandidate
from lending.languages import languages

MOST_LETTERS = 40
"""Letters of pinyin that wait at once."""


class Board(StrEnum):
    """Whose letters the keyboard shows."""

    LATIN = "latin"
    """Also the initials of pinyin, where titles are looked for."""
    DIGITS = "digits"
    CYRILLIC = "cyrillic"
    """Mongolian."""
    PINYIN = "pinyin"
    """Its letters wait until characters are chosen for them."""
    ADDRESS = "address"
    """Letters and signs of an e-mail address."""
    NUMBERS = "numbers"
    """Ten digits and nothing else, not even a space."""


BOARDS: dict[Board, tuple[str, str, str]] = {
    Board.LATIN: ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    Board.DIGITS: ("1234567890", "-/:.,()&+=", "%'\"!?<>"),
    Board.CYRILLIC: ("фцужэнгшүзкъ", "йыбөахролдпе", "ячёсмитьвющ"),
    Board.PINYIN: ("qwertyuiop", "asdfghjkl·", "zxcvbnm，。"),
    Board.ADDRESS: ("qwertyuiop", "asdfghjkl@", "zxcvbnm.-_"),
    Board.NUMBERS: ("1234", "5678", "90"),
}
"""The keys of each board, row by row."""
FOR_TITLES = (Board.LATIN, Board.DIGITS, Board.CYRILLIC)
"""Titles are found by their initials: nobody has to spell them."""
FOR_WORDS = (Board.PINYIN, Board.LATIN, Board.DIGITS, Board.CYRILLIC)
FOR_ADDRESSES = (Board.ADDRESS, Board.DIGITS)
FOR_NUMBERS = (Board.NUMBERS,)


def first_board(language: str) -> Board:
    """With which somebody begins who reads the screen in this language."""
    return Board(languages()[language].board)


@dataclass(frozen=True, slots=True)
class Spelling:
    """Letters that wait, and what is offered for them."""

    letters: str = ""
    asked: str = ""
    """The letters for which `offered` was looked up; those of a moment ago until the answer is there."""
    offered: tuple[PinyinCandidate, ...] = ()

    @property
    def is_full(self) -> bool:
        return len(self.letters) >= MOST_LETTERS

    @property
    def ready(self) -> bool:
        return bool(self.letters) and self.asked == self.letters and bool(self.offered)


NOTHING_SPELT = Spelling()
