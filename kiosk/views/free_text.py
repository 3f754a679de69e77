"""Define the view for free text: an opinion, a purchase suggestion, or a question to a librarian."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, Signal
from kiosk.views.patron_input import AskLibrarian, Feedback
from kiosk.views.text_entry import NOTHING_SPELT, Board, Spelling

MOST_WRITTEN = 120
"""Maximum length in characters: patrons type standing at the kiosk."""


class TextKind(StrEnum):
    """Purpose of the text."""

    OPINION = "opinion"
    """Comment on the smiley that was touched."""
    WISH = "wish"
    """Title that the library should buy."""
    QUESTION = "question"
    """Question to a librarian, who replies by message."""


@dataclass(frozen=True, slots=True)
class Writing:
    """Free-text input; the keyboard and the waiting pinyin are part of the view."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    letter: TextKind
    under: Feedback | AskLibrarian
    typed: str = ""
    board: Board = Board.LATIN
    spelling: Spelling = NOTHING_SPELT
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def most(self) -> int:
        """Maximum length of the text in characters."""
        return MOST_WRITTEN
