"""Wire model of the answer to each question of `lending.questions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from lending import questions
from lending.questions import Question
from lending.wire.lookups import AfterAnswer, GreetingAnswer, after_from, greeting_from
from lending.wire.published_feedback import PublishedAnswer, published_from


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """Wire model of an answer, and its conversion."""

    model: type[BaseModel]
    convert: Callable[[Any], Any]


ANSWERS: Mapping[Question[Any], AnswerFormat] = {
    questions.GREETING: AnswerFormat(GreetingAnswer, greeting_from),
    questions.AFTER_VISIT: AnswerFormat(AfterAnswer, after_from),
    questions.PUBLISHED: AnswerFormat(PublishedAnswer, published_from),
}
