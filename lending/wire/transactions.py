"""Send transactions to the hub: their bodies, the rows that carry them, and the hub's response to each.

A kiosk of a companion hub also reports where the library system deviated from what it had promised.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
)

from lending import model, responses, transactions
from lending.responses import LONGEST_ANSWER
from lending.transactions import Act, ClockTrust, PinStatus, ReturnMode, TagFinding, TransactionId
from lending.wire.base import LARGEST, MOST_ROWS, Barcode, CardHash, Lenient, Moment, Strict, UuidV7, first_fault


def _omitting(fields: dict[str, object], **rare: object) -> dict[str, object]:
    """Drop the optional fields that are None in `rare`."""
    return {name: value for name, value in fields.items() if rare.get(name, "") is not None}


class CheckoutBody(Strict):
    """Body of a checkout."""

    card: CardHash
    item: Barcode
    due: Moment
    verified: PinStatus = PinStatus.CARD

    fee: Decimal | None = None
    """Omitted if the patron was not asked to accept a fee."""
    reckoned: bool = False

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Omit unset new fields, so that an older central accepts the body."""
        return _omitting(write(self), fee=self.fee, reckoned=self.reckoned or None)


class CheckinBody(Strict):
    """Body of a return."""

    item: Barcode
    mode: ReturnMode


class RenewBody(Strict):
    """Body of a renewal."""

    card: CardHash
    item: Barcode
    due: Moment
    verified: PinStatus = PinStatus.CARD
    reckoned: bool = False

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _omitting(write(self), reckoned=self.reckoned or None)


class UndoBody(Strict):
    """Body of an undo; `of` is the transaction to reverse."""

    of: UuidV7


class TagBody(Strict):
    """Body of a report about the RFID tags of an item."""

    item: Barcode
    finding: TagFinding


def _check_kind(ask: str) -> str:
    if ask not in responses.KINDS:
        raise ValueError("unknown kind of response")
    return ask


class ResponseBody(Strict):
    """Body of a patron's response; `ask` is its kind. `about` may be a barcode."""

    ask: Annotated[str, AfterValidator(_check_kind), Field(json_schema_extra={"enum": sorted(responses.KINDS)})]
    answer: Annotated[str, Field(min_length=1, max_length=LONGEST_ANSWER, pattern=r"^[^\x00]*$")]
    about: Annotated[str, Field(pattern=r"^[0-9A-Za-z._:+/$ -]{0,64}$")] = ""
    card: CardHash | None = None
    proof: Annotated[str, Field(pattern=r"^([0-9]{1,12}\.[0-9a-f]{64})?$")] = ""

    @model_serializer(mode="wrap")
    def _as_before(self, write: SerializerFunctionWrapHandler) -> dict[str, object]:
        return _omitting(write(self), proof=self.proof or None)


BODIES: dict[str, type[Strict]] = {
    "checkout": CheckoutBody,
    "checkin": CheckinBody,
    "renew": RenewBody,
    "undo": UndoBody,
    "tag": TagBody,
    "said": ResponseBody,
}


class UnreadableAct(ValueError):
    """Unknown kind or invalid body; the text names the fault."""


def encode(act: Act) -> tuple[str, str]:
    """Return the kind and the canonical JSON text (sorted keys, no blanks) of a transaction."""
    body: Strict
    match act:
        case transactions.Checkout(card, item, due, verified, fee, reckoned):
            kind = "checkout"
            body = CheckoutBody(card=card, item=item, due=due, verified=verified, fee=fee, reckoned=reckoned)
        case transactions.Renew(card, item, due, verified, reckoned):
            kind = "renew"
            body = RenewBody(card=card, item=item, due=due, verified=verified, reckoned=reckoned)
        case transactions.Checkin(item=item, mode=mode):
            kind, body = "checkin", CheckinBody(item=item, mode=mode)
        case transactions.Undo(transaction=undone):
            kind, body = "undo", UndoBody(of=undone)
        case transactions.TagReport(item=item, finding=finding):
            kind, body = "tag", TagBody(item=item, finding=finding)
        case responses.PatronResponse(answer, about, card, proof):
            kind = "said"
            body = ResponseBody(ask=act.ask, answer=answer, about=about, card=card, proof=proof)
    return kind, json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: str, body: str) -> Act:
    """Return the transaction of a row. Raise UnreadableAct on an unknown kind or field or a bad value."""
    shape = BODIES.get(kind)
    if shape is None:
        raise UnreadableAct(f"unknown kind {kind[:32]!r}: known are {', '.join(sorted(BODIES))}")
    try:
        read = shape.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableAct(f"{kind}: {first_fault(error)}") from None
    match read:
        case CheckoutBody():
            card, item = model.CardRef(read.card), model.ItemId(read.item)
            return transactions.Checkout(card, item, read.due, read.verified, read.fee, read.reckoned)
        case RenewBody():
            card, item = model.CardRef(read.card), model.ItemId(read.item)
            return transactions.Renew(card, item, read.due, read.verified, read.reckoned)
        case CheckinBody():
            return transactions.Checkin(model.ItemId(read.item), read.mode)
        case UndoBody():
            return transactions.Undo(TransactionId(read.of))
        case TagBody():
            return transactions.TagReport(model.ItemId(read.item), read.finding)
        case ResponseBody():
            whose = model.CardRef(read.card) if read.card else None
            return responses.KINDS[read.ask](read.answer, read.about, whose, read.proof)
        case _:
            raise AssertionError(kind)


def body_hash(kind: str, body: str) -> str:
    """Return the SHA-256 of kind and body as received; the same id with a different hash is a conflict."""
    return hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()


class WireRow(Strict):
    """One transaction.

    `body` is JSON text, perhaps encrypted. The decrypted text is hashed and stored unchanged, so the flags are outside
    it. `mark` is the keyed hash of kind and plain body; an encrypted body without it is rejected.

    `untold`: the transaction was promised to no patron and its success is shown to none. `result_shown`: the patron saw
    the result at the kiosk and needs no confirmation (for a row done in another system, or sent again).
    """

    id: UuidV7
    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    boot: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)]
    at: Moment
    trust: ClockTrust
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    no_block: bool
    untold: bool = False
    result_shown: bool = False
    body: Annotated[str, Field(max_length=8192, pattern=r"^[^\x00]*$")]
    mark: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class TransactionsRequest(Strict):
    """The envelope. Rows stay raw here, so that a row that cannot be parsed is set aside alone.

    `journal` is the id of the journal; each numbers its rows from 1. `boot` and `mono_ns` are the kiosk's at the time
    of sending: they give the age of a row of the same boot without a wall clock. `elsewhere`: the library system keeps
    the loans and has already done what the rows say, with their due dates.
    """

    wire: Literal[1]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    rows: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MOST_ROWS)]

    boot: Annotated[str, Field(pattern=r"^[!-~]{0,64}$")] = ""
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    elsewhere: bool = False


class WireApplied(Lenient):
    """The rule of a loan or renewal: the codes it applies to, and its period in days or hours.

    `kind` is the library's name of the item type by language code, if the rule is for one type.
    """

    category: str
    item_type: str
    branch: str
    days: int | None = None
    hours: int | None = None
    kind: dict[str, str] = Field(default_factory=dict)


class RowAnswer(Lenient):
    """The hub's response to one row."""

    id: str
    outcome: Literal["accepted", "refused", "set_aside", "again"]
    due: AwareDatetime | None = None
    rule: WireApplied | None = None
    someone_waits: bool = False
    place: str = ""
    goes_on: dict[str, str] = Field(default_factory=dict)
    """Names of the branch to which a returned item is transferred; empty if it stays."""
    became: str = ""
    """Outcome of a request with several possible outcomes: `booked`, or `queue` for the waiting list."""
    reason: str | None = None
    """A model.Reason value, or with `set_aside` a sentence for staff."""
    on: date | None = None
    amount: Decimal | None = None
    count: int | None = None
    exception: int | None = None
    """Id at the exception desk."""
    after: float | None = None
    """Seconds to wait, with `again`."""


class TransactionsAnswer(Lenient):
    """Responses in the order of the rows."""

    wire: int
    answers: list[RowAnswer]


class WireCase(Strict):
    """`id` is the row id, `card` the card hash (empty without a card), `given` the due date in the library system."""

    id: UuidV7
    kind: Literal["refused", "due", "fee", "untold"]
    at: Moment
    act: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    item: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    card: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    promised: Moment | None = None
    given: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""


class CasesRequest(Strict):
    """All cases open at the kiosk, sent again until staff settle them; the hub stores each once."""

    wire: Literal[1]
    cases: Annotated[list[WireCase], Field(max_length=MOST_ROWS)]


class CasesAnswer(Lenient):
    """Response to a report of cases."""

    wire: int
    settled: list[str]
    """Ids of the cases that staff have settled."""
