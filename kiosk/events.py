"""What can happen at the kiosk: everything that is posted to the one inbox; knows nobody who posts or reads."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.model import Account, Block, Item, ItemId, Patron
from kiosk.domain.transactions import TransactionId
from kiosk.health import PartName, PartState
from kiosk.sync.central import Known, Outcome, PinVerdict


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card lies on the reader; once per presence. `uid` is upper-case hex of 4, 7 or 10 bytes."""

    uid: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    pass


@dataclass(frozen=True, slots=True)
class ItemScanned:
    """The scanner read a code. `barcode` is raw: whatever the code says, also nonsense."""

    barcode: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A touch on an action of the screen, by its stable name; `item` and `choice` where it belongs to a line."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The view's `linger` is over."""


@dataclass(frozen=True, slots=True)
class PatronKnown:
    """Answer to: whose card is this? A Block when it is nobody's, or when nobody can tell."""

    answer: Known[Patron] | Block


@dataclass(frozen=True, slots=True)
class PinChecked:
    verdict: PinVerdict


@dataclass(frozen=True, slots=True)
class ItemKnown:
    """Answer to: what is this item? None in `answer` when neither central nor snapshot knows it."""

    item: ItemId
    answer: Known[Item] | None


@dataclass(frozen=True, slots=True)
class AccountKnown:
    answer: Known[Account] | Block


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an act on an item: in the journal and answered, refused, or promised."""

    item: ItemId
    transaction: TransactionId | None
    """None when it was refused before anything was written."""
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class ReceiptPrinted:
    """The printer took the receipt, or says why not (a health reason such as `out_of_paper`)."""

    failed: str | None = None


@dataclass(frozen=True, slots=True)
class PartChanged:
    part: PartName
    state: PartState


@dataclass(frozen=True, slots=True)
class CentralChanged:
    """The central answers, or does not."""

    online: bool


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """The journal cannot be written: nothing may be promised any more. `why` is a reason code of journal.py."""

    why: str


@dataclass(frozen=True, slots=True)
class DropSensed:
    """The bin's drop sensor fired."""


Event = (
    CardPresented
    | CardRemoved
    | ItemScanned
    | Pressed
    | TimeUp
    | PatronKnown
    | PinChecked
    | ItemKnown
    | AccountKnown
    | Settled
    | ReceiptPrinted
    | PartChanged
    | CentralChanged
    | JournalFailed
    | DropSensed
)

