"""What the desk may ask of the library's central system, whoever it is: Protocols and outcomes, no wire."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from lending.greeting import Greeting
from lending.languages import kin
from lending.model import Account, Applied, Block, CardRef, Item, ItemId, Patron, Reason
from lending.patron_record import PatronRecord, ProofOptions
from lending.post_visit import AfterVisit
from lending.published_feedback import Published
from lending.recommendations import AvailableRecommendation
from lending.title_result import SearchResults
from lending.transactions import Act, ClockTrust, PatronResponse, TransactionId

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Accepted:
    """The central has it. `due` is the central's date and goes before the desk's own."""

    due: datetime | None = None
    someone_waits: bool = False
    place: str = ""
    """Where to put a returned item: a bin's or a shelf's name; empty when the central does not say."""
    goes_on: Mapping[str, str] = field(default_factory=dict)
    """The branch to which a returned item goes on, by its name in each language."""
    applied: Applied | None = None
    """The rule by which it was lent or renewed, where the central tells."""
    became: str = ""
    """What became of a wish that can become more than one thing; empty where the central does not say."""
    fee: Decimal = Decimal(0)
    """The fee in the central's currency; 0 if the central sends none."""
    due_told: str = ""
    """The central's date as it writes it, where nobody here can tell which day that is: then `due` is None."""


@dataclass(frozen=True, slots=True)
class Refused:
    block: Block


@dataclass(frozen=True, slots=True)
class Deferred:
    """It is in the journal and promised: it will be handed over as no-block."""

    due: datetime | None = None


Outcome = Accepted | Refused | Deferred


class PinVerdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    AWAY = "away"
    """The central did not answer: nobody checked."""


class Source(StrEnum):
    CENTRAL = "central"
    SNAPSHOT = "snapshot"
    OUTDATED = "outdated"
    """The snapshot, too old to tell how an item stands: what it is, no more."""


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A fact and who told it."""

    value: T
    source: Source


@dataclass(frozen=True, slots=True)
class OutOfService:
    """Why the library keeps this kiosk closed, in its own words; `why` is a reason code where it said none."""

    zh: str
    en: str
    why: str = "out_of_service"

    def words(self, language: str) -> str:
        return self.zh if kin(language) == "zh" else self.en


class CentralAway(Exception):
    """The central gave no usable answer: no connection, time-out, a captive portal's page, 5xx, nonsense.

    `args[0]` is a short reason for the log; it names no patron.
    """


@dataclass(frozen=True, slots=True)
class Marks:
    """What a row's envelope tells of a body that cannot be read: keyed hashes, and an id. Empty where there is none."""

    body: str = ""
    """Of kind and plain body."""
    item: str = ""
    card: str = ""
    """The card as it travels, which is a keyed hash already."""
    undoes: str = ""
    """The transaction that an Undo takes back."""


@dataclass(frozen=True, slots=True)
class JournalRow:
    """A transaction as the journal keeps it and the wire carries it. `body` is sent again byte for byte."""

    seq: int
    """Gapless per journal, from 1; what was rescued from a damaged one stands before that."""
    id: TransactionId
    boot: str
    mono_ns: int
    at: datetime
    trust: ClockTrust
    kind: str
    no_block: bool
    body: str
    """Canonical JSON of the act (sync.wire), sealed."""
    journal: str = ""
    """Id of the journal that keeps it, or of the damaged one that it was rescued from."""
    number: int = 0
    """Its number in that other journal; 0: it is `seq`."""
    untold: bool = False
    """It was promised to nobody, and nobody will hear that it was done: a central that does it shows it to staff."""
    told: bool = False
    """The patron saw the answer; the row is sent again only because the central has lost rows."""
    marks: Marks = Marks()


@dataclass(frozen=True, slots=True)
class SetAside:
    """The central cannot do it: staff see it in the exception desk, and the kiosk forgets it."""

    reason: str
    block: Block = field(default_factory=lambda: Block(Reason.CENTRAL_REFUSED))
    """What a patron who is still there reads."""


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Not now (still running, busy): the same row must come again."""

    after: float = 0.0
    """Seconds the central asks for."""


Judged = Accepted | Refused | SetAside
"""What became of a row."""
Answer = Judged | RetryLater


class Seal(Protocol):
    """How rows rest on the kiosk's disk: the choice of the central, which alone knows who has to read them."""

    def close(self, body: str, borrower: CardRef | None = None) -> str:
        """The body as the journal keeps it and the wire carries it. Called once per row.

        With a return, `borrower` is who borrowed or renewed the item here while the central does not have that yet.
        """
        ...

    def mark_item(self, item: ItemId) -> str:
        """Keyed hash by which rows are found again."""
        ...

    def mark_body(self, kind: str, body: str) -> str:
        """Keyed hash of the plain body."""
        ...


class PatronRecordApi(Protocol):
    """A patron's own record, where the central keeps one. Every method raises CentralAway as the central's do."""

    async def proof(self, card: CardRef) -> ProofOptions:
        """How she can show that the card is hers."""
        ...

    async def send_code(self, card: CardRef) -> bool:
        """Whether a code is on its way to her."""
        ...

    async def check_code(self, card: CardRef, code: str) -> PinVerdict: ...

    async def mine(self, card: CardRef) -> PatronRecord:
        """After the right PIN or code alone."""
        ...

    async def page(self, card: CardRef) -> str:
        """Where her phone goes on, for some minutes; after the right PIN or code alone."""
        ...

    def token(self, card: CardRef) -> str:
        """Return the pass that the central gave for this card in this visit, or an empty text."""
        ...

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """Forget the passes of all cards but those that stay in the visit."""
        ...


class Central(Protocol):
    """A library system. Every method raises CentralAway when no usable answer came; none blocks the event loop."""

    @property
    def seal(self) -> Seal: ...

    @property
    def hers(self) -> PatronRecordApi | None:
        """None where the central keeps no more of her than her loans."""
        ...

    def reference(self, number: str) -> CardRef:
        """What travels and rests for a card: `number` is a UID in upper-case hex or a card number in digits."""
        ...

    async def patron(self, card: CardRef) -> Patron | Block:
        """Block(UNKNOWN_CARD) when no patron has it."""
        ...

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict: ...

    async def account(self, card: CardRef) -> Account | Block: ...

    async def item(self, item: ItemId) -> Item | None: ...

    async def greeting(self, card: CardRef) -> Greeting | None: ...

    async def after(self, card: CardRef, items: Sequence[ItemId]) -> AfterVisit:
        """What the end of her visit may ask and tell; `items` is what she has just borrowed."""
        ...

    async def published(self) -> Sequence[Published]:
        """What the library has done about what was said; the newest first."""
        ...

    def forget(self) -> None:
        """The visit is over: whoever was asked about has gone. Nobody waits for what comes of it."""
        ...

    async def hand_over(self, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        """Answers one by one, in order, for at most `batch` rows; fewer answers than rows are allowed."""
        ...

    async def ping(self) -> None:
        """Returns when the central answers."""
        ...

    @property
    def batch(self) -> int:
        """Rows that one hand-over may carry: 1 where the central has no batches."""
        ...


class LookupService(Protocol):
    """What is known of patrons and items: by the central, else by the snapshot; queued rows are laid over both."""

    async def patron(self, card: CardRef) -> Sourced[Patron] | Block:
        """Block(NEEDS_CENTRAL) when the central is away and the snapshot knows nothing of the card."""
        ...

    async def account(self, card: CardRef) -> Sourced[Account] | Block: ...

    async def item(self, item: ItemId) -> Sourced[Item] | Block:
        """Block(UNKNOWN_ITEM) when the central says so, Block(NEEDS_CENTRAL) when nobody here can tell."""
        ...

    async def find(self, typed: str) -> SearchResults | None:
        """Titles that answer the words; None where a later question has overtaken this one."""
        ...

    async def check_pin(self, card: CardRef, pin: str) -> PinVerdict: ...

    async def greeting(self, card: CardRef) -> Greeting | None:
        """None where the central does not answer."""
        ...

    async def after(self, card: CardRef, items: Sequence[ItemId]) -> AfterVisit:
        """Nothing where the central does not answer."""
        ...

    async def published(self) -> tuple[Published, ...]:
        """What was told last, where the central does not answer."""
        ...

    async def proof(self, card: CardRef) -> ProofOptions | None:
        """None where nobody can tell just now."""
        ...

    async def send_code(self, card: CardRef) -> bool: ...

    async def check_code(self, card: CardRef, code: str) -> PinVerdict: ...

    async def mine(self, card: CardRef) -> PatronRecord | None:
        """None where the central does not tell."""
        ...

    async def page(self, card: CardRef) -> str:
        """Empty where there is none."""
        ...

    def with_pass(self, said: PatronResponse) -> PatronResponse:
        """Return the answer with the pass of its card, if it is one that carries a pass and the card has one."""
        ...

    def forget(self, stay: Collection[CardRef] = ()) -> None:
        """End the visit of all cards but those that stay: what opened their records opens them no more."""
        ...

    def for_you(self, card: CardRef) -> tuple[AvailableRecommendation, ...]:
        """What is recommended to whoever has this card and stands on the shelf, as far as the kiosk itself knows."""
        ...

    def look(self, card: CardRef) -> str:
        """How she likes the screen, as it is remembered for the card; empty where she does not wish that."""
        ...

    def keep_look(self, card: CardRef, text: str | None) -> None:
        """She has just said so: it holds here until the central tells another. None: it does not."""
        ...


class TransactionSubmitter(Protocol):
    """The only way to the central for what was agreed: journalled first, handed over once, in order."""

    @property
    def lends(self) -> bool:
        """False when so much waits for the central, or for so long, that nothing more may be lent or renewed.

        So too when the disk is nearly full.
        """
        ...

    async def deliver(self, act: Act, unless: Block | None = None) -> tuple[TransactionId, Outcome]:
        """Returns after the row is on disk and an answer came, or patience ran out: then Deferred.

        What may not be promised is refused then, with `unless`: should it be done all the same staff hear of it.
        Raises journal.JournalFailed when the row could not be written: nothing was promised.
        """
        ...
