"""The JSON between kiosk and hub, as written down in docs/wire.md; both ends share these models and nothing else."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from kiosk.domain import model, policy, transactions
from kiosk.domain.transactions import Act, ReturnMode, TransactionId, Trust, Verified

Shape = TypeVar("Shape", bound=BaseModel)

VERSION = 1
MOST_ROWS = 50
MOST_BYTES = 64 * 1024
MOST_SNAPSHOT_BYTES = 4 * 1024 * 1024

CardHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Barcode = Annotated[str, Field(pattern=r"^[0-9A-Za-z.+/$ -]{1,64}$")]
LARGEST = 2**63 - 1


def _plausible(moment: datetime) -> datetime:
    """A clock that was never set says 1970; what is further off cannot be reckoned with."""
    if not 1970 <= moment.year < 2200:
        raise ValueError("a time between 1970 and 2199 is needed")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_plausible)]
UuidV7 = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]


class Strict(BaseModel):
    """What the kiosk sends: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Lenient(BaseModel):
    """What the hub answers: a field of a later version is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class CheckoutBody(Strict):
    card: CardHash
    item: Barcode
    due: Moment
    verified: Verified = Verified.CARD


class CheckinBody(Strict):
    item: Barcode
    mode: ReturnMode


class RenewBody(Strict):
    card: CardHash
    item: Barcode
    due: Moment
    verified: Verified = Verified.CARD


class UndoBody(Strict):
    of: UuidV7


class SaidBody(Strict):
    ask: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    answer: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
    about: Annotated[str, Field(pattern=r"^[0-9A-Za-z._:-]{0,64}$")] = ""
    card: CardHash | None = None


BODIES: dict[str, type[Strict]] = {
    "checkout": CheckoutBody,
    "checkin": CheckinBody,
    "renew": RenewBody,
    "undo": UndoBody,
    "said": SaidBody,
}


class WireRow(Strict):
    """One transaction. `body` is JSON text, perhaps sealed: it is hashed and stored as it is when opened, and the flags
    stand outside it. `mark` is the keyed hash of kind and plain body, without which a sealed one is not read.

    `untold`: it was promised to nobody, and nobody will hear that it was done.
    """

    id: UuidV7
    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    boot: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)]
    at: Moment
    trust: Trust
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    no_block: bool
    untold: bool = False
    body: Annotated[str, Field(max_length=8192, pattern=r"^[^\x00]*$")]
    mark: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class TransactionsRequest(Strict):
    """The envelope: rows stay raw here, so that one that cannot be parsed is set aside alone.

    `journal` is the id of the journal whose rows they are: each numbers its own from 1. `boot` and `mono_ns` are the
    kiosk's at the moment of sending: how long ago a row of the same boot was made needs no wall clock.
    """

    wire: Literal[1]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    rows: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MOST_ROWS)]

    boot: Annotated[str, Field(pattern=r"^[!-~]{0,64}$")] = ""
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)] | None = None


class RowAnswer(Lenient):
    id: str
    outcome: Literal["accepted", "refused", "set_aside", "again"]
    due: AwareDatetime | None = None
    someone_waits: bool = False
    place: str = ""
    reason: str | None = None
    """A model.Reason value, or a sentence for staff when set aside."""
    on: date | None = None
    amount: Decimal | None = None
    count: int | None = None
    exception: int | None = None
    """Number in the exception desk."""
    after: float | None = None
    """Seconds, with `again`."""


class TransactionsAnswer(Lenient):
    wire: int
    answers: list[RowAnswer]


class WirePatron(Lenient):
    ref: str
    category: str
    card: model.CardStatus
    expires: date | None = None
    fees: Decimal = Decimal(0)
    loans: dict[str, int] = Field(default_factory=dict)
    name: str = ""
    last4: str = ""
    language: str = ""


class WireItem(Lenient):
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


class WireHold(Lenient):
    title: str
    ready: bool
    shelf: str = ""
    until: date | None = None
    subject: str = ""


class CardAnswer(Lenient):
    """GET cards/{hash}: the patron, her loans and holds. 404 when the card is nobody's."""

    patron: WirePatron
    loans: list[WireItem]
    holds: list[WireHold]


class WireAsk(Lenient):
    """Something the library would like to ask a patron after her visit: at most one, and not again for a while.

    `kind` and `about` come back in a `said`; `facts` are what the question shows, by names that the kind knows.
    """

    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    about: str = ""
    facts: dict[str, str] = Field(default_factory=dict)


class WireReminder(Lenient):
    """When she will be reminded of an item, and between which days she may have it instead."""

    item: str
    day: date
    reason: Literal["usual", "type", "due", "hers"]
    earliest: date
    latest: date


class AfterAnswer(Lenient):
    """GET cards/{hash}/after: what the end of a visit may show."""

    ask: WireAsk | None = None
    reminders: list[WireReminder] = Field(default_factory=list)


class ErrorAnswer(Lenient):
    """The hub's own words where a request is at fault."""

    detail: str


class UnknownAnswer(Lenient):
    """404 of the hub's own: the card is nobody's, or the library has no such item. Any other 404 is no answer."""

    detail: Literal["unknown_card", "unknown_item"]


class PinRequest(Strict):
    pin: Annotated[str, Field(min_length=1, max_length=32)]


class PinAnswer(Lenient):
    verdict: Literal["right", "wrong", "locked"]


class WireRule(Lenient):
    category: str = policy.ANY
    item_type: str = policy.ANY
    branch: str = policy.ANY
    days: int | None = None
    hours: int | None = None
    limit: int = 10
    type_limit: int | None = None
    renewals: int = 2
    fee_threshold: Decimal = Decimal(10)
    reading_room_only: bool = False


class WireCalendar(Lenient):
    weekdays: list[int] = Field(default_factory=list)
    dates: list[date] = Field(default_factory=list)


class WirePolicy(Lenient):
    rules: list[WireRule]
    timezone: str
    calendars: dict[str, WireCalendar] = Field(default_factory=dict)
    offline_cap: int = 10
    currency: str = "CNY"


class SnapshotCard(Lenient):
    """A card in the snapshot: its patron without name or number."""

    card: CardHash
    patron: WirePatron


class SnapshotPage(Lenient):
    """One page: what a kiosk does not know yet, after the mark that it asked by.

    `whole`: it begins the library anew, and what the kiosk had is forgotten. `more`: what came so far counts only
    together with what follows `mark`.
    """

    wire: int
    mark: Annotated[str, Field(pattern=r"^[0-9a-z.]{1,100}$")]
    whole: bool = False
    more: bool = False
    policy: WirePolicy | None = None
    cards: list[SnapshotCard] = Field(default_factory=list)
    items: list[WireItem] = Field(default_factory=list)
    gone_cards: list[CardHash] = Field(default_factory=list)
    gone_items: list[str] = Field(default_factory=list)


class HealthAnswer(Lenient):
    wire: int
    now: AwareDatetime
    status: Literal["ok"]


class UnreadableAct(ValueError):
    """A kind or body that this end does not know; the text names what and where."""


def encode(act: Act) -> tuple[str, str]:
    """The kind and the canonical JSON text (sorted keys, no blanks) of an act."""
    body: Strict
    match act:
        case transactions.Checkout(card=card, item=item, due=due, verified=verified):
            kind, body = "checkout", CheckoutBody(card=card, item=item, due=due, verified=verified)
        case transactions.Renew(card=card, item=item, due=due, verified=verified):
            kind, body = "renew", RenewBody(card=card, item=item, due=due, verified=verified)
        case transactions.Checkin(item=item, mode=mode):
            kind, body = "checkin", CheckinBody(item=item, mode=mode)
        case transactions.Undo(of=of):
            kind, body = "undo", UndoBody(of=of)
        case transactions.Said(ask=ask, answer=answer, about=about, card=card):
            kind, body = "said", SaidBody(ask=ask, answer=answer, about=about, card=card)
    return kind, json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: str, body: str) -> Act:
    """The act behind a row. Raises UnreadableAct on an unknown kind, an unknown field or a bad value."""
    shape = BODIES.get(kind)
    if shape is None:
        raise UnreadableAct(f"unknown kind {kind[:32]!r}: known are {', '.join(sorted(BODIES))}")
    try:
        read = shape.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableAct(f"{kind}: {first_fault(error)}") from None
    match read:
        case CheckoutBody():
            return transactions.Checkout(model.CardRef(read.card), model.ItemId(read.item), read.due, read.verified)
        case RenewBody():
            return transactions.Renew(model.CardRef(read.card), model.ItemId(read.item), read.due, read.verified)
        case CheckinBody():
            return transactions.Checkin(model.ItemId(read.item), read.mode)
        case UndoBody():
            return transactions.Undo(TransactionId(read.of))
        case SaidBody():
            card = model.CardRef(read.card) if read.card else None
            return transactions.Said(read.ask, read.answer, read.about, card)
        case _:
            raise AssertionError(kind)


def body_hash(kind: str, body: str) -> str:
    """SHA-256 over kind and body as they came: the same id with another hash is a conflict."""
    return hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()


def first_fault(error: ValidationError) -> str:
    """The place and the complaint of a validation error, without the value (it may be a patron's)."""
    fault = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc']) or 'body'}: {fault['msg']}"


def parse(shape: type[Shape], raw: bytes) -> Shape:
    """Reads an answer. Raises ValueError naming the first fault."""
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise ValueError(first_fault(error)) from None


def patron_from(wire: WirePatron) -> model.Patron:
    return model.Patron(
        ref=model.PatronRef(wire.ref),
        category=wire.category,
        card=wire.card,
        expires=wire.expires,
        fees=wire.fees,
        loans=wire.loans,
        name=wire.name,
        last4=wire.last4,
        language=wire.language,
    )


def item_from(wire: WireItem) -> model.Item:
    return model.Item(
        id=model.ItemId(wire.id),
        title=wire.title,
        author=wire.author,
        call_number=wire.call_number,
        subject=wire.subject,
        type=wire.type,
        branch=wire.branch,
        status=wire.status,
        holder=model.PatronRef(wire.holder) if wire.holder else None,
        due=wire.due,
        renewals=wire.renewals,
        waiting=wire.waiting,
        reserved_for=model.PatronRef(wire.reserved_for) if wire.reserved_for else None,
    )


def policy_from(wire: WirePolicy) -> policy.Policy:
    return policy.Policy(
        rules=tuple(policy.Rule(**rule.model_dump()) for rule in wire.rules),
        timezone=wire.timezone,
        calendars={
            branch: policy.Calendar(frozenset(each.weekdays), frozenset(each.dates))
            for branch, each in wire.calendars.items()
        },
        offline_cap=wire.offline_cap,
        currency=wire.currency,
    )


def policy_to(law: policy.Policy) -> WirePolicy:
    return WirePolicy(
        rules=[
            WireRule.model_validate({name: getattr(rule, name) for name in WireRule.model_fields}) for rule in law.rules
        ],
        timezone=law.timezone,
        calendars={
            branch: WireCalendar(weekdays=sorted(each.weekdays), dates=sorted(each.dates))
            for branch, each in law.calendars.items()
        },
        offline_cap=law.offline_cap,
        currency=law.currency,
    )
