"""Interfaces and result types of the central, the system that keeps the loans; protocol-independent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from lending.model import Account, AppliedRule, AvailableRecommendation, Block, CardRef, Item, ItemId, Patron, Reason
from lending.patron_record import PatronRecord, ProofOptions
from lending.questions import Question
from lending.responses import AnyPatronResponse
from lending.title_result import SearchResults
from lending.transactions import Act, ClockTrust, TransactionId

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The central has it. `due` is the central's due date and overrides the kiosk's."""

    due: datetime | None = None
    someone_waits: bool = False
    place: str = ""
    """Where to put a returned item: name of a bin or shelf; empty if the central sends none."""
    goes_on: Mapping[str, str] = field(default_factory=dict)
    """Name of the branch to which a returned item is transferred, by language code; empty if it stays."""
    applied: AppliedRule | None = None
    """The rule of the loan or renewal, if the central sends it."""
    became: str = ""
    """Outcome of a request with several possible outcomes; empty if the central sends none."""
    fee: Decimal = Decimal(0)
    """The fee in the central's currency; 0 if the central sends none."""
    due_text: str = ""
    """The central's due date as text, if it cannot be parsed; `due` is None then."""
    keeps_security: bool = False
    """The borrowed item's security must stay on."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The central refused the transaction."""

    block: Block


@dataclass(frozen=True, slots=True)
class Deferred:
    """The transaction is in the journal and promised; it will be submitted as no-block."""

    due: datetime | None = None


Outcome = Accepted | Refused | Deferred


class PinVerdict(StrEnum):
    """Result of a PIN or code check."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    AWAY = "away"
    """The central did not answer, so the PIN was not checked."""


class Source(StrEnum):
    """Where a value came from."""

    CENTRAL = "central"
    SNAPSHOT = "snapshot"
    OUTDATED = "outdated"
    """The snapshot, too old for the state of items; only their description is reliable."""


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value and its source."""

    value: T
    source: Source


@dataclass(frozen=True, slots=True)
class OutOfService:
    """Why the library keeps this kiosk closed: its words by language, or the reason code `why` if there are none."""

    words: Mapping[str, str]
    why: str = "out_of_service"


class CentralUnavailable(Exception):
    """The central gave no usable response: no connection, time-out, captive portal, 5xx, invalid data.

    `args[0]` is a short reason for the log, without patron data.
    """


@dataclass(frozen=True, slots=True)
class Marks:
    """Searchable parts of an encrypted body, in the row's envelope: keyed hashes and an id; empty if not applicable."""

    body: str = ""
    """Keyed hash of kind and plain body."""
    item: str = ""
    card: str = ""
    """Card id as on the wire, which is a keyed hash already."""
    undoes: str = ""
    """Id of the transaction that an Undo reverses."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A transaction as stored in the journal and sent to the central. A resend repeats `body` byte for byte."""

    seq: int
    """Row number without gaps, from 1; rows rescued from a damaged journal have numbers up to 0."""
    id: TransactionId
    boot: str
    mono_ns: int
    at: datetime
    trust: ClockTrust
    kind: str
    no_block: bool
    body: str
    """Canonical JSON of the transaction (`lending.wire`), encrypted."""
    journal: str = ""
    """Id of the journal that has the row, or of the damaged one it was rescued from."""
    number: int = 0
    """Row number in that other journal; 0 if it is `seq`."""
    untold: bool = False
    """Promised to no patron, and its result will be shown to none; if carried out, the central reports it to staff."""
    result_shown: bool = False
    """The patron saw the result; the row is sent again only because the central has lost rows."""
    marks: Marks = Marks()


@dataclass(frozen=True, slots=True)
class SetAside:
    """The central cannot carry it out: staff handle it at the exception desk, and the kiosk closes the row."""

    reason: str
    block: Block = field(default_factory=lambda: Block(Reason.CENTRAL_REFUSED))
    """Refusal shown to a patron who is still at the kiosk."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """The central is busy or still processing: the same row must be sent again."""

    after: float = 0.0
    """Seconds to wait, as requested by the central."""


Judged = Accepted | Refused | SetAside
"""Final result of a row."""
Answer = Judged | RetryLater


class Seal(Protocol):
    """Encryption of journal rows on the kiosk's disk; supplied by the central, which defines who must read them."""

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        """Encrypt a body as it is stored and sent. Call it once per row.

        Args:
            body: Canonical JSON text.
            borrower: With a return, the card that borrowed or renewed the item here, if the central does not have that
                transaction yet.
        """
        ...

    def mark_item(self, item: ItemId) -> str:
        """Return the keyed hash that finds the rows of an item."""
        ...

    def mark_body(self, kind: str, body: str) -> str:
        """Return the keyed hash of the plain body."""
        ...


class PatronRecordApi(Protocol):
    """A patron's own record, if the central keeps one. Every method may raise CentralUnavailable."""

    async def proof(self, card: CardRef) -> ProofOptions:
        """Return how the patron can prove ownership of the card."""
        ...

    async def send_code(self, card: CardRef) -> bool:
        """Send a one-time code to the patron; return whether it was sent."""
        ...

    async def check_code(self, card: CardRef, code: str) -> PinVerdict: ...

    async def patron_record(self, card: CardRef) -> PatronRecord:
        """Return the record; requires a correct PIN or code before."""
        ...

    async def page(self, card: CardRef) -> str:
        """Return a URL, valid for some minutes, that continues on the phone; requires a correct PIN or code before."""
        ...

    def token(self, card: CardRef) -> str:
        """Return the pass that the central issued for this card in this visit, or an empty text."""
        ...

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """Forget the passes of all cards but those that stay in the visit."""
        ...


class Central(Protocol):
    """A library system or our hub. Methods raise CentralUnavailable without a usable response; none blocks the loop."""

    @property
    def seal(self) -> Seal: ...

    @property
    def record_api(self) -> PatronRecordApi | None:
        """Access to patron records; None if the central keeps nothing about patrons but their loans."""
        ...

    def reference(self, number: str) -> CardRef:
        """Return the card id used on the wire and on disk, for a UID in upper-case hex or a card number."""
        ...

    async def patron(self, card: CardRef) -> Patron | Block:
        """Look up a patron; Block(UNKNOWN_CARD) if the card is unknown."""
        ...

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict: ...

    async def account(self, card: CardRef) -> Account | Block: ...

    async def item(self, item: ItemId) -> Item | None: ...

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        """Return the answer, or the question's fallback if the central knows neither card nor question."""
        ...

    def forget(self) -> None:
        """End the visit at the central too, without waiting for the result."""
        ...

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        """Submit at most `batch` rows; return results in order, possibly fewer than rows."""
        ...

    async def ping(self) -> None:
        """Return if the central answers."""
        ...

    @property
    def batch(self) -> int:
        """Maximum rows per submission: 1 if the central has no batches."""
        ...


class LookupService(Protocol):
    """Look up patrons and items at the central, or else in the snapshot, and apply queued transactions to both."""

    async def patron(self, card: CardRef) -> Sourced[Patron] | Block:
        """Look up a patron; Block(NEEDS_CENTRAL) if the central is away and the snapshot does not have the card."""
        ...

    async def account(self, card: CardRef) -> Sourced[Account] | Block: ...

    async def item(self, item: ItemId) -> Sourced[Item] | Block:
        """Look up an item; Block(UNKNOWN_ITEM) if it is not the library's, Block(NEEDS_CENTRAL) if no source has it."""
        ...

    async def find(self, typed: str) -> SearchResults | None:
        """Search titles; None if a later query has replaced this one."""
        ...

    async def title(self, title: int, item: ItemId) -> SearchResults:
        """Look up the title with this id, or that of a copy if it is 0; no result if it is unknown."""
        ...

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict: ...

    async def ask(self, question: Question[T], card: CardRef | None = None, items: Sequence[ItemId] = ()) -> T:
        """Return the central's answer; without one, the last answer or the fallback, as the question says."""
        ...

    async def proof(self, card: CardRef) -> ProofOptions | None:
        """Return how the patron can prove ownership of the card; None if the central does not answer."""
        ...

    async def send_code(self, card: CardRef) -> bool: ...

    async def check_code(self, card: CardRef, code: str) -> PinVerdict: ...

    async def patron_record(self, card: CardRef) -> PatronRecord | None:
        """Return the patron's record; None if the central does not answer."""
        ...

    async def page(self, card: CardRef) -> str:
        """Return a URL that continues on the phone; empty if there is none."""
        ...

    def with_pass(self, response: AnyPatronResponse) -> AnyPatronResponse:
        """Return the answer with the pass of its card, if it is one that carries a pass and the card has one."""
        ...

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """End the visit of all other cards and forget the passes that opened their records."""
        ...

    def for_you(self, card: CardRef) -> tuple[AvailableRecommendation, ...]:
        """Return the card's recommendations that are on the shelf, from the snapshot."""
        ...

    def look(self, card: CardRef) -> str:
        """Return the display preferences stored for the card; empty if none are."""
        ...

    def keep_look(self, card: CardRef, text: str | None) -> None:
        """Keep the patron's change until the central reports other preferences. None: the change has failed."""
        ...


class TransactionSubmitter(Protocol):
    """The only path for transactions to the central: written to the journal first, submitted once, in order."""

    @property
    def accepts_loans(self) -> bool:
        """Whether loans and renewals are accepted.

        False if too many transactions are queued, or for too long, or if the disk is nearly full.
        """
        ...

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        """Return once the row is on disk and a response came, or the wait timed out: then Deferred.

        Args:
            act: The transaction.
            unless: Refusal returned instead of Deferred for a transaction that must not be promised. If the central
                carries it out all the same, staff are notified.

        Raises:
            journal.JournalFailed: The row could not be written; nothing was promised.
        """
        ...
