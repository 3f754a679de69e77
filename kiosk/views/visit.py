"""The views of a patron's visit: each is the whole state of the desk. Knows no Kivy, no words and no time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from kiosk.views.common import (
    ALL_WAYS,
    DIGITS,
    FAREWELL_SECONDS,
    IDLE_SECONDS,
    LABELS,
    LONGEST_NUMBER,
    LONGEST_PIN,
    Beside,
    CodeWay,
    CurrentPatron,
    LineState,
    LoanLine,
    Pad,
    Question,
    ReceiptState,
    Signal,
    VisitLine,
    VisitTask,
    Wanted,
    Ways,
    signal_of,
)
from kiosk.views.find import Find, TitlePage
from kiosk.views.greeting import Shown
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, ForYou
from lending.model import Block, Hold
from lending.post_visit import FarewellPromo, Message, Note, PostVisitQuestion, Reminder
from lending.showcase import Slide


@dataclass(frozen=True, slots=True)
class Welcome:
    wants: ClassVar[Wanted] = LABELS
    notice: str = ""
    """A stable code said once over the errands: `take_your_card`, `one_card_please`, `card_unclear`, `card_random`,
    `unreadable`, `undone`, `identify`, or the scanner's hint."""
    returns: bool = True
    """This kiosk takes returns."""
    finds: bool = False
    """There are titles to be found."""
    hears: bool = True
    """Somebody hears what is said here."""
    ways: Ways = ALL_WAYS
    slides: tuple[Slide, ...] = ()
    """What turns while nobody is there, from the first screen to the last of them and round again."""
    turn: int = 0
    """0: none of them is on the glass."""
    linger: float | None = None
    signal: Signal = Signal.IDLE

    @property
    def slide(self) -> Slide | None:
        return self.slides[self.turn - 1] if 0 < self.turn <= len(self.slides) else None


@dataclass(frozen=True, slots=True)
class Identify:
    """Asks for a card (tap, its barcode, or its number typed), then for a PIN where the library wants one."""

    wants: ClassVar[Wanted] = LABELS
    errand: VisitTask
    pin: bool = False
    typed: str = ""
    """The number typed so far; for a PIN only bullets."""
    checking: bool = False
    problem: Block | None = None
    tries_left: int | None = None
    pad: Pad = DIGITS
    lines: tuple[VisitLine, ...] = ()
    """Items shown before the card."""
    guest: CurrentPatron | None = None
    """Known already while the PIN is asked."""
    notice: str = ""
    """`one_card_please`, `card_unclear`, `card_random` or nothing; said instead of the question."""
    code: CodeWay | None = None
    """With `pin`: a code that may be typed instead of it."""
    registers: bool = False
    """Whoever has no card yet can register, here or by phone."""
    ways: Ways = ALL_WAYS
    linger: float | None = IDLE_SECONDS

    @property
    def most(self) -> int:
        return LONGEST_PIN if self.pin else LONGEST_NUMBER

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= self.most

    @property
    def signal(self) -> Signal:
        return Signal.BUSY if self.checking else Signal.REFUSED if self.problem else Signal.CARD


@dataclass(frozen=True, slots=True)
class Borrowing:
    """`lines` is newest first."""

    wants: ClassVar[Wanted] = LABELS
    guest: CurrentPatron
    lines: tuple[VisitLine, ...] = ()
    notice: str = ""
    """A stable code, such as `already_listed` or `wait_for_checking`, or the scanner's hint; or nothing."""
    typed: str | None = None
    """The number typed so far, where no scanner works and the pad stands in for it; else None."""
    pad: Pad = DIGITS
    finds: bool = False
    """There are titles to be found."""
    beside: tuple[Beside, ...] = ()
    """The other cards of the visit."""
    greeting: Shown | None = None
    linger: float | None = IDLE_SECONDS

    @property
    def greets(self) -> Shown | None:
        """What greets her until a book is shown."""
        return None if self.lines or self.typed is not None else self.greeting

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines)


@dataclass(frozen=True, slots=True)
class Returning:
    """Needs no card. `lines` is newest first; `guest` when a card was shown before."""

    wants: ClassVar[Wanted] = LABELS
    lines: tuple[VisitLine, ...] = ()
    guest: CurrentPatron | None = None
    notice: str = ""
    typed: str | None = None
    """The number typed so far, where no scanner works and the pad stands in for it; else None."""
    pad: Pad = DIGITS
    hears: bool = True
    """Somebody hears how a book was."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines)

    @property
    def newest(self) -> VisitLine | None:
        """The book that was taken last, where it is asked how it was: not beside keys, nor while a notice stands."""
        line = self.lines[0] if self.lines else None
        taken = line and line.errand is VisitTask.RETURN and line.state in (LineState.DONE, LineState.SAVED)
        return line if taken and self.hears and self.typed is None and not self.notice else None


@dataclass(frozen=True, slots=True)
class Account:
    wants: ClassVar[Wanted] = LABELS
    guest: CurrentPatron
    loans: tuple[LoanLine, ...] | None = None
    """None while they are being fetched."""
    holds: tuple[Hold, ...] = ()
    locked: bool = False
    """Holds and fees want the PIN: neither `holds` nor the guest's fees are known here."""
    offline: bool = False
    """Read from the snapshot: what it does not know is not shown."""
    unnamed: int = 0
    """Loans more that were made here, whose titles this kiosk cannot tell any more."""
    currency: str = "CNY"
    lines: tuple[VisitLine, ...] = ()
    """What was done in this visit, renewals too; newest first."""
    notice: str = ""
    hears: bool = True
    """Somebody recommends to her, and hears what she says."""
    record: bool = True
    """What is kept of her opens here."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        if self.loans is None or any(loan.state is LineState.CHECKING for loan in self.loans):
            return Signal.BUSY
        renewed = any(loan.state in (LineState.DONE, LineState.SAVED) for loan in self.loans)
        return Signal.DONE if renewed else Signal.SCAN


@dataclass(frozen=True, slots=True)
class Farewell:
    """The visit is over; `lines` is what it came to. Counts down to home."""

    wants: ClassVar[Wanted] = LABELS
    lines: tuple[VisitLine, ...]
    guest: CurrentPatron | None = None
    receipt: ReceiptState = ReceiptState.OFFERED
    receipt_problem: str = ""
    code: str = ""
    """Look-up code of the receipt, six characters; empty when there is nothing to confirm later."""
    link: str = ""
    """Where a phone looks the code up; empty where it cannot."""
    card_on_reader: bool = False
    seconds: int = FAREWELL_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.DONE
    receipt_half: bool = False
    """A piece of a receipt came out, and is none."""
    ask: PostVisitQuestion | None = None
    """The one thing that the library would like to know; whoever walks away is left alone."""
    answered: str = ""
    """What she answered; empty while she has not."""
    reminder: Reminder | None = None
    """Of what is due first."""
    days: tuple[date, ...] = ()
    """Days that are offered for the reminder, while she changes it."""
    paper: tuple[Note, ...] = ()
    """What the library tells her on the receipt, if she takes one on paper."""
    strip: FarewellPromo | None = None
    """A word to her that wants no answer."""
    message: Message | None = None
    """Where a receipt can be sent to her, or goes by itself."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The patron may not borrow: what happened, why, what to do, and what still works."""

    wants: ClassVar[Wanted] = LABELS
    block: Block
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    """Items that wait were shown before the card: they were not borrowed and stay here. Others were done before."""
    still: tuple[VisitTask, ...] = (VisitTask.RETURN,)
    called: bool = False
    """Staff were told of it unasked."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.REFUSED


@dataclass(frozen=True, slots=True)
class Refused:
    """One item was refused in mid-visit; the rest of the visit goes on under it."""

    wants: ClassVar[Wanted] = LABELS
    line: VisitLine
    under: Borrowing | Returning | Account | ForYou | Details | AskLibrarian
    called: bool = False
    """Staff were told of it unasked."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.REFUSED


@dataclass(frozen=True, slots=True)
class Asking:
    wants: ClassVar[Wanted] = LABELS
    question: Question
    under: (
        Welcome
        | Identify
        | Borrowing
        | Returning
        | Account
        | ForYou
        | Details
        | AskLibrarian
        | Find
        | TitlePage
        | Learn
        | Refused
        | Blocked
    )
    line: VisitLine | None = None
    """The book in question, with BORROW_OR_RETURN."""
    uid: str = ""
    """The other card, with OTHER_CARD; never drawn."""
    joins: bool = False
    """It may be one of this visit's."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION
