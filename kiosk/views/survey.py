"""Define the view of a questionnaire, one question per page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, Signal
from kiosk.views.patron_input import Feedback
from kiosk.views.text_entry import NOTHING_SPELT, Board, Spelling
from kiosk.views.visit import Farewell
from lending.questionnaires import (
    NOTHING,
    OfferedQuestionnaire,
    OneOf,
    Question,
    RatingQuestion,
    SomeOf,
    TextQuestion,
    Value,
    YesNo,
    is_blank,
)

MOST_TYPED = 120
"""Maximum length of a text answer in characters: patrons type standing at the kiosk."""
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Survey:
    """A questionnaire in progress; `values` holds the answers by question name."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    offered: OfferedQuestionnaire
    under: Farewell | Feedback
    values: Mapping[str, Value] = field(default_factory=lambda: NOTHING)
    at: int = 0
    """Index among the questions that apply after the answers so far."""
    board: Board = Board.LATIN
    """Keyboard for text answers."""
    spelling: Spelling = NOTHING_SPELT
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def asked(self) -> tuple[Question, ...]:
        """Return the questions that apply after the answers so far."""
        return self.offered.form.visible_questions(self.values)

    @property
    def question(self) -> Question:
        return self.asked[min(self.at, len(self.asked) - 1)]

    @property
    def last(self) -> bool:
        return self.at >= len(self.asked) - 1

    @property
    def answered(self) -> bool:
        return not is_blank(self.values.get(self.question.name))

    @property
    def complete(self) -> bool:
        """Return True if every required question is answered."""
        return not any(is_blank(self.values.get(each.name)) for each in self.asked if each.required)

    @property
    def typed(self) -> str:
        return str(self.values.get(self.question.name, ""))

    @property
    def most(self) -> int:
        """Maximum length of a text answer in characters."""
        return min(self.question.most, MOST_TYPED) if isinstance(self.question, TextQuestion) else MOST_TYPED


def marks(question: Question) -> tuple[str, ...]:
    """Return the answers that can be touched; empty for a text answer."""
    match question:
        case RatingQuestion():
            return tuple(map(str, question.scale))
        case OneOf(choices=choices) | SomeOf(choices=choices):
            return tuple(each.value for each in choices)
        case YesNo():
            return (YES, NO)
        case TextQuestion():
            return ()


def marked(question: Question, value: Value | None, choice: str) -> bool:
    """Return True if this answer is selected."""
    match question:
        case YesNo():
            return value is (choice == YES)
        case SomeOf():
            return isinstance(value, list) and choice in value
        case _:
            return value is not None and str(value) == choice
