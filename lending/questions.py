"""Questions that the kiosk asks the hub in passing: none holds up a visit, and each has an answer without the hub.

To add a question: declare it here, its answer in `lending.wire.lookups`, its route in `hub.ils.bridge.api`, and
what the desk does with the answer in `kiosk.desk.responses.ON_ANSWER`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from lending.model import ItemId

NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PostVisitQuestion:
    """A question for the patron. `kind` and `about` are sent back with the answer."""

    kind: str
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    """Values shown in the question; the names depend on `kind`."""


class ReminderReason(StrEnum):
    """How the day of a reminder was chosen."""

    USUAL = "usual"
    """The patron's usual return time."""
    TYPE = "type"
    """The usual return time for this item type: the patron has too few returns yet."""
    DUE = "due"
    """A number of days before the due date."""
    CHOSEN = "chosen"
    """The patron chose the day."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """Date of a reminder for a loan; the patron may choose any day from `earliest` to `latest`."""

    item: ItemId
    day: date
    why: ReminderReason
    earliest: date
    latest: date

    def with_day(self, day: date) -> Reminder:
        """Return the reminder on the day that the patron chose."""
        return replace(self, day=day, why=ReminderReason.CHOSEN)


@dataclass(frozen=True, slots=True)
class ReceiptNote:
    """A message printed on the receipt. `about` is sent back when it has been printed."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class FarewellPromo:
    """A text from the library by language code, shown unasked, with a link for a QR code."""

    words: Mapping[str, str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptChannel:
    """Channel and masked address to which the receipt can be sent; `goes` means it is sent without asking."""

    channel: str
    shown: str
    goes: bool = False


@dataclass(frozen=True, slots=True)
class AfterVisit:
    """Content that the central sends for the end of a visit."""

    ask: PostVisitQuestion | None = None
    reminders: tuple[Reminder, ...] = ()
    paper: tuple[ReceiptNote, ...] = ()
    """For the receipt; the patron chose to be notified on paper."""
    strip: FarewellPromo | None = None
    message: ReceiptChannel | None = None
    """None if no receipt can be sent to the patron."""


NO_WORDS: Mapping[str, str] = MappingProxyType({})


class Greets(StrEnum):
    """Kind of greeting."""

    GUIDE = "guide"
    """For a new patron: how the kiosk works."""
    NEWS = "news"
    """For a returning patron: what is new in the library."""
    SERVICE = "service"
    """For a patron with a service of their segment: the library's own words, which are never empty."""


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
