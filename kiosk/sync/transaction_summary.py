"""What can be said of an act that was agreed here: all of it, or what its envelope tells once it is sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from kiosk.central import JournalRow, Marks, Seal
from lending import sealing
from lending.model import CardRef, ItemId
from lending.transactions import Act, Checkin, Checkout, PatronResponse, Renew, ReturnMode, TransactionId, Undo
from lending.wire import UnreadableAct, decode, encode

Find = Callable[[TransactionId], JournalRow | None]
"""The row of an id, while its body is kept."""


Written = tuple[str, str, Marks]
"""Kind, sealed body and marks of an act's row."""


class TransactionKind(StrEnum):
    """As the rows call them."""

    CHECKOUT = "checkout"
    CHECKIN = "checkin"
    RENEW = "renew"
    UNDO = "undo"
    SAID = "said"


@dataclass(frozen=True, slots=True)
class TransactionSummary:
    """An act as far as it is known. What is sealed has marks and no item, no due date."""

    kind: TransactionKind
    mark: str = ""
    """Keyed hash of the item; empty where the act is about none."""
    card: CardRef | None = None
    undoes: TransactionId | None = None
    item: ItemId | None = None
    due: datetime | None = None
    shelved: bool = False
    """A return that the library trusts: it is on the shelf again."""
    fee: Decimal = Decimal(0)
    """Price that the patron agreed to, in the library's currency."""


@dataclass(frozen=True, slots=True)
class RecordedTransaction:
    """A trace and its place in the order of all acts."""

    seq: int
    id: TransactionId
    trace: TransactionSummary
    undone: TransactionSummary | None = None
    """What an Undo takes back, where the journal still knows it."""


def marks(seal: Seal, kind: str, body: str, act: Act) -> Marks:
    """What the envelope tells of the act."""
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


def written(seal: Seal, act: Act, borrower: CardRef | None = None) -> Written:
    """With a seal that lays something beside the body it tells of now."""
    kind, body = encode(act)
    return kind, seal.close(body, borrower), marks(seal, kind, body, act)


def trace(act: Act, told: Marks) -> TransactionSummary:
    """All of an act that was agreed in this process."""
    match act:
        case Checkout(card=card, item=item, due=due, fee=fee):
            return TransactionSummary(
                TransactionKind.CHECKOUT, told.item, card, item=item, due=due, fee=fee or Decimal(0)
            )
        case Renew(card=card, item=item, due=due):
            return TransactionSummary(TransactionKind.RENEW, told.item, card, item=item, due=due)
        case Checkin(item=item, mode=mode):
            return TransactionSummary(TransactionKind.CHECKIN, told.item, item=item, shelved=mode is ReturnMode.TRUSTED)
        case Undo(of=of):
            return TransactionSummary(TransactionKind.UNDO, undoes=of)
        case PatronResponse(card=card):
            return TransactionSummary(TransactionKind.SAID, card=card)


def agreed(seal: Seal, row: JournalRow, find: Find, act: Act | None = None) -> RecordedTransaction | None:
    """What is known of a row; `act` where it was agreed in this process. None: a row of a later version."""
    known = _known(seal, row, act)
    if known is None:
        return None
    before = find(known.undoes) if known.undoes else None
    return RecordedTransaction(row.seq, row.id, known, _known(seal, before, None) if before else None)


def _known(seal: Seal, row: JournalRow, act: Act | None) -> TransactionSummary | None:
    if sealing.read(row.body) is not None and act is None:
        return _sealed(row)
    try:
        act = act or decode(row.kind, row.body)
    except UnreadableAct:
        return None
    return trace(act, row.marks if row.marks.body else marks(seal, row.kind, row.body, act))


def _sealed(row: JournalRow) -> TransactionSummary | None:
    if row.kind not in list(TransactionKind):
        return None
    told = row.marks
    undoes = TransactionId(told.undoes) if told.undoes else None
    return TransactionSummary(TransactionKind(row.kind), told.item, CardRef(told.card) if told.card else None, undoes)
