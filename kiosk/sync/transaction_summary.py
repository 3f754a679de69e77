"""Summarise a transaction: fully if made in this process, otherwise from its envelope.

The body of a journal row may be encrypted to the hub. The envelope (marks) stays readable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from kiosk.central import JournalRow, Marks, Seal
from lending import sealing
from lending.model import CardRef, ItemId
from lending.responses import PatronResponse
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId, Undo
from lending.wire import UnreadableAct, decode, encode

Find = Callable[[TransactionId], JournalRow | None]
"""Returns the row of an id, while its body is kept."""


Written = tuple[str, str, Marks]
"""Kind, sealed body and marks of a transaction's row."""


class TransactionKind(StrEnum):
    """Kinds as the journal's rows spell them."""

    CHECKOUT = "checkout"
    CHECKIN = "checkin"
    RENEW = "renew"
    UNDO = "undo"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class TransactionSummary:
    """A transaction as far as it is known. A sealed one has marks, but no item and no due date."""

    kind: TransactionKind
    mark: str = ""
    """Keyed hash of the item; empty if the transaction is about none."""
    card: CardRef | None = None
    undoes: TransactionId | None = None
    item: ItemId | None = None
    due: datetime | None = None
    shelved: bool = False
    """A return that is trusted: the item is on the shelf again."""
    fee: Decimal = Decimal(0)
    """Fee that the patron agreed to, in the library's currency."""


@dataclass(frozen=True, slots=True)
class RecordedTransaction:
    """A summary and its place in the order of all transactions."""

    seq: int
    id: TransactionId
    trace: TransactionSummary
    undone: TransactionSummary | None = None
    """The transaction that an Undo takes back, if the journal still has it."""


def marks(seal: Seal, kind: str, body: str, act: Act) -> Marks:
    """Return the envelope of a transaction."""
    whole = seal.mark_body(kind, body)
    match act:
        case Checkout(card=card, item=item) | Renew(card=card, item=item):
            return Marks(whole, seal.mark_item(item), card)
        case Checkin(item=item):
            return Marks(whole, seal.mark_item(item))
        case Undo(of=of):
            return Marks(whole, undoes=of)
        case PatronResponse(card=card):
            return Marks(whole, card=card or "")


def encode_sealed(seal: Seal, act: Act, borrower: CardRef | None = None) -> Written:
    """Encode and seal a transaction. A seal that stores data with the body gets the borrower here."""
    kind, body = encode(act)
    return kind, seal.close(body, borrower), marks(seal, kind, body, act)


def trace(act: Act, envelope: Marks) -> TransactionSummary:
    """Summarise a transaction made in this process."""
    match act:
        case Checkout(card=card, item=item, due=due, fee=fee):
            return TransactionSummary(
                TransactionKind.CHECKOUT, envelope.item, card, item=item, due=due, fee=fee or Decimal(0)
            )
        case Renew(card=card, item=item, due=due):
            return TransactionSummary(TransactionKind.RENEW, envelope.item, card, item=item, due=due)
        case Checkin(item=item, mode=mode):
            return TransactionSummary(
                TransactionKind.CHECKIN, envelope.item, item=item, shelved=mode is ReturnMode.TRUSTED
            )
        case Undo(of=of):
            return TransactionSummary(TransactionKind.UNDO, undoes=of)
        case PatronResponse(card=card):
            return TransactionSummary(TransactionKind.SAID, card=card)


def summarise_row(seal: Seal, row: JournalRow, find: Find, act: Act | None = None) -> RecordedTransaction | None:
    """Summarise a row; None if a later version wrote it. `act`: its transaction, if made in this process."""
    known = _summary(seal, row, act)
    if known is None:
        return None
    before = find(known.undoes) if known.undoes else None
    return RecordedTransaction(row.seq, row.id, known, _summary(seal, before, None) if before else None)


def _summary(seal: Seal, row: JournalRow, act: Act | None) -> TransactionSummary | None:
    if sealing.read(row.body) is not None and act is None:
        return _envelope_summary(row)
    try:
        act = act or decode(row.kind, row.body)
    except UnreadableAct:
        return None
    return trace(act, row.marks if row.marks.body else marks(seal, row.kind, row.body, act))


def _envelope_summary(row: JournalRow) -> TransactionSummary | None:
    if row.kind not in list(TransactionKind):
        return None
    envelope = row.marks
    undoes = TransactionId(envelope.undoes) if envelope.undoes else None
    return TransactionSummary(
        TransactionKind(row.kind), envelope.item, CardRef(envelope.card) if envelope.card else None, undoes
    )
