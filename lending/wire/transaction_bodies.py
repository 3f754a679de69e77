"""Encode transactions as the bodies of journal rows, and decode them."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from lending import model, responses, transactions
from lending.responses import LONGEST_ANSWER
from lending.transactions import Act, PinStatus, ReturnMode, TransactionId
from lending.wire.base import Barcode, CardHash, Moment, Strict, UuidV7, first_fault


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
        case transactions.Undo(of=of):
            kind, body = "undo", UndoBody(of=of)
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
        case ResponseBody():
            whose = model.CardRef(read.card) if read.card else None
            return responses.KINDS[read.ask](read.answer, read.about, whose, read.proof)
        case _:
            raise AssertionError(kind)


def body_hash(kind: str, body: str) -> str:
    """Return the SHA-256 of kind and body as received; the same id with a different hash is a conflict."""
    return hashlib.sha256(f"{kind}\n{body}".encode()).hexdigest()
