"""Wire model of the answer to each question of `lending.questions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field

from lending import questions
from lending.questions import Question
from lending.wire.base import Lenient
from lending.wire.lookups import AfterAnswer, GreetingAnswer, after_from, greeting_from


class WirePublished(Lenient):
    """A "You said, we did" pair, each by language code."""

    said: dict[str, str]
    did: dict[str, str]


class PublishedAnswer(Lenient):
    """GET published: the latest few, newest first."""

    published: list[WirePublished] = Field(default_factory=list)


def published_from(wire: PublishedAnswer) -> tuple[questions.PublishedReply, ...]:
    """Convert published feedback from the wire."""
    return tuple(questions.PublishedReply(each.said, each.did) for each in wire.published)


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
