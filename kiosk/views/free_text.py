"""The view in which somebody says something in her own words, over whatever she came from; knows no Kivy, no words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, Signal, Wanted
from kiosk.views.patron_input import AskLibrarian, Feedback
from kiosk.views.text_entry import NOTHING_SPELT, Board, Spelling

MOST_WRITTEN = 120
"""Signs: nobody writes a letter standing."""


class Letter(StrEnum):
    """What it is that she writes."""

    OPINION = "opinion"
    """With the face that she has touched."""
    WISH = "wish"
    """The title of a book that is missing."""
    QUESTION = "question"
    """To a librarian, who writes back."""


@dataclass(frozen=True, slots=True)
class Writing:
    wants: ClassVar[Wanted] = LABELS
    letter: Letter
    under: Feedback | AskLibrarian
    typed: str = ""
    board: Board = Board.LATIN
    spelling: Spelling = NOTHING_SPELT
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def most(self) -> int:
        return MOST_WRITTEN
