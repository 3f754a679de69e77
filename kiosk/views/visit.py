"""Define the views of a patron's visit: each holds the whole state that its screen shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from kiosk.views.common import (
    ALL_CARD_INPUTS,
    DIGITS,
    FAREWELL_SECONDS,
    IDLE_SECONDS,
    LABELS,
    LONGEST_NUMBER,
    LONGEST_PIN,
    AcceptedNumbers,
    CardInputs,
    CurrentPatron,
    LineState,
    LoanLine,
    OneTimeCode,
    OtherCard,
    Pad,
    PadContents,
    Question,
    ReceiptState,
    Signal,
    VisitLine,
    VisitTask,
    signal_of,
)
from kiosk.views.find import Find, TitlePage
from kiosk.views.learn import Learn
from kiosk.views.my_details import Details
from kiosk.views.patron_input import AskLibrarian, ForYou
from lending.model import Block, Fee, Hold
from lending.questions import FarewellPromo, PostVisitQuestion, ReceiptChannel, ReceiptNote, Reminder
from lending.showcase import Course, Hours, NewTitle, Slide


@dataclass(frozen=True, slots=True)
class Guide:
    """How borrowing works here, by the loan rules that apply to the patron."""

    words: Mapping[str, str]
    """Library's own text by language code; if empty, the screen uses a built-in text."""
    days: int = 0
    """Loan period in days; 0 if it is not defined in days."""
    renews: bool = False
    phone: bool = False
    """True if the patron's loans are also on the patron portal."""
    finds: bool = False


@dataclass(frozen=True, slots=True)
class NewTitles:
    """New titles of the library, the same for every patron."""

    words: Mapping[str, str]
    titles: tuple[NewTitle, ...]


@dataclass(frozen=True, slots=True)
class ServiceGreeting:
    """Library's own words to the patrons with a service."""

    words: Mapping[str, str]


Shown = Guide | NewTitles | ServiceGreeting


@dataclass(frozen=True, slots=True)
class Welcome:
    """First screen, also the attract loop."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    notice: str = ""
    """Code of a notice shown once above the tasks.

    `take_your_card`, `one_card_please`, `card_unclear`, `card_random`, `unreadable`, `undone`, `identify`, or the
    scanner's hint; empty: none.
    """
    returns: bool = True
    """True if this kiosk accepts returns."""
    finds: bool = False
    """True if a catalogue is available."""
    hears: bool = True
    """True if a hub receives patron feedback."""
    ways: CardInputs = ALL_CARD_INPUTS
    slides: tuple[Slide, ...] = ()
    """Posters of the attract loop, in order, repeated."""
    turn: int = 0
    """Number of the poster on the screen, from 1; 0: none."""
    news: tuple[NewTitle, ...] = ()
    """New titles, the newest first."""
    events: tuple[Course, ...] = ()
    """Future courses and events, the next one first."""
    joins: bool = False
    """True if people without a card can register."""
    hours: tuple[Hours | None, Hours | None] | None = None
    """Opening hours of today and tomorrow, None on a closed day; None if the library publishes none."""
    linger: float | None = None
    signal: Signal = Signal.IDLE

    @property
    def offers_news(self) -> bool:
        """Return True if the shelf of new titles is on the screen."""
        return bool(self.news) and self.slide is None

    @property
    def slide(self) -> Slide | None:
        """Return the poster on the screen; None if none is shown."""
        return self.slides[self.turn - 1] if 0 < self.turn <= len(self.slides) else None


@dataclass(frozen=True, slots=True)
class Identify:
    """Ask for a card (tap, scan or type its number), then for a PIN if the library requires one."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    errand: VisitTask
    pin: bool = False
    typed: str = ""
    """Number typed so far; for a PIN, bullets only."""
    checking: bool = False
    problem: Block | None = None
    tries_left: int | None = None
    pad: Pad = DIGITS
    lines: tuple[VisitLine, ...] = ()
    """Items scanned before the card."""
    guest: CurrentPatron | None = None
    """Patron whose PIN is requested; None before the card."""
    notice: str = ""
    """`one_card_please`, `card_unclear`, `card_random` or empty; shown instead of the question."""
    code: OneTimeCode | None = None
    """With `pin`: a one-time code that may be typed instead."""
    registers: bool = False
    """True if a person without a card can register, here or by phone."""
    ways: CardInputs = ALL_CARD_INPUTS
    linger: float | None = IDLE_SECONDS

    @property
    def most(self) -> int:
        """Maximum length of the input in characters."""
        return LONGEST_PIN if self.pin else LONGEST_NUMBER

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= self.most

    @property
    def signal(self) -> Signal:
        return Signal.BUSY if self.checking else Signal.REFUSED if self.problem else Signal.CARD


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Checkout; `lines` is newest first."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    guest: CurrentPatron
    lines: tuple[VisitLine, ...] = ()
    notice: str = ""
    """Stable code such as `already_listed` or `wait_for_checking`, or the scanner's hint; empty: none."""
    typed: str | None = None
    """Number typed so far while the keypad replaces a failed scanner; None: the scanner works."""
    pad: Pad = DIGITS
    finds: bool = False
    """True if a catalogue is available."""
    other_cards: tuple[OtherCard, ...] = ()
    """Other cards of the visit."""
    greeting: Shown | None = None
    on_pad: PadContents | None = None
    """What lies on the item pad; None if nothing does."""
    linger: float | None = IDLE_SECONDS

    @property
    def greets(self) -> Shown | None:
        """Return the panel shown until the first item is scanned."""
        return None if self.lines or self.typed is not None else self.greeting

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines, self.on_pad)


@dataclass(frozen=True, slots=True)
class Returning:
    """Checkin, which needs no card. `lines` is newest first; `guest` is set if a card was shown before."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    lines: tuple[VisitLine, ...] = ()
    guest: CurrentPatron | None = None
    notice: str = ""
    typed: str | None = None
    """Number typed so far while the keypad replaces a failed scanner; None: the scanner works."""
    pad: Pad = DIGITS
    hears: bool = True
    """True if a hub receives ratings of returned items."""
    on_pad: PadContents | None = None
    """What lies on the item pad; None if nothing does."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return signal_of(self.lines, self.on_pad)

    @property
    def newest(self) -> VisitLine | None:
        """Return the last returned item if its rating is asked for.

        It is not asked for next to the keypad or while a notice is shown.
        """
        line = self.lines[0] if self.lines else None
        taken = line and line.errand is VisitTask.RETURN and line.state in (LineState.DONE, LineState.SAVED)
        asks = self.hears and self.typed is None and self.on_pad is None and not self.notice
        return line if taken and asks else None


@dataclass(frozen=True, slots=True)
class Account:
    """Loans, holds and fees of the patron."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    guest: CurrentPatron
    loans: tuple[LoanLine, ...] | None = None
    """Loans; None while they are being fetched."""
    holds: tuple[Hold, ...] = ()
    fees: tuple[Fee, ...] = ()
    locked: bool = False
    """True if a PIN is required for holds and fees, which are unknown until then."""
    offline: bool = False
    """True if read from the snapshot; values missing there are not shown."""
    unnamed: int = 0
    """Number of further loans made here whose titles the kiosk no longer has."""
    currency: str = "CNY"
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit including renewals, newest first."""
    notice: str = ""
    hears: bool = True
    """True if a hub gives recommendations and receives reactions."""
    record: bool = True
    """True if the patron can open their own record here."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        if self.loans is None or any(loan.state is LineState.CHECKING for loan in self.loans):
            return Signal.BUSY
        renewed = any(loan.state in (LineState.DONE, LineState.SAVED) for loan in self.loans)
        return Signal.DONE if renewed else Signal.SCAN


@dataclass(frozen=True, slots=True)
class Farewell:
    """Summary of the finished visit; counts down to the first screen."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    lines: tuple[VisitLine, ...]
    guest: CurrentPatron | None = None
    receipt: ReceiptState = ReceiptState.OFFERED
    receipt_problem: str = ""
    code: str = ""
    """Six-character look-up code of the receipt; empty if no transaction waits for confirmation."""
    link: str = ""
    """Link to look up the code on a phone; empty if there is none."""
    card_on_reader: bool = False
    seconds: int = FAREWELL_SECONDS
    linger: float | None = 1.0
    signal: Signal = Signal.DONE
    receipt_half: bool = False
    """True if only a part of the receipt was printed, which is invalid."""
    ask: PostVisitQuestion | None = None
    """The one optional question of the library; a patron who walks away is not asked again."""
    answered: str = ""
    """Patron's answer; empty before."""
    reminder: Reminder | None = None
    """Reminder of the loan that is due first."""
    days: tuple[date, ...] = ()
    """Days offered for the reminder while the patron changes it."""
    paper: tuple[ReceiptNote, ...] = ()
    """Notes of the library to print on a paper receipt."""
    strip: FarewellPromo | None = None
    """Short promotional text without an answer."""
    message: ReceiptChannel | None = None
    """Channel by which the receipt can be sent or is sent automatically."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """The patron cannot borrow: what happened, why, what to do, and which tasks remain."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    block: Block
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    """Lines of the visit. Items in state WAITING were scanned before the card: they were not borrowed and stay here."""
    still: tuple[VisitTask, ...] = (VisitTask.RETURN,)
    called: bool = False
    """True if staff were notified automatically."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.REFUSED


@dataclass(frozen=True, slots=True)
class Refused:
    """One item was refused during a visit, or its loan costs a fee; the visit continues under it."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    line: VisitLine
    under: Borrowing | Returning | Account | ForYou | Details | AskLibrarian
    called: bool = False
    """True if staff were notified automatically."""
    other: TitlePage | None = None
    """Page of the item's title with the copies that can be borrowed instead; None if there are none."""
    linger: float | None = IDLE_SECONDS

    @property
    def signal(self) -> Signal:
        return Signal.ATTENTION if self.line.asks_fee else Signal.REFUSED

    @property
    def offers_hold(self) -> bool:
        """Return True if a hold on the title is the way to it: none of its copies is on a shelf here."""
        return self.other is not None and self.other.keeps and not self.other.work.here(self.other.under.branch)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question during a visit; the view under it is kept."""

    wants: ClassVar[AcceptedNumbers] = LABELS
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
    """Item in question, with BORROW_OR_RETURN."""
    uid: str = ""
    """UID of the other card, with OTHER_CARD; not drawn."""
    joins: bool = False
    """True if the other card may join this visit."""
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.ATTENTION
