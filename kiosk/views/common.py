"""What the views are made of: lines, guests, signals and states. Knows no Kivy, no words and no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from kiosk.system.health import Condition
from lending.model import Applied, Block, CardRef, ItemId, PatronRef
from lending.number_patterns import NumberKind
from lending.policy import Allowance
from lending.transactions import TransactionId

IDLE_SECONDS = 60.0
TECHNICIAN_SECONDS = 600.0
"""Untouched, of whoever has signed in: hands are at the parts, not at the glass."""
WARNING_SECONDS = 20
FAREWELL_SECONDS = 10
READING_SECONDS = 20
"""So long whoever is told what a librarian wrote has, untouched; a question has no more than the farewell."""
PRINTING_SECONDS = 60
"""She waits for her receipt; a printer that never ends keeps nobody's name on the glass."""
PHONE_SECONDS = 30
"""A phone has to be found first."""

Wanted: TypeAlias = frozenset[NumberKind]
"""What a view wants to be shown to the scanner; each view names it as `wants`. The camera is on for nothing else."""
LABELS: Wanted = frozenset({NumberKind.ITEM, NumberKind.CARD})
"""The library's own labels: books and cards are welcome in any order."""
NOTHING: Wanted = frozenset()


class Signal(StrEnum):
    """What the lights say, never alone."""

    IDLE = "idle"
    CARD = "card"
    """Look at the card pad."""
    SCAN = "scan"
    """Look at the scanner."""
    BUSY = "busy"
    DONE = "done"
    REFUSED = "refused"
    ATTENTION = "attention"
    """The patron should look at the screen: a question, a warning."""
    HELP = "help"
    """Staff should come."""
    OUT_OF_ORDER = "out_of_order"


class VisitTask(StrEnum):
    BORROW = "borrow"
    RETURN = "return"
    RENEW = "renew"
    ACCOUNT = "account"
    HOLD = "hold"
    """To have something kept: no line of a visit has it."""


class LineState(StrEnum):
    WAITING = "waiting"
    """Shown before the card: nothing is agreed yet."""
    CHECKING = "checking"
    DONE = "done"
    SAVED = "saved"
    """In the journal, not yet confirmed; a provisional return too."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class VisitLine:
    """An item of this visit and what became of it."""

    item: ItemId
    errand: VisitTask
    state: LineState
    title: str = ""
    author: str = ""
    subject: str = ""
    call_number: str = ""
    due: datetime | None = None
    due_told: str = ""
    """The central's date as it writes it, where nobody here can tell which day that is."""
    block: Block | None = None
    place: str = ""
    someone_waits: bool = False
    goes_on: Mapping[str, str] = field(default_factory=dict)
    """The branch to which a returned item goes on, by its name in each language."""
    applied: Applied | None = None
    """The rule by which it was lent or renewed."""
    provisional: bool = False
    """A return that staff have still to see."""
    confirmed: bool = False
    """The central has the transaction. A provisional return may be confirmed and still be SAVED for the patron."""
    transaction: TransactionId | None = None
    again: bool = False
    """It was shown again: "already on your list"."""
    sent: bool = False
    """The act was handed over: the library system's answer is waited for while the state is CHECKING."""
    face: str = ""
    """How she says that it was, of a return: one of three faces; empty while she has not."""


@dataclass(frozen=True, slots=True)
class CurrentPatron:
    """The patron as the glass may show her: masked, and without numbers but the last four."""

    card: CardRef
    ref: PatronRef
    allowance: Allowance
    name: str = ""
    last4: str = ""
    fees: Decimal | None = Decimal(0)
    """None: not shown."""
    expires: date | None = None
    verified: bool = False
    """A PIN was checked in this visit."""
    offline: bool = False
    """Known from the snapshot only."""
    mark: int = 0
    """By which of the marks her card is told from the others of the visit; 0 where it is the only one."""
    currency: str = ""
    """ISO 4217 code of the fees; empty: the library's own."""
    fee_limit: Decimal | None = None
    """Fees at which the library system stops lending; None: it does not tell."""


@dataclass(frozen=True, slots=True)
class Beside:
    """Another card of the same visit."""

    mark: int
    name: str


@dataclass(frozen=True, slots=True)
class Ways:
    """How well the ways to show a card are just now, beside typing its number."""

    pad: Condition = Condition.READY
    camera: Condition = Condition.READY


ALL_WAYS = Ways()


@dataclass(frozen=True, slots=True)
class CodeWay:
    """A code that shows that the card is hers, by the channel to which it goes."""

    by: str
    sent: bool = False
    only: bool = False
    """She has no PIN."""
    failed: bool = False
    """None could be sent just now."""

    @property
    def waits(self) -> bool:
        """There is nothing yet that she could type."""
        return self.only and not self.sent


@dataclass(frozen=True, slots=True)
class Pad:
    """The keys on which a number is typed."""

    letters: str = ""
    """What the library's numbers hold beside digits, letters first."""
    page: int = 0
    """Which of the pages the keys show."""
    fitted: bool = True
    """There is a scanner, for which the pad stands in while it does not work."""


DIGITS = Pad()
"""Of a library whose numbers hold nothing else."""
LONGEST_NUMBER, LONGEST_PIN = 32, 12
"""Signs that a pad takes."""


@dataclass(frozen=True, slots=True)
class LoanLine:
    item: ItemId
    title: str
    due: datetime | None
    overdue: bool
    author: str = ""
    subject: str = ""
    state: LineState | None = None
    """None: nothing was asked of it; CHECKING, DONE, SAVED, REFUSED: its renewal."""
    block: Block | None = None
    """Why it was, or would be, refused to renew."""
    transaction: TransactionId | None = None
    renewals_left: int | None = None
    """How often it may still be renewed; None where the library's rules here do not say."""
    unconfirmed: bool = False
    """It was lent here while the central was away, and waits for it."""


class ReceiptState(StrEnum):
    OFFERED = "offered"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    NO_PRINTER = "no_printer"
    ON_PHONE = "on_phone"
    """Shown as a QR code, to be taken along on a phone."""
    SENDING = "sending"
    """As a message, to be handed over."""
    SENT = "sent"
    KEPT = "kept"
    """It is sent when the central is back."""


class Question(StrEnum):
    BORROW_OR_RETURN = "borrow_or_return"
    """A book was shown at Welcome and nobody knows where it stands."""
    OTHER_CARD = "other_card"
    """Another card in mid-visit: finish for the first?"""


def signal_of(lines: tuple[VisitLine, ...]) -> Signal:
    """The lights follow the newest line."""
    if not lines:
        return Signal.SCAN
    match lines[0].state:
        case LineState.CHECKING:
            return Signal.BUSY
        case LineState.REFUSED:
            return Signal.REFUSED
        case LineState.DONE | LineState.SAVED:
            return Signal.DONE
        case LineState.WAITING:
            return Signal.SCAN


def undoable(lines: tuple[VisitLine, ...]) -> VisitLine | None:
    """The newest checkout or renewal of the visit that went through; one undo at a time, and never of a return."""
    if any(line.transaction and line.state is LineState.CHECKING for line in lines):
        return None
    for line in lines:
        if line.errand in (VisitTask.BORROW, VisitTask.RENEW) and line.state in (LineState.DONE, LineState.SAVED):
            return line
    return None
