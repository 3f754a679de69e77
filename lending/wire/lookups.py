"""Lookups that a kiosk sends while a patron is present, and the answer to each question of `lending.questions`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from lending import model, questions
from lending.questions import Question
from lending.wire.base import CoverMark, Lenient, Strict


class WirePatron(Lenient):
    """`provisional` comes with a blocked `card`, so an older kiosk that ignores the field still lends nothing."""

    ref: str
    category: str
    card: Literal[model.CardStatus.ACTIVE, model.CardStatus.BLOCKED, model.CardStatus.LOST]
    provisional: bool = False
    expires: date | None = None
    fees: Decimal = Decimal(0)
    loans: dict[str, int] = Field(default_factory=dict)
    name: str = ""
    last4: str = ""
    language: str = ""
    services: list[str] = Field(default_factory=list)
    """Ids of the services in the policy that the patron has."""

    @property
    def standing(self) -> model.CardStatus:
        """The card status; a provisional card overrides the stored one."""
        return model.CardStatus.PROVISIONAL if self.provisional else self.card


class WireItem(Lenient):
    """An item with its circulation status."""

    id: str
    title: str = ""
    author: str = ""
    call_number: str = ""
    subject: str = ""
    type: str = "book"
    branch: str = ""
    status: model.ItemStatus = model.ItemStatus.ON_SHELF
    holder: str | None = None
    due: AwareDatetime | None = None
    renewals: int = 0
    waiting: int = 0
    reserved_for: str | None = None
    title_id: int = 0
    """Id of its title in the snapshot; 0 if the snapshot has none."""
    cover: CoverMark = ""
    """Only in the answer to a look-up; in the snapshot its title has it."""


class WireHold(Lenient):
    """A patron's hold."""

    title: str
    ready: bool
    shelf: str = ""
    until: date | None = None
    suspended_until: date | None = None
    subject: str = ""
    cover: CoverMark = ""


class WireFee(Lenient):
    """What an unpaid fee is for. A kiosk shows a `kind` of a later version as another fee."""

    kind: str
    owed: Decimal
    text: str = ""
    charged: date
    growing: bool = False
    """A fine of a loan that is overdue: `owed` is what a return on this day would cost."""


class CardAnswer(Lenient):
    """GET cards/{hash}: the patron with loans, holds and unpaid fees. 404 if the card is unknown."""

    patron: WirePatron
    loans: list[WireItem]
    holds: list[WireHold]
    fees: list[WireFee] = Field(default_factory=list)
    """At most MOST_FEES, the oldest first; `patron.fees` is the sum of all."""


class WireAsk(Lenient):
    """A question for the patron after the visit: at most one, and not again for a while.

    `kind` and `about` come back in a `said`. `facts` are values shown in the question; their names depend on `kind`.
    """

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    about: str = ""
    facts: dict[str, str] = Field(default_factory=dict)


class WireReminder(Lenient):
    """Date of a reminder for a loan, and the range of dates that the patron may choose instead."""

    item: str
    day: date
    reason: questions.ReminderReason
    earliest: date
    latest: date


class WireNote(Lenient):
    """A message to print on the receipt; `about` comes back in a `said` when it has been printed."""

    about: str
    words: str


class WireStrip(Lenient):
    """A text from the library by language code, shown unasked; `link` is the content of its QR code."""

    words: dict[str, str]
    link: str = ""


class WireGreeting(Lenient):
    """`kind` is `guide`, `news` or `service`; `words` is the library's own text by language code."""

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    words: dict[str, str] = Field(default_factory=dict)


class GreetingAnswer(Lenient):
    """GET cards/{hash}/greeting: greeting shown with the empty list to a new or returning patron."""

    greeting: WireGreeting | None = None


class WireMessage(Lenient):
    """Masked address to which the receipt can be sent; `goes` means it is sent without asking."""

    channel: str
    shown: str
    goes: bool = False


class AfterAnswer(Lenient):
    """GET cards/{hash}/after: what the end of a visit may show and print."""

    ask: WireAsk | None = None
    reminders: list[WireReminder] = Field(default_factory=list)
    paper: list[WireNote] = Field(default_factory=list)
    strip: WireStrip | None = None
    message: WireMessage | None = None


class ErrorAnswer(Lenient):
    """Error message of the hub for an invalid request."""

    detail: str


class UnknownAnswer(Lenient):
    """404 from the hub: unknown card or item. A 404 with any other body is not a hub response."""

    detail: Literal["unknown_card", "unknown_item"]


class PinRequest(Strict):
    """POST cards/{hash}/pin: a PIN to check."""

    pin: Annotated[str, Field(min_length=1, max_length=32)]


class PinAnswer(Lenient):
    """`token` comes with `right`: a pass of some minutes for the patron's private data."""

    verdict: Literal["right", "wrong", "locked"]
    token: str = ""


class HealthAnswer(Lenient):
    """GET health: protocol version and time of the hub."""

    wire: int
    now: AwareDatetime
    status: Literal["ok"]


def patron_from(wire: WirePatron) -> model.Patron:
    """Convert a patron from the wire."""
    return model.Patron(
        ref=model.PatronRef(wire.ref),
        category=wire.category,
        card=wire.standing,
        expires=wire.expires,
        fees=wire.fees,
        loans=wire.loans,
        name=wire.name,
        last4=wire.last4,
        language=wire.language,
        services=tuple(wire.services),
    )


def item_from(wire: WireItem) -> model.Item:
    """Convert an item from the wire."""
    return model.Item(
        id=model.ItemId(wire.id),
        title=wire.title,
        author=wire.author,
        call_number=wire.call_number,
        subject=wire.subject,
        cover=wire.cover,
        type=wire.type,
        branch=wire.branch,
        status=wire.status,
        holder=model.PatronRef(wire.holder) if wire.holder else None,
        due=wire.due,
        renewals=wire.renewals,
        waiting=wire.waiting,
        reserved_for=model.PatronRef(wire.reserved_for) if wire.reserved_for else None,
    )


def fee_from(wire: WireFee) -> model.Fee:
    """Convert a fee from the wire."""
    known = wire.kind in model.FeeKind.__members__.values()
    return model.Fee(
        model.FeeKind(wire.kind) if known else model.FeeKind.OTHER, wire.owed, wire.text, wire.charged, wire.growing
    )


def after_from(wire: AfterAnswer) -> questions.AfterVisit:
    """Convert the answer to the question what follows a visit."""
    return questions.AfterVisit(
        questions.PostVisitQuestion(wire.ask.kind, wire.ask.about, MappingProxyType(wire.ask.facts))
        if wire.ask
        else None,
        tuple(
            questions.Reminder(model.ItemId(each.item), each.day, each.reason, each.earliest, each.latest)
            for each in wire.reminders
        ),
        tuple(questions.ReceiptNote(each.about, each.words) for each in wire.paper),
        questions.FarewellPromo(MappingProxyType(wire.strip.words), wire.strip.link) if wire.strip else None,
        questions.ReceiptChannel(wire.message.channel, wire.message.shown, wire.message.goes) if wire.message else None,
    )


def greeting_from(wire: GreetingAnswer) -> questions.Greeting | None:
    """None for a kind that this kiosk version does not support."""
    found = wire.greeting
    if found is None or found.kind not in questions.Greets.__members__.values():
        return None
    return questions.Greeting(questions.Greets(found.kind), MappingProxyType(found.words))


class WireTitle(Lenient):
    """`here`: copies on a shelf anywhere. `copies`: all copies. `branches`: branches with a copy on the shelf."""

    title: int
    words: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    here: int
    copies: int
    branches: list[str] = Field(default_factory=list)


class SearchAnswer(Lenient):
    """GET search: titles, best first. `close`: none matches the whole query, these match most of it."""

    titles: list[WireTitle]
    close: bool = False
    more: bool = False


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
