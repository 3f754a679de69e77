"""What can happen at the kiosk: everything that is posted to the one inbox; knows nobody who posts or reads."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kiosk.central import Outcome, OutOfService, PinVerdict, Sourced
from kiosk.system.health import Device, PartName, PartState
from kiosk.views.pinyin_candidate import PinyinCandidate
from lending.greeting import Greeting
from lending.model import Account, Block, CardRef, Item, ItemId, Patron
from lending.patron_record import PatronRecord, ProofOptions
from lending.post_visit import AfterVisit
from lending.published_feedback import Published
from lending.recommendations import AvailableRecommendation
from lending.title_result import SearchResults
from lending.transactions import Act, TransactionId


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card lies on the reader; once per presence.

    `uid` is the number that the library has for the card: its UID in upper-case hex of 4, 7 or 10 bytes, unless
    `[card_reader] number` says otherwise. It is hashed as it stands.
    """

    uid: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    pass


class CardTrouble(StrEnum):
    """Why the reader takes nothing as a card."""

    SEVERAL = "several"
    """More than one card."""
    UNCLEAR = "unclear"
    """It answers and cannot be read whole: a damaged card, another kind of card, or a disturbance."""
    RANDOM = "random"
    """Its number changes each time, as a phone's does."""


@dataclass(frozen=True, slots=True)
class CardTroubled:
    """The reader does not accept the object on it as a card; posted once per object."""

    trouble: CardTrouble


@dataclass(frozen=True, slots=True)
class ItemScanned:
    """The scanner read a code. `barcode` is raw: whatever the code says, also nonsense."""

    barcode: str


@dataclass(frozen=True, slots=True)
class ScannerHint:
    """What whoever holds something before the camera should do otherwise: the code of a notice, told once.

    `not_this_code` (the library's label, not the ISBN), `one_book_please` or `turn_the_book`.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A touch on an action of the screen, by its stable name; `item` and `choice` where it belongs to a line."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


class Key(StrEnum):
    """The four hardware keys, in the order in which they are mounted."""

    PREVIOUS = "previous"
    NEXT = "next"
    CHOOSE = "choose"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One of the hardware keys went down; once per press."""

    key: Key


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a touch is to land on a spot: so many millimetres beside it a finger came down."""

    off: float


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The view's `linger` is over."""


@dataclass(frozen=True, slots=True)
class PatronKnown:
    """Answer to: whose card is this? A Block when it is nobody's, or when nobody can tell."""

    card: CardRef
    answer: Sourced[Patron] | Block
    look: str = ""
    """How she likes the screen; empty where that is not remembered."""


@dataclass(frozen=True, slots=True)
class PinChecked:
    card: CardRef
    turn: int
    """Which of the visit's tries was checked, from 1: an answer to an abandoned try opens nothing."""
    verdict: PinVerdict


@dataclass(frozen=True, slots=True)
class ItemKnown:
    """Answer to: what is this item? A Block when it is none of the library's, or when nobody can tell."""

    item: ItemId
    answer: Sourced[Item] | Block


@dataclass(frozen=True, slots=True)
class AccountKnown:
    card: CardRef
    answer: Sourced[Account] | Block


@dataclass(frozen=True, slots=True)
class TitlesFound:
    """What answers the words; None where others were typed meanwhile."""

    typed: str
    found: SearchResults | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of an act on an item: in the journal and answered, refused by the central, or promised."""

    item: ItemId
    act: Act
    transaction: TransactionId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class PromiseSettled:
    """The library system answered an act that was promised before: the visit may be over."""

    transaction: TransactionId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NotWritten:
    """The journal did not take the act: it was never agreed."""

    item: ItemId
    act: Act


@dataclass(frozen=True, slots=True)
class ReceiptPrinted:
    """The printer took the receipt, or says why not (a health reason such as `out_of_paper`)."""

    failed: str | None = None
    half: bool = False
    """It failed in mid-receipt: a piece of it came out."""


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
    """The journal cannot be written: nothing may be promised any more. `why` is a reason code of the journal."""

    why: str


@dataclass(frozen=True, slots=True)
class ServiceTold:
    """What staff want of this kiosk: to be open, or closed with a message; and perhaps that it shows itself."""

    closed: OutOfService | None = None
    identify: bool = False


@dataclass(frozen=True, slots=True)
class DropSensed:
    """The bin's drop sensor fired."""


@dataclass(frozen=True, slots=True)
class DropMissed:
    """The time in which the drop sensor had to see the item is over."""

    item: ItemId


@dataclass(frozen=True, slots=True)
class GreetingKnown:
    """With what the library greets whoever has this card; None where with nothing."""

    card: CardRef
    greeting: Greeting | None


@dataclass(frozen=True, slots=True)
class AfterKnown:
    """What the end of the visit may ask and tell her."""

    after: AfterVisit


@dataclass(frozen=True, slots=True)
class ForYouKnown:
    """Answer to: what is recommended to whoever has this card?"""

    card: CardRef
    offers: tuple[AvailableRecommendation, ...]


@dataclass(frozen=True, slots=True)
class ProofKnown:
    """Answer to: how can she show that the card is hers? None where nobody can tell just now."""

    card: CardRef
    proof: ProofOptions | None


@dataclass(frozen=True, slots=True)
class CodeSent:
    """Whether a code is on its way to her."""

    card: CardRef
    sent: bool


@dataclass(frozen=True, slots=True)
class MineKnown:
    """Answer to: what does the library know of her? None where it is not told just now."""

    card: CardRef
    mine: PatronRecord | None


@dataclass(frozen=True, slots=True)
class PageKnown:
    """Where her phone goes on; empty where it cannot."""

    card: CardRef
    url: str


@dataclass(frozen=True, slots=True)
class PublishedKnown:
    """Answer to: what has the library done about what was said?"""

    published: tuple[Published, ...]


@dataclass(frozen=True, slots=True)
class CharactersFound:
    """What is offered for letters of pinyin."""

    letters: str
    offered: tuple[PinyinCandidate, ...]


@dataclass(frozen=True, slots=True)
class TechnicianKnown:
    """Whose code it was; `name` is None where it is nobody's. `known`: the kiosk knows any technician at all."""

    name: str | None
    known: bool = True


@dataclass(frozen=True, slots=True)
class PartTried:
    """The test of a part is over."""

    part: PartName | Device
    failed: bool = False


@dataclass(frozen=True, slots=True)
class BacklogKnown:
    """What the journal still holds and how far away the central is, for the technician."""

    queued: int
    exceptions: int
    waited: float | None = None
    """Seconds since the oldest of the queued was agreed."""
    delay: float | None = None
    """Seconds that the central took for its last answer."""
    told: int = 0
    """How many of the exceptions a hub beside the system has: staff find them on that one's page."""


@dataclass(frozen=True, slots=True)
class MinutePassed:
    """The clock on the screen shows another minute."""


Answer = (
    PatronKnown
    | PinChecked
    | ItemKnown
    | AccountKnown
    | TitlesFound
    | CharactersFound
    | Settled
    | NotWritten
    | ReceiptPrinted
    | DropMissed
    | GreetingKnown
    | AfterKnown
    | ForYouKnown
    | ProofKnown
    | CodeSent
    | MineKnown
    | PageKnown
    | PublishedKnown
    | BacklogKnown
    | TechnicianKnown
    | PartTried
)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to what the desk asked, with the visit it was asked in: it never reaches the next patron's screen."""

    visit: int
    answer: Answer


Event = (
    CardPresented
    | CardRemoved
    | CardTroubled
    | ItemScanned
    | ScannerHint
    | Pressed
    | KeyPressed
    | Landed
    | TimeUp
    | Answered
    | MinutePassed
    | PartChanged
    | CentralChanged
    | JournalFailed
    | DropSensed
    | ServiceTold
    | PromiseSettled
)
