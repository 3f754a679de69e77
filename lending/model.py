"""The facts of lending: patrons, items, loans, holds and reasons; knows no screen, no network and no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

PatronRef = NewType("PatronRef", str)
"""Opaque name of a patron, made by the central; says nothing about the person."""
CardRef = NewType("CardRef", str)
"""What travels and rests for a card: with our hub HMAC-SHA-256 of the card number as 64 lower-case hex digits."""
ItemId = NewType("ItemId", str)
"""Item identifier: the barcode on the library's label."""

NO_LOANS: Mapping[str, int] = MappingProxyType({})


class CardStatus(StrEnum):
    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    PROVISIONAL = "provisional"
    """She registered by herself and staff have not seen her yet."""


class ItemStatus(StrEnum):
    ON_SHELF = "on_shelf"
    ON_LOAN = "on_loan"
    HANDED_IN = "handed_in"
    """Handed in at a kiosk and not yet seen by staff."""
    ON_HOLD_SHELF = "on_hold_shelf"
    LOST = "lost"


class Reason(StrEnum):
    """Why something was not done. The value is the code that travels on the wire."""

    UNKNOWN_CARD = "unknown_card"
    CARDS_PAUSED = "cards_paused"
    """Too many unknown cards in a minute: no card is asked about for a while."""
    CARD_BLOCKED = "card_blocked"
    CARD_LOST = "card_lost"
    CARD_PROVISIONAL = "card_provisional"
    """She registered by herself, and staff have to see her before her first loan."""
    CARD_EXPIRED = "card_expired"
    FEES = "fees"
    LOAN_COSTS = "loan_costs"
    """This loan, or this renewal, costs something: it is done when the patron agrees to that."""
    LIMIT = "limit"
    TYPE_LIMIT = "type_limit"
    OFFLINE_CAP = "offline_cap"
    OFFLINE_WINDOW = "offline_window"
    """The kiosk has been without the central for so long, or so much waits for it, that it lends nothing more; or its
    disk is nearly full."""
    UNKNOWN_ITEM = "unknown_item"
    ITEM_LOST = "item_lost"
    READING_ROOM = "reading_room"
    NO_RULE = "no_rule"
    HELD_FOR_OTHER = "held_for_other"
    ON_LOAN_TO_OTHER = "on_loan_to_other"
    ALREADY_YOURS = "already_yours"
    NOT_ON_LOAN = "not_on_loan"
    NOT_YOURS = "not_yours"
    NO_RENEWALS_LEFT = "no_renewals_left"
    TOO_EARLY = "too_early"
    """A renewal would not move the due date, or the rule says to wait; `on` is the first day on which it may be."""
    SOMEONE_WAITS = "someone_waits"
    NEEDS_CENTRAL = "needs_central"
    OUTDATED = "outdated"
    """The central has been away for so long that nobody here knows any more how cards and items stand."""
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    CODE_WRONG = "code_wrong"
    CARD_TAKEN = "card_taken"
    """It is somebody's: nobody else can register with it."""
    DATE_OVER = "date_over"
    """A place is wanted in what has begun, is cancelled, or is not there any more."""
    NO_PROOF = "no_proof"
    """She has neither a PIN nor an address to which a code can be sent."""
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNREADABLE = "unreadable"
    """A barcode or card that is no number of this library."""
    CENTRAL_FORBIDS = "central_forbids"
    """The central answers, and does this at no kiosk just now."""
    CENTRAL_REFUSED = "central_refused"
    """The central said no without a reason that we know."""


@dataclass(frozen=True, slots=True)
class Block:
    """A refusal as a value: the reason and the facts that its words need."""

    reason: Reason
    on: date | None = None
    """The day it speaks of: expiry of the card, due date of somebody's loan."""
    amount: Decimal | None = None
    """Fees owed; with LOAN_COSTS what it would cost."""
    count: int | None = None
    """The limit that was reached, or the renewals that were used."""
    currency: str = ""
    """ISO 4217 code of the amount; empty: the library's own."""


@dataclass(frozen=True, slots=True)
class Patron:
    """What the kiosk may know of a patron. `name` is masked by the central and empty when read from the snapshot."""

    ref: PatronRef
    category: str
    card: CardStatus = CardStatus.ACTIVE
    expires: date | None = None
    fees: Decimal = Decimal(0)
    currency: str = ""
    """ISO 4217 code of the fees; empty: the library's own."""
    fee_limit: Decimal | None = None
    """Fees at which the central stops lending; None if it sends no limit."""
    loans: Mapping[str, int] = field(default_factory=lambda: NO_LOANS)
    """Loans by item type; what was handed in does not count."""
    promised: int = 0
    """Those of them that a kiosk promised while the central was away, and that it has not confirmed yet."""
    name: str = ""
    last4: str = ""
    """Last four digits of the patron's number; empty when read from the snapshot."""
    language: str = ""
    barred: Block | None = None
    """Why the central lets her borrow nothing, where it says so of its own accord."""

    @property
    def on_loan(self) -> int:
        return sum(self.loans.values())


@dataclass(frozen=True, slots=True)
class Item:
    """A copy on the shelf or on its way. What a central does not tell is left at its default."""

    id: ItemId
    title: str = ""
    author: str = ""
    call_number: str = ""
    subject: str = ""
    """First digit of Dewey or the letter(s) of 中图法: chooses the typographic cover."""
    type: str = "book"
    branch: str = ""
    status: ItemStatus = ItemStatus.ON_SHELF
    holder: PatronRef | None = None
    due: datetime | None = None
    renewals: int = 0
    waiting: int = 0
    """Holds that wait for any copy and are not trapped on one."""
    reserved_for: PatronRef | None = None
    """Patron for whom the copy stands on the hold shelf."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The rule by which something was lent, as its borrower is told: for how long, and for what kind where for one."""

    kind: Mapping[str, str] = field(default_factory=dict)
    """Its name by language."""
    days: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold of the patron's; `ready` when it can be picked up."""

    title: str
    ready: bool
    shelf: str = ""
    until: date | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What My account shows: loans as items with their due dates, holds and the fees in `patron`."""

    patron: Patron
    loans: tuple[Item, ...]
    holds: tuple[Hold, ...]
    unconfirmed: frozenset[ItemId] = frozenset()
    """Those of the loans that this kiosk promised and the central does not have yet."""
    unnamed: int = 0
    """Loans more that count, which this kiosk made and cannot name any more: their rows are sealed."""
