"""Define the value types shared by the views: actions, visit lines, patrons, light signals, states, timeouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from kiosk.system.health import Condition
from lending.model import AppliedRule, Block, CardRef, ItemId, PatronRef, Reason
from lending.number_patterns import NumberKind
from lending.policy import Allowance, Service
from lending.transactions import TransactionId

IDLE_SECONDS = 60.0
TECHNICIAN_SECONDS = 600.0
"""Idle timeout in seconds while a technician is signed in, whose hands are at the parts instead of the screen."""
WARNING_SECONDS = 20
FAREWELL_SECONDS = 10
READING_SECONDS = 20
"""Idle timeout in seconds while a patron reads a librarian's message; a question has only FAREWELL_SECONDS."""
PRINTING_SECONDS = 60
"""Longest wait in seconds for a receipt. A print job that never ends must not keep a patron's name on the screen."""
PHONE_SECONDS = 30
"""Time in seconds to find a phone and scan the QR code."""

AcceptedNumbers: TypeAlias = frozenset[NumberKind]
"""Kinds of number that a view accepts from the scanner; each view declares them as `wants`.

The camera is on only while a view wants at least one kind.
"""
LABELS: AcceptedNumbers = frozenset({NumberKind.ITEM, NumberKind.CARD})
"""Accept the library's own labels: items and cards, in any order."""
NOTHING: AcceptedNumbers = frozenset()


@dataclass(frozen=True, slots=True)
class Focus:
    """Action selected by the hardware keys, identified by name, item and choice."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a view. The name is a stable identifier: visit scripts, tests and hardware keys use it."""

    name: str
    item: ItemId | None = None
    choice: str | None = None
    primary: bool = False
    enabled: bool = True

    @property
    def focus(self) -> Focus:
        """Key by which the hardware keys select this action."""
        return Focus(self.name, self.item, self.choice)


class Signal(StrEnum):
    """State shown by the kiosk's lights. The screen always shows the same state in words."""

    IDLE = "idle"
    CARD = "card"
    """Look at the card reader."""
    SCAN = "scan"
    """Look at the scanner."""
    BUSY = "busy"
    DONE = "done"
    REFUSED = "refused"
    ATTENTION = "attention"
    """Look at the screen: a question or a warning."""
    HELP = "help"
    """Staff are needed."""
    OUT_OF_ORDER = "out_of_order"


class VisitTask(StrEnum):
    """Task of a patron at the kiosk."""

    BORROW = "borrow"
    RETURN = "return"
    RENEW = "renew"
    ACCOUNT = "account"
    HOLD = "hold"
    """Place a hold; no line of a visit has this task."""
    FIND = "find"
    """Search the catalogue; no line of a visit has this task."""


class LineState(StrEnum):
    """State of an item or request as shown to the patron."""

    WAITING = "waiting"
    """Shown before the card; no transaction exists yet."""
    CHECKING = "checking"
    DONE = "done"
    SAVED = "saved"
    """Written to the journal but not confirmed by the central; a provisional return too."""
    REFUSED = "refused"


class TagState(StrEnum):
    """What became of the RFID tags of an item in this visit."""

    NONE = "none"
    """The item was entered by its label, and no tag of it lay on the pad."""
    LISTED = "listed"
    """The item was entered by its tags, whose security was not switched yet."""
    LIFTED = "lifted"
    """Lifted off the pad before the loan or return was settled, so there is none."""
    SWITCHING = "switching"
    SWITCHED = "switched"
    """The security of all its tags was switched and verified."""
    OWED = "owed"
    """Borrowed, but lifted off before the security was off: the gate rings until it is put back."""
    FAILED = "failed"
    """The security could not be switched: staff have to do it."""
    KEPT = "kept"
    """Borrowed, and its security stays on, because the library system wants that."""


RINGS = (TagState.OWED, TagState.FAILED, TagState.KEPT)
"""What leaves a borrowed item secured; a returned one may have FAILED only, and is unsecured then."""


class TagProblem(StrEnum):
    """Why a tag on the item pad names no item of this library."""

    UNREAD = "unread"
    """It is silent or damaged."""
    BLANK = "blank"
    FOREIGN = "foreign"
    """No library wrote it."""
    OTHER_LIBRARY = "other_library"
    """Its owner or its number is of another library."""
    CARD = "card"
    """It is a patron card."""


@dataclass(frozen=True, slots=True)
class PadContents:
    """What lies on the item pad, in numbers."""

    items: int
    """Items, each counted once, and tags that name no item of this library. A card is not counted."""
    problems: tuple[TagProblem, ...] = ()
    """Those of tags that name no item, in the order of the enumeration, without those entered by their labels."""
    doubled: int = 0
    """Items that two tags name for the same part."""
    crowded: bool = False
    """True if there are more tags than can be distinguished."""
    retries: bool = False
    """True if an item on the pad was refused, or its security could not be switched."""
    in_bin: bool = False
    """True if the pad is in the bin, out of the patron's reach."""

    @property
    def nameless(self) -> int:
        """Number of items on the pad whose number is not known."""
        return sum(each is not TagProblem.CARD for each in self.problems)


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One item of this visit and its outcome."""

    item: ItemId
    errand: VisitTask
    state: LineState
    title: str = ""
    author: str = ""
    subject: str = ""
    call_number: str = ""
    due: datetime | None = None
    due_text: str = ""
    """Due date as the central's text, if it cannot be parsed to a date."""
    block: Block | None = None
    place: str = ""
    someone_waits: bool = False
    goes_on: Mapping[str, str] = field(default_factory=dict)
    """Branch to which a returned item is transferred: its name by language code."""
    applied: AppliedRule | None = None
    """Loan rule applied to the checkout or renewal."""
    extra_days: int = 0
    """Days of the loan period that the patron has from a service."""
    provisional: bool = False
    """True for a return that staff have not checked yet."""
    confirmed: bool = False
    """True if the central has the transaction.

    A provisional return may be confirmed and still be SAVED for the patron.
    """
    transaction: TransactionId | None = None
    again: bool = False
    """True if the item was scanned again; the screen says "already on your list"."""
    sent: bool = False
    """True if the transaction was sent; while the state is CHECKING the library system's answer is outstanding."""
    face: str = ""
    """Patron's rating of a returned item: one of three smileys; empty until rated."""
    cover: str = ""
    """Name of the title's cover picture; empty if there is none."""
    tag: TagState = TagState.NONE
    missing: tuple[int, ...] = ()
    """Ordinals of the parts of a set that do not lie on the pad; the line waits for them."""

    @property
    def waits_for_pad(self) -> bool:
        """True if the item has to be laid on the pad before it can be borrowed or returned."""
        return self.state is LineState.WAITING and (self.tag is TagState.LIFTED or bool(self.missing))

    @property
    def needs_hand(self) -> bool:
        """True if the patron or staff have to do something about this item of a pile."""
        return self.waits_for_pad or self.state is LineState.REFUSED or self.tag in RINGS

    @property
    def may_surprise_gate(self) -> bool:
        """True if the gate may ring for this loan, or stay silent for this return: staff have to switch its tag."""
        return self.state in (LineState.DONE, LineState.SAVED) and self.tag in RINGS

    @property
    def asks_fee(self) -> bool:
        """True if the loan costs a fee that the patron must accept first, which is a question and not a refusal."""
        return self.errand is VisitTask.BORROW and self.block is not None and self.block.reason is Reason.LOAN_COSTS


@dataclass(frozen=True, slots=True)
class CurrentPatron:
    """Patron as shown on screen: masked name, and at most the last four digits of the card number."""

    card: CardRef
    ref: PatronRef
    allowance: Allowance
    name: str = ""
    last4: str = ""
    fees: Decimal | None = Decimal(0)
    """Outstanding fees; None: do not show them."""
    expires: date | None = None
    verified: bool = False
    """True if a PIN was checked in this visit."""
    offline: bool = False
    """True if the patron is known only from the snapshot."""
    mark: int = 0
    """Colour mark that distinguishes this card from the others of the visit; 0 if it is the only card."""
    currency: str = ""
    """ISO 4217 code of the fees; empty: the library's own currency."""
    fee_limit: Decimal | None = None
    """Fees at which the library system stops lending; None: not reported."""
    services: tuple[Service, ...] = ()
    """What the library grants this patron on top of the loan rules."""


@dataclass(frozen=True, slots=True)
class OtherCard:
    """Another card of the same visit."""

    mark: int
    name: str


@dataclass(frozen=True, slots=True)
class CardInputs:
    """Condition of the devices that read a card. Typing the number always works."""

    pad: Condition = Condition.READY
    camera: Condition = Condition.READY


ALL_CARD_INPUTS = CardInputs()


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """One-time code that proves ownership of the card, and the channel that delivers it."""

    by: str
    sent: bool = False
    only: bool = False
    """True if the patron has no PIN, so the code is the only proof."""
    failed: bool = False
    """True if the code could not be sent."""

    @property
    def waits(self) -> bool:
        """Return True if nothing can be typed yet: only a code is accepted and none was sent."""
        return self.only and not self.sent


@dataclass(frozen=True, slots=True)
class Pad:
    """Keypad on which a number is typed."""

    letters: str = ""
    """Characters of the library's numbers besides digits, letters first."""
    page: int = 0
    """Index of the page of keys that is shown."""
    fitted: bool = True
    """True if a scanner is fitted and the keypad replaces it only while it fails."""


DIGITS = Pad()
"""Keypad for libraries whose numbers contain digits only."""
LONGEST_NUMBER, LONGEST_PIN = 32, 12
"""Maximum length in characters of a typed number and of a typed PIN."""


@dataclass(frozen=True, slots=True)
class LoanLine:
    """One loan of the account list."""

    item: ItemId
    title: str
    due: datetime | None
    overdue: bool
    author: str = ""
    subject: str = ""
    state: LineState | None = None
    """State of the loan's renewal: CHECKING, DONE, SAVED or REFUSED; None: no renewal was requested."""
    block: Block | None = None
    """Reason why a renewal was refused, or would be."""
    transaction: TransactionId | None = None
    renewals_left: int | None = None
    """Renewals left; None if the loan rules known to the kiosk do not say."""
    unconfirmed: bool = False
    """True if the loan was made here while the central was unreachable and is not confirmed yet."""
    cover: str = ""
    """Name of the title's cover picture; empty if there is none."""


class ReceiptState(StrEnum):
    """What became of the receipt."""

    OFFERED = "offered"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    NO_PRINTER = "no_printer"
    ON_PHONE = "on_phone"
    """Shown as a QR code for the patron's phone."""
    SENDING = "sending"
    """Being sent as a message."""
    SENT = "sent"
    KEPT = "kept"
    """Stored; sent when the central is reachable again."""


class Question(StrEnum):
    """Question that interrupts a visit."""

    BORROW_OR_RETURN = "borrow_or_return"
    """An item was scanned on the Welcome screen and its loan state is unknown."""
    OTHER_CARD = "other_card"
    """Another card was shown during a visit: end the first patron's visit?"""


def signal_of(lines: tuple[VisitLine, ...], on_pad: PadContents | None = None) -> Signal:
    """Return the light signal for what lies on the item pad, or for the newest line."""
    if on_pad is not None:
        return _signal_of_pile(lines, on_pad)
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


def _signal_of_pile(lines: tuple[VisitLine, ...], on_pad: PadContents) -> Signal:
    if any(line.state is LineState.CHECKING or line.tag is TagState.SWITCHING for line in lines):
        return Signal.BUSY
    if on_pad.problems or on_pad.doubled or on_pad.crowded or any(line.needs_hand for line in lines):
        return Signal.ATTENTION
    return Signal.DONE if lines else Signal.SCAN


def undoable(lines: tuple[VisitLine, ...]) -> VisitLine | None:
    """Return the newest successful checkout or renewal of the visit, or None.

    Only one undo runs at a time, and a return cannot be undone.
    """
    if any(line.transaction and line.state is LineState.CHECKING for line in lines):
        return None
    if any(line.tag is TagState.SWITCHING for line in lines):
        return None
    for line in lines:
        if line.errand in (VisitTask.BORROW, VisitTask.RENEW) and line.state in (LineState.DONE, LineState.SAVED):
            return line
    return None
