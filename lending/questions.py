"""Questions that the kiosk asks the hub in passing: none holds up a visit, and each has an answer without the hub.

To add a question: declare it here, its answer in `lending.wire.questions`, its route in `hub.ils.bridge.api`, and
what the desk does with the answer in `kiosk.desk.responses.ON_ANSWER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from lending.post_visit import AfterVisit

NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Greets(StrEnum):
    """Kind of greeting."""

    GUIDE = "guide"
    """For a new patron: how the kiosk works."""
    NEWS = "news"
    """For a returning patron: what is new in the library."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """A greeting with its text."""

    kind: Greets
    words: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """The library's own text by language code; if empty, the kiosk uses a built-in one."""


@dataclass(frozen=True, slots=True)
class PublishedReply:
    """A "You said, we did" pair, each by language code."""

    said: Mapping[str, str]
    did: Mapping[str, str]


T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Question(Generic[T]):
    """A question, compared by identity."""

    path: str
    """Path below the hub's API; `{hash}` is the card, if the question is about one."""
    fallback: T
    """Answer for an unknown card, without a hub, or if no answer arrives in time."""
    keeps_last: bool = False
    """The last answer takes the place of the fallback; only for answers that are the same for every patron."""


GREETING: Question[Greeting | None] = Question("/cards/{hash}/greeting", None)
AFTER_VISIT: Question[AfterVisit] = Question("/cards/{hash}/after", AfterVisit())
"""What the end of a visit may show and print. Asked with the items just borrowed."""
PUBLISHED: Question[tuple[PublishedReply, ...]] = Question("/published", (), keeps_last=True)
QUESTIONS: tuple[Question[Any], ...] = (GREETING, AFTER_VISIT, PUBLISHED)
