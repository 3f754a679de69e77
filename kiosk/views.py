"""What can be seen: each view is the whole state of the desk. Knows no Kivy, no words and no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, TypeAlias

from kiosk.desk.rules import NumberKind
from kiosk.domain.model import Block, CardRef, Hold, ItemId, PatronRef
from kiosk.domain.policy import Allowance
from kiosk.domain.transactions import TransactionId
from kiosk.health import Condition, Device, PartName, PartState
from kiosk.sync.central import OutOfService

IDLE_SECONDS = 60.0
WARNING_SECONDS = 20
FAREWELL_SECONDS = 10
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


class Errand(StrEnum):
    BORROW = "borrow"
    RETURN = "return"
    RENEW = "renew"
    ACCOUNT = "account"


class LineState(StrEnum):
    WAITING = "waiting"
    """Shown before the card: nothing is agreed yet."""
    CHECKING = "checking"
    DONE = "done"
    SAVED = "saved"
    """In the journal, not yet confirmed; a provisional return too."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Line:
    """An item of this visit and what became of it."""

    item: ItemId
    errand: Errand
    state: LineState
    title: str = ""
    author: str = ""
    subject: str = ""
    call_number: str = ""
    due: datetime | None = None
    block: Block | None = None
    place: str = ""
    someone_waits: bool = False
    provisional: bool = False
    """A return that staff have still to see."""
    confirmed: bool = False
    """The central has the transaction. A provisional return may be confirmed and still be SAVED for the patron."""
    transaction: TransactionId | None = None
    again: bool = False
    """It was shown again: "already on your list"."""


@dataclass(frozen=True, slots=True)
class Guest:
    """The patron as the glass may show her: masked, and without numbers but the last four."""

    card: CardRef
    ref: PatronRef
    allowance: Allowance
    name: str = ""
    last4: str = ""
    fees: Decimal = Decimal(0)
    expires: date | None = None
    verified: bool = False
    """A PIN was checked in this visit."""
    offline: bool = False
    """Known from the snapshot only."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How well the ways to show a card are just now, beside typing its number."""

    pad: Condition = Condition.READY
    camera: Condition = Condition.READY


ALL_WAYS = Ways()


@dataclass(frozen=True, slots=True)
class Welcome:
    wants: ClassVar[Wanted] = LABELS
    notice: str = ""
    """A stable code said once over the errands: `take_your_card`, `one_card_please`, `unreadable`, `undone`,
    `identify`, or the scanner's hint."""
    returns: bool = True
    """This kiosk takes returns."""
    ways: Ways = ALL_WAYS
    linger: float | None = None
    signal: Signal = Signal.IDLE


@dataclass(frozen=True, slots=True)
class Identify:
    """Asks for a card (tap, its barcode, or its number typed), then for a PIN where the library wants one."""

    wants: ClassVar[Wanted] = LABELS
    errand: Errand
    pin: bool = False
    typed: str = ""
    """The number typed so far; for a PIN only bullets."""
    checking: bool = False
    problem: Block | None = None
    tries_left: int | None = None
    lines: tuple[Line, ...] = ()
    """Items shown before the card."""
    guest: Guest | None = None
    """Known already while the PIN is asked."""
    notice: str = ""
    """`one_card_please` or nothing; said instead of the question."""
    ways: Ways = ALL_WAYS
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.BUSY if self.checking else Signal.REFUSED if self.problem else Signal.CARD


@dataclass(frozen=True, slots=True)
class Borrowing:
    """`lines` is newest first."""

    wants: ClassVar[Wanted] = LABELS
    guest: Guest
    lines: tuple[Line, ...] = ()
    notice: str = ""
    """A stable code, such as `already_listed` or `wait_for_checking`, or the scanner's hint; or nothing."""
    typed: str | None = None
    """The number typed so far, where the scanner does not work and a number pad stands in for it; else None."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines)


@dataclass(frozen=True, slots=True)
class Returning:
    """Needs no card. `lines` is newest first; `guest` when a card was shown before."""

    wants: ClassVar[Wanted] = LABELS
    lines: tuple[Line, ...] = ()
    guest: Guest | None = None
    notice: str = ""
    typed: str | None = None
    """The number typed so far, where the scanner does not work and a number pad stands in for it; else None."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines)


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


@dataclass(frozen=True, slots=True)
class Account:
    wants: ClassVar[Wanted] = LABELS
    guest: Guest
    loans: tuple[LoanLine, ...] | None = None
    """None while they are being fetched."""
    holds: tuple[Hold, ...] = ()
    locked: bool = False
    """Holds and fees want the PIN: neither `holds` nor the guest's fees are known here."""
    offline: bool = False
    """Read from the snapshot: what it does not know is not shown."""
    currency: str = "CNY"
    lines: tuple[Line, ...] = ()
    """What was done in this visit, renewals too; newest first."""
    notice: str = ""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        if self.loans is None or any(loan.state is LineState.CHECKING for loan in self.loans):
            return Signal.BUSY
        renewed = any(loan.state in (LineState.DONE, LineState.SAVED) for loan in self.loans)
        return Signal.DONE if renewed else Signal.SCAN


class ReceiptState(StrEnum):
    OFFERED = "offered"
    PRINTING = "printing"
    PRINTED = "printed"
    FAILED = "failed"
    NO_PRINTER = "no_printer"
    ON_PHONE = "on_phone"
    """Shown as a QR code, to be taken along on a phone."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """The visit is over; `lines` is what it came to. Counts down to home."""

    wants: ClassVar[Wanted] = LABELS
    lines: tuple[Line, ...]
    guest: Guest | None = None
    receipt: ReceiptState = ReceiptState.OFFERED
    receipt_problem: str = ""
    code: str = ""
    """Look-up code of the receipt, six characters; empty when there is nothing to confirm later."""
    card_on_reader: bool = False
    seconds: int = FAREWELL_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.DONE
    receipt_half: bool = False
    """A piece of a receipt came out, and is none."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The patron may not borrow: what happened, why, what to do, and what still works."""

    wants: ClassVar[Wanted] = LABELS
    block: Block
    guest: Guest | None = None
    lines: tuple[Line, ...] = ()
    """Items that wait were shown before the card: they were not borrowed and stay here. Others were done before."""
    still: tuple[Errand, ...] = (Errand.RETURN,)
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.REFUSED


@dataclass(frozen=True, slots=True)
class Refused:
    """One item was refused in mid-visit; the rest of the visit goes on under it."""

    wants: ClassVar[Wanted] = LABELS
    line: Line
    under: Borrowing | Returning | Account
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.REFUSED


class Question(StrEnum):
    BORROW_OR_RETURN = "borrow_or_return"
    """A book was shown at Welcome and nobody knows where it stands."""
    OTHER_CARD = "other_card"
    """Another card in mid-visit: finish for the first?"""


@dataclass(frozen=True, slots=True)
class Asking:
    wants: ClassVar[Wanted] = LABELS
    question: Question
    under: Welcome | Identify | Borrowing | Returning | Account | Refused | Blocked
    line: Line | None = None
    """The book in question, with BORROW_OR_RETURN."""
    uid: str = ""
    """The other card, with OTHER_CARD; never drawn."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION


@dataclass(frozen=True, slots=True)
class OutOfOrder:
    """Nothing can be promised. `command` is what the technician types to mend it."""

    wants: ClassVar[Wanted] = NOTHING
    why: str
    command: str = ""
    message: OutOfService | None = None
    """Staff keep it closed, and say why themselves; `why` is `out_of_service` then."""
    here: str = ""
    """The machine's name and address, for whoever types that command from elsewhere."""
    linger: float | None = None
    signal: Signal = Signal.OUT_OF_ORDER


NOT_SET_UP = ("no_config", "bad_config", "not_enrolled")
"""Why a machine is no kiosk yet: nobody can sign in there."""
Under = Welcome | Identify | Borrowing | Returning | Account | Farewell | Blocked | Refused | Asking | OutOfOrder


@dataclass(frozen=True, slots=True)
class Help:
    """Staff were called, or will be; the visit waits under it."""

    under: Under
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.HELP

    @property
    def wants(self) -> Wanted:
        return self.under.wants


@dataclass(frozen=True, slots=True)
class SignIn:
    """A technician types the code that is hers alone; the visit waits under it."""

    wants: ClassVar[Wanted] = NOTHING
    under: Under
    typed: str = ""
    """Only bullets."""
    checking: bool = False
    problem: str = ""
    """`wrong_code`, `codes_paused` or `no_technician`; or nothing."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION


class Trial(StrEnum):
    """What became of the test of a part."""

    RUNNING = "running"
    DONE = "done"
    SEEN = "seen"
    """It told of something: a card, a label, a key, a book that fell."""
    FAILED = "failed"


TRIED = (PartName.RECEIPT_PRINTER, PartName.LIGHTS, PartName.SECURITY_GATE)
"""Parts that do something when they are tested; the others are tested by showing them something."""


@dataclass(frozen=True, slots=True)
class Technician:
    """Health of every part, for the person with the screwdriver. Names no patron."""

    wants: ClassVar[Wanted] = LABELS
    under: Under
    parts: Mapping[PartName, PartState] = field(default_factory=dict)
    queued: int = 0
    exceptions: int = 0
    waited: float | None = None
    """Seconds since the oldest of the queued was agreed."""
    delay: float | None = None
    """Seconds that the central took for its last answer; None before the first."""
    kiosk: str = ""
    by: str = ""
    """The technician who is signed in."""
    trials: Mapping[PartName | Device, Trial] = field(default_factory=dict)
    speaker: bool = False
    """There is one to be tried."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION


SPOTS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.5, 0.5))
"""Where the test of touch wants fingers, in this order: the corners, and the middle of the screen."""
FARTHEST_OFF = 6.0
"""Millimetres: less is a finger that aims, more is a panel that is turned, mirrored or stretched."""


@dataclass(frozen=True, slots=True)
class TouchTest:
    """One spot after the other is to be touched; shows how far off each touch landed."""

    wants: ClassVar[Wanted] = NOTHING
    under: Technician
    landed: tuple[float, ...] = ()
    """Millimetres beside each spot that was touched."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION

    @property
    def trial(self) -> Trial | None:
        """What became of it; None before the last spot."""
        if len(self.landed) < len(SPOTS):
            return None
        return Trial.FAILED if max(self.landed) > FARTHEST_OFF else Trial.DONE


@dataclass(frozen=True, slots=True)
class IdleWarning:
    under: Under | Help | SignIn | Technician | TouchTest
    seconds: int = WARNING_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.ATTENTION

    @property
    def wants(self) -> Wanted:
        return self.under.wants


View = (
    Welcome
    | Identify
    | Borrowing
    | Returning
    | Account
    | Farewell
    | Blocked
    | Refused
    | Asking
    | OutOfOrder
    | Help
    | SignIn
    | Technician
    | TouchTest
    | IdleWarning
)


@dataclass(frozen=True, slots=True)
class Focus:
    """The action on which the hardware keys stand, by what tells it from others."""

    name: str
    item: ItemId | None = None
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """What every screen carries at its head; the desk changes it, and home brings the library's defaults back."""

    library: str
    now: datetime
    """Aware, in the library's time zone; drawn to the minute."""
    language: str = "zh"
    """`zh` or `en`."""
    online: bool = True
    large_text: bool = False
    contrast: bool = False
    focus: Focus | None = None
    """Drawn as a ring; None until a hardware key is pressed, and after a touch."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something the patron may press. The name is stable: visits, tests and hardware keys use it."""

    name: str
    item: ItemId | None = None
    choice: str | None = None
    primary: bool = False
    enabled: bool = True

    @property
    def focus(self) -> Focus:
        return Focus(self.name, self.item, self.choice)


def setting(status: Status, name: str) -> Status:
    """The head of the screen after an action of the status bar; the same after any other."""
    match name.split("_"):
        case ["language", language]:
            return replace(status, language=language)
        case ["large", "text"]:
            return replace(status, large_text=not status.large_text)
        case ["contrast"]:
            return replace(status, contrast=not status.contrast)
        case _:
            return status


def signal_of(lines: tuple[Line, ...]) -> Signal:
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


def undoable(lines: tuple[Line, ...]) -> Line | None:
    """The newest checkout or renewal of the visit that went through; one undo at a time, and never of a return."""
    if any(line.transaction and line.state is LineState.CHECKING for line in lines):
        return None
    for line in lines:
        if line.errand in (Errand.BORROW, Errand.RENEW) and line.state in (LineState.DONE, LineState.SAVED):
            return line
    return None


KEYS = tuple("1234567890")
LANGUAGES = ("zh", "en")
"""In the order of the switch; a screen offers the other one."""


def actions(view: View, status: Status) -> tuple[Action, ...]:
    """Every action of a view, those of the status bar last. The screens draw these and no others."""
    own = _own(view)
    if isinstance(view, Account) and can_unlock(view, status):
        own = (Action("unlock"), *own)
    return own + _bar(view, status)


def can_unlock(view: Account, status: Status) -> bool:
    """Somebody is there who checks the PIN."""
    return view.locked and not view.offline and status.online


def _bar(view: View, status: Status) -> tuple[Action, ...]:
    if isinstance(view, TouchTest):
        return ()
    others = tuple(Action(f"language_{each}") for each in LANGUAGES if each != status.language)
    bar = (*others, Action("large_text"), Action("contrast"))
    return bar if isinstance(view, Help | SignIn | Technician | OutOfOrder | IdleWarning) else (*bar, Action("help"))


def _pad(typed: str | None) -> tuple[Action, ...]:
    """The keys that stand in for a scanner."""
    if typed is None:
        return ()
    keys = tuple(Action("key", choice=key) for key in KEYS)
    return (*keys, Action("erase", enabled=bool(typed)), Action("enter", enabled=bool(typed)))


def _own(view: View) -> tuple[Action, ...]:
    match view:
        case Welcome():
            back = (Action("return"),) if view.returns else ()
            return (Action("borrow", primary=True), *back, Action("account"))
        case Identify() | SignIn():
            keys = tuple(Action("key", choice=key, enabled=not view.checking) for key in KEYS)
            ready = bool(view.typed) and not view.checking
            return (
                *keys,
                Action("erase", enabled=ready),
                Action("back"),
                Action("continue", primary=True, enabled=ready),
            )
        case Borrowing(lines=lines):
            undo = Action("undo", enabled=undoable(lines) is not None)
            return (*_pad(view.typed), undo, Action("account"), Action("finish", primary=True))
        case Returning():
            back = () if view.lines else (Action("back"),)
            return (*_pad(view.typed), *back, Action("finish", primary=True))
        case Account(loans=loans):
            renewable = [loan for loan in loans or () if loan.block is None and loan.state is None]
            each = tuple(Action("renew", item=loan.item) for loan in renewable)
            last = (Action("undo"),) if undoable(view.lines) else ()
            every = (Action("renew_all"),) if len(renewable) > 1 else ()
            return (*each, Action("back"), *last, *every, Action("finish", primary=True))
        case Farewell(receipt=ReceiptState.OFFERED):
            return (Action("receipt_none"), Action("receipt_paper", primary=True))
        case Farewell(receipt=ReceiptState.FAILED):
            return (Action("receipt_none"), Action("receipt_phone"), Action("receipt_paper", primary=True))
        case Farewell(receipt=ReceiptState.NO_PRINTER) if view.lines:
            return (Action("receipt_phone"), Action("home", primary=True))
        case Farewell():
            return (Action("home", primary=True),)
        case Blocked():
            others = tuple(Action(errand.value) for errand in view.still)
            return (*others, Action("finish"), Action("call_staff", primary=True))
        case Refused():
            return (Action("call_staff"), Action("finish"), Action("next", primary=True))
        case Asking(question=Question.BORROW_OR_RETURN):
            return (Action("back"), Action("return"), Action("borrow", primary=True))
        case Asking():
            return (Action("finish"), Action("back", primary=True))
        case OutOfOrder(why=why):
            return () if why in NOT_SET_UP else (Action("technician"),)
        case Help():
            return (Action("technician"), Action("back", primary=True))
        case Technician():
            return (*_tests(view), Action("back", primary=True))
        case TouchTest():
            return (Action("back", primary=view.trial is not None),)
        case IdleWarning():
            return (Action("finish"), Action("stay", primary=True))


def _tests(view: Technician) -> tuple[Action, ...]:
    parts = view.parts
    fitted = [each for each in TRIED if each in parts and parts[each].condition is not Condition.ABSENT]
    devices = [each for each in Device if each is not Device.SPEAKER or view.speaker]
    running = {each for each, trial in view.trials.items() if trial is Trial.RUNNING}
    return tuple(Action("test", choice=each.value, enabled=each not in running) for each in (*fitted, *devices))
