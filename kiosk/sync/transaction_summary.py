"""Summarise a transaction: fully if made in this process, otherwise from its envelope.

The body of a journal row may be encrypted to the hub. The envelope (marks) stays readable.
Unconfirmed transactions are applied to the accounts and items of central and snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from kiosk.central import JournalRow, Marks, Seal
from lending import sealing
from lending.model import Account, CardRef, Item, ItemId, ItemStatus, Patron, PatronRef
from lending.responses import PatronResponse
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TagReport, TransactionId, Undo
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
    TAG = "tag"
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
        case Undo(transaction=undone):
            return Marks(whole, undoes=undone)
        case TagReport(item=item):
            return Marks(whole, seal.mark_item(item))
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
        case Undo(transaction=undone):
            return TransactionSummary(TransactionKind.UNDO, undoes=undone)
        case TagReport(item=item):
            return TransactionSummary(TransactionKind.TAG, envelope.item, item=item)
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


def standing(agreed: Sequence[RecordedTransaction]) -> Sequence[TransactionSummary]:
    """Return the transactions that still hold, in order: an undone one is dropped together with its Undo.

    An Undo of an older transaction stays, because the base data already include what it undoes.
    """
    undone = {each.trace.undoes for each in agreed if each.trace.undoes}
    here = {each.id for each in agreed}
    traces: list[TransactionSummary] = []
    for each in agreed:
        if each.trace.kind is TransactionKind.UNDO:
            if each.trace.undoes not in here and each.undone and each.undone.kind is TransactionKind.CHECKOUT:
                traces.append(
                    TransactionSummary(TransactionKind.CHECKIN, each.undone.mark, item=each.undone.item, shelved=True)
                )
        elif each.id not in undone and each.trace.kind not in (TransactionKind.TAG, TransactionKind.SAID):
            traces.append(each.trace)
    return traces


def item_over(
    item: Item, mark: str, traces: Sequence[TransactionSummary], holder: Callable[[CardRef], PatronRef]
) -> Item:
    """Return the item after the transactions. `mark` is the item's keyed hash; `holder` returns a card's patron."""
    for each in traces:
        if each.mark == mark:
            item = _apply_transaction(item, each, holder)
    return item


def _apply_transaction(item: Item, trace: TransactionSummary, holder: Callable[[CardRef], PatronRef]) -> Item:
    match trace.kind:
        case TransactionKind.CHECKOUT:
            borrower = holder(trace.card) if trace.card else None
            if item.status is ItemStatus.ON_LOAN and item.holder == borrower:
                return item
            return replace(
                item, status=ItemStatus.ON_LOAN, holder=borrower, due=trace.due, renewals=0, reserved_for=None
            )
        case TransactionKind.CHECKIN if trace.shelved:
            return replace(item, status=ItemStatus.ON_SHELF, holder=None, due=None, renewals=0)
        case TransactionKind.CHECKIN:
            return replace(item, status=ItemStatus.HANDED_IN)
        case TransactionKind.RENEW if trace.item is None:
            return replace(item, due=None, renewals=item.renewals + 1)
        case TransactionKind.RENEW:
            longer = item.due is None or trace.due is None or trace.due > item.due
            return replace(item, due=trace.due, renewals=item.renewals + 1) if longer else item
        case TransactionKind.UNDO | TransactionKind.TAG | TransactionKind.SAID:
            return item
        case _:
            assert_never(trace.kind)


def account_over(
    account: Account,
    card: CardRef,
    traces: Sequence[TransactionSummary],
    queued: Sequence[TransactionSummary],
    look: Callable[[ItemId], Item | None],
    holder: Callable[[CardRef], PatronRef],
    mark: Callable[[ItemId], str],
) -> Account:
    """Return the account after the transactions: loans, counts by item type, and how many loans are only promised.

    Args:
        account: The account before them.
        card: The card used now; `holder` returns the patron of any other, as a patron may have two cards.
        traces: Transactions to apply, in order.
        queued: Those that the central does not have.
        look: Returns an item's title and type.
        holder: Returns the patron behind a card.
        mark: Returns an item's keyed hash.
    """
    patron = account.patron

    def patron_of(other: CardRef) -> PatronRef:
        return patron.ref if other == card else holder(other)

    before = {mark(item.id): item for item in account.loans if item.status is ItemStatus.ON_LOAN}
    names = {each.mark: each.item for each in traces if each.item}
    after = dict(before)
    for each in dict.fromkeys(trace.mark for trace in traces if trace.mark):
        base = before.get(each) or _item_before_loan(names.get(each), look)
        now = item_over(base, each, traces, patron_of)
        after.pop(each, None)
        if now.status is ItemStatus.ON_LOAN and now.holder == patron.ref:
            after[each] = now
    lent = {
        each.mark
        for each in queued
        if each.kind is TransactionKind.CHECKOUT and each.card and patron_of(each.card) == patron.ref
    }
    counted = replace(_adjust_loans(patron, before, after), promised=len(lent & after.keys()))
    named = tuple(item for item in after.values() if item.id)
    unconfirmed = frozenset(item.id for each, item in after.items() if each in lent and item.id)
    return replace(account, patron=counted, loans=named, unconfirmed=unconfirmed, unnamed=len(after) - len(named))


def _item_before_loan(item: ItemId | None, look: Callable[[ItemId], Item | None]) -> Item:
    """Return the item before this kiosk lent it; without id and type if its row is sealed."""
    if item is None:
        return Item(ItemId(""), type="")
    return replace(look(item) or Item(item), status=ItemStatus.ON_SHELF, holder=None)


def _adjust_loans(patron: Patron, before: Mapping[str, Item], after: Mapping[str, Item]) -> Patron:
    loans = dict(patron.loans)
    for gone in before.keys() - after.keys():
        kind = before[gone].type
        loans[kind] = max(0, loans.get(kind, 0) - 1)
    for new in after.keys() - before.keys():
        kind = after[new].type
        loans[kind] = loans.get(kind, 0) + 1
    return replace(patron, loans=MappingProxyType(loans))
