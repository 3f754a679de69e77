"""Event types of the kiosk: everything that is posted to the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NewType

from kiosk.central import Outcome, OutOfService, PinVerdict, Sourced
from kiosk.system.health import Device, PartName, PartState
from kiosk.views.text_entry import PinyinCandidate
from lending.model import Account, AvailableRecommendation, Block, CardRef, Item, ItemId, Patron
from lending.patron_record import PatronRecord, ProofOptions
from lending.questions import Question
from lending.tags import TagData, TagTrouble
from lending.title_result import SearchResults
from lending.transactions import Act, TransactionId


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card is on the reader; posted once per presence.

    `uid` is the library's number for the card: its UID in upper-case hex of 4, 7 or 10 bytes, unless `[card_reader]
    number` is configured otherwise. It is hashed as given.
    """

    uid: str


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card was taken from the reader."""


class CardTrouble(StrEnum):
    """Why the reader accepts nothing as a card."""

    SEVERAL = "several"
    """More than one card."""
    UNCLEAR = "unclear"
    """It responds but cannot be read completely: a damaged card, another kind of card, or interference."""
    RANDOM = "random"
    """Its number changes each time, as a phone's does."""


@dataclass(frozen=True, slots=True)
class CardTroubled:
    """The reader does not accept the object on it as a card; posted once per object."""

    trouble: CardTrouble


@dataclass(frozen=True, slots=True)
class ItemScanned:
    """The scanner read a code. `barcode` is raw, in any format."""

    barcode: str


@dataclass(frozen=True, slots=True)
class ScannerHint:
    """Advice for presenting an item to the camera, as a notice code; posted once.

    `not_this_code` (the library's label, not the ISBN), `one_book_please` or `turn_the_book`.
    """

    code: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A touch on an action of the screen, by its stable name; `item` and `choice` are set if it belongs to a line."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


TagHandle = NewType("TagHandle", int)
"""A tag on the pad, for as long as it lies there; it gets another one when it is laid down again."""


@dataclass(frozen=True, slots=True)
class PadTag:
    """A tag on the item pad: what it says, or why it names no item."""

    handle: TagHandle
    content: TagData | TagTrouble


@dataclass(frozen=True, slots=True)
class PileSeen:
    """What lies on the item pad now; posted when anything of it changes."""

    tags: tuple[PadTag, ...] = ()
    """In the order in which they were first seen."""
    steady: bool = True
    """True if two rounds in a row found the same tags: nothing is being laid down or lifted."""
    crowded: bool = False
    """True if there are more tags than can be distinguished; `tags` has the others."""


class Key(StrEnum):
    """The four hardware keys, in mounting order."""

    PREVIOUS = "previous"
    NEXT = "next"
    CHOOSE = "choose"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A hardware key was pressed; once per press."""

    key: Key


@dataclass(frozen=True, slots=True)
class TargetTouched:
    """A touch during the touch test; `off` is its distance from the target in millimetres."""

    off: float


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The view has timed out."""


@dataclass(frozen=True, slots=True)
class PatronKnown:
    """Result of the lookup of a card. A Block if the card is unknown or cannot be looked up."""

    card: CardRef
    answer: Sourced[Patron] | Block
    look: str = ""
    """Stored display preferences; empty if there are none."""


@dataclass(frozen=True, slots=True)
class PinChecked:
    """Result of a PIN or code check."""

    card: CardRef
    turn: int
    """Number of the visit's PIN check, from 1; the result of an abandoned one opens nothing."""
    verdict: PinVerdict


@dataclass(frozen=True, slots=True)
class ItemKnown:
    """Result of the lookup of an item. A Block if it is not the library's or cannot be looked up."""

    item: ItemId
    answer: Sourced[Item] | Block


@dataclass(frozen=True, slots=True)
class AccountKnown:
    """Result of the lookup of loans, holds and fees."""

    card: CardRef
    answer: Sourced[Account] | Block


@dataclass(frozen=True, slots=True)
class TitlesFound:
    """Search results; None if a later query has replaced this one."""

    typed: str
    found: SearchResults | None


@dataclass(frozen=True, slots=True)
class TitleKnown:
    """Result of the lookup of a recommended title, by the barcode of its line; no result if it is unknown."""

    item: ItemId
    found: SearchResults


@dataclass(frozen=True, slots=True)
class Settled:
    """Result of a transaction: accepted or refused by the central, or promised."""

    item: ItemId
    act: Act
    transaction: TransactionId
    outcome: Outcome


class SwitchResult(StrEnum):
    """Result of switching the security of an item's tags."""

    DONE = "done"
    GONE = "gone"
    """A tag left the pad first."""
    FAILED = "failed"
    """A tag cannot be switched, or the pad does not work."""


@dataclass(frozen=True, slots=True)
class SecuritySwitched:
    """Whether the security of all tags of an item was switched and verified."""

    item: ItemId
    secured: bool
    result: SwitchResult


@dataclass(frozen=True, slots=True)
class PromiseSettled:
    """The library system's response to a promised transaction; its visit may be over."""

    transaction: TransactionId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NotWritten:
    """The journal could not write the transaction, so it does not exist."""

    item: ItemId
    act: Act


@dataclass(frozen=True, slots=True)
class ReceiptPrinted:
    """The printer accepted the receipt, or `failed` says why not (a health reason such as `out_of_paper`)."""

    failed: str | None = None
    half: bool = False
    """It failed during the print; a part of the receipt came out."""


@dataclass(frozen=True, slots=True)
class PartChanged:
    """The health of a hardware part changed."""

    part: PartName
    state: PartState


@dataclass(frozen=True, slots=True)
class CentralChanged:
    """The central became reachable or unreachable."""

    online: bool


@dataclass(frozen=True, slots=True)
class JournalFailed:
    """The journal cannot be written, so nothing may be promised. `why` is a reason code of the journal."""

    why: str


@dataclass(frozen=True, slots=True)
class ServiceInstruction:
    """Staff's instruction: open, or closed with a message; `identify` asks the kiosk to show its name."""

    closed: OutOfService | None = None
    identify: bool = False


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """Staff have fetched the log or a screenshot, or restart the kiosk; `notice` is the code of the sentence for it."""

    notice: str


@dataclass(frozen=True, slots=True)
class DropSensed:
    """The bin's drop sensor fired."""


@dataclass(frozen=True, slots=True)
class DropMissed:
    """The drop sensor's timeout for the item is over."""

    item: ItemId


@dataclass(frozen=True, slots=True)
class HubAnswered:
    """The answer to a question asked in passing, of the type that the question declares."""

    question: Question[Any]
    answer: Any
    card: CardRef | None = None


@dataclass(frozen=True, slots=True)
class ForYouKnown:
    """The recommendations for the card's patron."""

    card: CardRef
    offers: tuple[AvailableRecommendation, ...]


@dataclass(frozen=True, slots=True)
class ProofKnown:
    """How the patron can prove ownership of the card; None if that is unknown now."""

    card: CardRef
    proof: ProofOptions | None


@dataclass(frozen=True, slots=True)
class CodeSent:
    """Whether a one-time code was sent to the patron."""

    card: CardRef
    sent: bool


@dataclass(frozen=True, slots=True)
class PatronRecordKnown:
    """The patron's record; None if it is unavailable now."""

    card: CardRef
    record: PatronRecord | None


@dataclass(frozen=True, slots=True)
class PageKnown:
    """URL that continues on the patron's phone; empty if there is none."""

    card: CardRef
    url: str


@dataclass(frozen=True, slots=True)
class CharactersFound:
    """Character candidates for pinyin letters."""

    letters: str
    offered: tuple[PinyinCandidate, ...]


@dataclass(frozen=True, slots=True)
class TechnicianKnown:
    """Technician of a code; `name` is None if the code is unknown. `known`: the kiosk has any technician at all."""

    name: str | None
    known: bool = True


@dataclass(frozen=True, slots=True)
class PartTried:
    """The test of a part is over."""

    part: PartName | Device
    failed: bool = False


@dataclass(frozen=True, slots=True)
class BacklogKnown:
    """Backlog of the journal and latency of the central, for the technician screen."""

    queued: int
    exceptions: int
    queue_age: float | None = None
    """Seconds since the oldest queued transaction was made."""
    delay: float | None = None
    """Seconds that the central took for its latest response."""
    reported_exceptions: int = 0
    """Number of exceptions reported to the companion hub; staff find them on its page."""


@dataclass(frozen=True, slots=True)
class MinutePassed:
    """The clock on the screen shows another minute."""


Answer = (
    PatronKnown
    | PinChecked
    | ItemKnown
    | AccountKnown
    | TitlesFound
    | TitleKnown
    | CharactersFound
    | Settled
    | NotWritten
    | ReceiptPrinted
    | DropMissed
    | HubAnswered
    | ForYouKnown
    | ProofKnown
    | CodeSent
    | PatronRecordKnown
    | PageKnown
    | BacklogKnown
    | TechnicianKnown
    | PartTried
    | SecuritySwitched
)


@dataclass(frozen=True, slots=True)
class Answered:
    """Result of an effect, with the visit that requested it, so that it never reaches another patron's screen."""

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
    | TargetTouched
    | TimeUp
    | Answered
    | MinutePassed
    | PartChanged
    | CentralChanged
    | JournalFailed
    | DropSensed
    | PileSeen
    | ServiceInstruction
    | RemoteAccess
    | PromiseSettled
)
