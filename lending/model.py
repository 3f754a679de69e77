"""Data model of lending: patrons, items, loans, holds, refusal reasons and recommendations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import NewType

PatronRef = NewType("PatronRef", str)
"""Opaque patron id issued by the central; reveals nothing about the person."""
CardRef = NewType("CardRef", str)
"""Card id on the wire and on disk; with our hub, HMAC-SHA-256 of the card number as 64 lower-case hex digits."""
ItemId = NewType("ItemId", str)
"""Item identifier: the barcode on the library's label."""

NO_LOANS: Mapping[str, int] = MappingProxyType({})


class CardStatus(StrEnum):
    """Status of a library card."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    PROVISIONAL = "provisional"
    """The patron registered themselves, at a kiosk or in the portal; staff have not checked them yet."""


class ItemStatus(StrEnum):
    """Circulation status of an item."""

    ON_SHELF = "on_shelf"
    ON_LOAN = "on_loan"
    HANDED_IN = "handed_in"
    """Returned at a kiosk; staff have not checked the item in yet."""
    ON_HOLD_SHELF = "on_hold_shelf"
    LOST = "lost"


class Reason(StrEnum):
    """Why a request was refused. The value is the wire code."""

    UNKNOWN_CARD = "unknown_card"
    CARDS_PAUSED = "cards_paused"
    """Too many unknown cards in a minute: card lookups are paused."""
    CARD_BLOCKED = "card_blocked"
    CARD_LOST = "card_lost"
    CARD_PROVISIONAL = "card_provisional"
    """The patron registered themselves; staff must check them before the first loan."""
    CARD_EXPIRED = "card_expired"
    FEES = "fees"
    LOAN_COSTS = "loan_costs"
    """The loan or renewal costs a fee; it is done once the patron agrees."""
    LIMIT = "limit"
    TYPE_LIMIT = "type_limit"
    OFFLINE_CAP = "offline_cap"
    OFFLINE_WINDOW = "offline_window"
    """The kiosk lends nothing more: offline for too long, too many transactions queued, or its disk nearly full."""
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
    """A renewal would not move the due date, or the rule sets a waiting time; `on` is the first permitted day."""
    SOMEONE_WAITS = "someone_waits"
    NEEDS_CENTRAL = "needs_central"
    OUTDATED = "outdated"
    """The central has been away so long that the snapshot's card and item data are no longer trusted."""
    PIN_WRONG = "pin_wrong"
    PIN_LOCKED = "pin_locked"
    CODE_WRONG = "code_wrong"
    CARD_TAKEN = "card_taken"
    """The card belongs to another patron and cannot be used to register."""
    DATE_OVER = "date_over"
    """The event has begun, was cancelled or no longer exists, so no place can be booked."""
    NO_PROOF = "no_proof"
    """The change needs a proof, PIN or code, that was not given or that the patron cannot give."""
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNREADABLE = "unreadable"
    """The barcode or card is not a number of this library."""
    CENTRAL_FORBIDS = "central_forbids"
    """The central is reachable but currently permits this at no kiosk."""
    CENTRAL_REFUSED = "central_refused"
    """The central refused without a reason known here."""


class FeeKind(StrEnum):
    """What a fee is for."""

    OVERDUE = "overdue"
    LOST = "lost"
    DAMAGE = "damage"
    MEMBERSHIP = "membership"
    NOT_COLLECTED = "not_collected"
    LOAN = "loan"
    HOLD = "hold"
    PROCESSING = "processing"
    ADMINISTRATIVE = "administrative"
    COMPUTER = "computer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Block:
    """A refusal: the reason and the facts that its message needs."""

    reason: Reason
    on: date | None = None
    """Day of the reason: expiry of the card, due date of the patron's own loan (ALREADY_YOURS), first day of
    a renewal (TOO_EARLY), or day of the snapshot (OUTDATED)."""
    amount: Decimal | None = None
    """Fees owed; with LOAN_COSTS the fee of this loan."""
    count: int | None = None
    """The limit reached, or the renewals used."""
    currency: str = ""
    """ISO 4217 code of the amount; empty means the library's currency."""
    fee: FeeKind | None = None
    """With LOAN_COSTS what the fee is for; None if the central does not say."""


@dataclass(frozen=True, slots=True)
class Patron:
    """The patron data that a kiosk may hold. `name` is masked by the central and empty if read from the snapshot."""

    ref: PatronRef
    category: str
    card: CardStatus = CardStatus.ACTIVE
    expires: date | None = None
    fees: Decimal = Decimal(0)
    currency: str = ""
    """ISO 4217 code of the fees; empty means the library's currency."""
    fee_limit: Decimal | None = None
    """Fees at which the central stops lending; None if it sends no limit."""
    loans: Mapping[str, int] = field(default_factory=lambda: NO_LOANS)
    """Number of loans by item type, without those handed in."""
    promised: int = 0
    """How many of the loans a kiosk made while the central was away and the central has not confirmed yet."""
    name: str = ""
    last4: str = ""
    """Last four digits of the patron's number; empty if read from the snapshot."""
    language: str = ""
    services: tuple[str, ...] = ()
    """Ids of the `policy.Service`s that the library grants this patron."""
    barred: Block | None = None
    """Why the central blocks all borrowing, if it reports a block itself."""

    @property
    def on_loan(self) -> int:
        """Number of items on loan, over all item types."""
        return sum(self.loans.values())


@dataclass(frozen=True, slots=True)
class Item:
    """A copy. A value that the central does not report keeps its default."""

    id: ItemId
    title: str = ""
    author: str = ""
    call_number: str = ""
    subject: str = ""
    """First digit of the Dewey class or letter(s) of the 中图法 class; selects the typographic cover."""
    type: str = "book"
    branch: str = ""
    status: ItemStatus = ItemStatus.ON_SHELF
    holder: PatronRef | None = None
    due: datetime | None = None
    renewals: int = 0
    waiting: int = 0
    """Title holds that are waiting for any copy, not trapped on one."""
    reserved_for: PatronRef | None = None
    """Patron for whom the copy is on the hold shelf."""
    cover: str = ""
    """Name of the title's cover picture (`lending.cover_store`); empty if there is none."""


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """The rule of a loan as shown to the borrower: loan period, and item kind if the rule is for one."""

    kind: Mapping[str, str] = field(default_factory=dict)
    """Name of the kind by language code."""
    days: int | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A patron's hold; `ready` means it can be picked up.

    One that is suspended keeps its place in the queue but gets no copy before `suspended_until`.
    """

    title: str
    ready: bool
    shelf: str = ""
    until: date | None = None
    subject: str = ""
    cover: str = ""
    suspended_until: date | None = None


@dataclass(frozen=True, slots=True)
class Fee:
    """An unpaid fee of the patron."""

    kind: FeeKind
    owed: Decimal | None = None
    """What is left to pay; None if the central lists its fees without amounts."""
    text: str = ""
    """Title of the item, or the central's own description."""
    charged: date | None = None
    growing: bool = False
    """A fine that grows until the item is back."""


@dataclass(frozen=True, slots=True)
class Account:
    """Contents of My account: loans with their due dates, holds, and what the fees in `patron` are for."""

    patron: Patron
    loans: tuple[Item, ...]
    holds: tuple[Hold, ...]
    unconfirmed: frozenset[ItemId] = frozenset()
    """Loans made at this kiosk offline that the central has not received yet."""
    unnamed: int = 0
    """Number of further loans made at this kiosk whose journal rows are already sealed and cannot be named."""
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A recommended title. `why` is the reason by language code; `items` are its copies."""

    title: str
    author: str
    call_number: str
    why: Mapping[str, str]
    new: bool
    items: tuple[ItemId, ...]
    about: str = ""
    """Sent back with the patron's feedback on it."""
    again: bool = False
    """The patron has borrowed it before."""


@dataclass(frozen=True, slots=True)
class AvailableRecommendation:
    """A recommendation with a copy that is on the shelf now."""

    pick: Recommendation
    item: Item
