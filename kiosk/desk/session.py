"""All that the desk remembers between two events, as one value; whatever belongs to a patron lies in the visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kiosk.central import OutOfService, Source
from kiosk.desk.attempt_guard import AttemptGuard
from kiosk.desk.bin_drop import BinDrop
from kiosk.desk.effects import Effect
from kiosk.desk.rules import DeskRules
from kiosk.system.health import PartName, PartState
from kiosk.views import (
    Account,
    Asking,
    AskLibrarian,
    Blocked,
    Borrowing,
    CurrentPatron,
    Details,
    Farewell,
    Feedback,
    Find,
    ForYou,
    Help,
    Identify,
    IdleWarning,
    Learn,
    LineState,
    OutOfOrder,
    Refused,
    Registering,
    Returning,
    SignIn,
    Status,
    Survey,
    Technician,
    TitlePage,
    TouchTest,
    View,
    VisitLine,
    Welcome,
    Writing,
)
from kiosk.views.greeting import Shown
from kiosk.views.learn import NO_PLACES, Place
from lending.model import Block, CardRef, Item, ItemId, Patron, Reason
from lending.policy import Allowance, Policy, allowance
from lending.questionnaires.offered import NOTHING
from lending.questionnaires.visible import Value
from lending.shelves import Floor
from lending.showcase import EMPTY, Showcase
from lending.transactions import PinStatus

NOTHING_SAID: Mapping[str, LineState] = MappingProxyType({})
NO_ITEMS: Mapping[ItemId, Item] = MappingProxyType({})
NO_WORDS: Mapping[str, str] = MappingProxyType({})
NO_PARTS: Mapping[PartName, PartState] = MappingProxyType({})

Finding = Find | TitlePage | Learn
Listing = Identify | Borrowing | Returning | Account | ForYou | Details | AskLibrarian | Finding | Blocked
"""The views of an errand that is going on: each keeps the lines of the visit."""
Ground = Welcome | Listing | Feedback | Farewell | OutOfOrder
"""The views that stand on nothing else."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of the patron before the glass. Going home puts a new one in its place: nothing else forgets."""

    number: int = 1
    card: CardRef | None = None
    patron: Patron | None = None
    source: Source = Source.CENTRAL
    items: Mapping[ItemId, Item] = field(default_factory=lambda: NO_ITEMS)
    verified: PinStatus = PinStatus.CARD
    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    """What a technician has typed of hers."""
    turn: int = 0
    """PINs that were sent to be checked."""
    lending: tuple[ItemId, ...] = ()
    """Checkouts on their way to the central."""
    taking: tuple[ItemId, ...] = ()
    """Returns that were judged and are not settled yet."""
    drops: tuple[BinDrop, ...] = ()
    also: tuple[ItemId, ...] = ()
    """Items shown while it is asked whether to borrow or to return."""
    included: tuple[ItemId, ...] = ()
    """On their way when her loans were told: those loans are counted with them, and anew when all is settled."""
    recounting: bool = False
    """They are being told anew."""
    overtaken: bool = False
    """Another act was settled meanwhile."""
    page: Finding | None = None
    """Where she wished for something, while it is asked who she is."""
    places: Mapping[int, Place] = field(default_factory=lambda: NO_PLACES)
    """Those that she took in this visit, by the number of the date."""
    said: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """Her word on what was recommended, by what it is about."""
    answers: Mapping[str, Value] = field(default_factory=lambda: NOTHING)
    """What she has said to a questionnaire from which she went back."""
    drafts: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """What she had written when she went back, by `Letter`."""
    room: str = ""
    """Where she wants to go, while she shows that the card is hers: `for_you` or `details`."""
    told: Mapping[str, LineState] = field(default_factory=lambda: NOTHING_SAID)
    """What became of what she changed of her record."""
    forgets: bool = False
    """What she did in this visit is to stand in no history of hers."""
    forgotten: tuple[ItemId, ...] = ()
    """Of what the library was told so."""
    aside: tuple[Visit, ...] = ()
    """The other cards of a family's visit, in the order in which they were set aside."""
    lines: tuple[VisitLine, ...] = ()
    """What was done for this card, while it is set aside."""
    mark: int = 0
    """By which of the marks the card is told from those; 0 where it is the only one."""
    look: str = ""
    """How she likes the screen, as it is remembered; empty where she does not wish that."""
    worn: bool = False
    """The glass has it on: what she changes is told when she leaves."""
    wore: str = ""
    """What the glass had when it was put on, or when she was heard last."""
    greeted: bool = False
    """It was asked with what she is greeted."""
    greeting: Shown | None = None
    finishing: bool = False
    in_vain: int = 0
    """How often something was refused in it."""
    many: bool = False
    """Several renewals were asked at once: their refusals are told in the list."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a step may look at beside the session."""

    rules: DeskRules
    policy: Policy | None
    now: datetime
    seconds: float
    """The clock's monotonic seconds."""
    reference: Callable[[str], CardRef]
    """What travels for a UID or a card number."""
    lends: bool = True
    """Not too much waits for the central, and not for too long."""
    receipts: str = ""
    """Where phones look a receipt up, by its code; empty where they cannot."""
    floors: Sequence[Floor] = ()
    """Of the house in which the kiosk stands."""
    finds: bool = False
    """There are titles to be found."""
    showcase: Showcase = EMPTY
    """What is shown to anybody."""


@dataclass(frozen=True, slots=True)
class Session:
    view: View
    status: Status
    visit: Visit = field(default_factory=Visit)
    since: float = 0.0
    """Monotonic seconds from which the view's `linger` runs."""
    on_reader: str = ""
    """UID of the card that lies on the reader."""
    parts: Mapping[PartName, PartState] = field(default_factory=lambda: NO_PARTS)
    guard: AttemptGuard = field(default_factory=AttemptGuard)
    closed: str = ""
    """Why the journal cannot be written; empty while it can."""
    kept_closed: OutOfService | None = None
    """Staff keep the kiosk out of service."""
    wanted: tuple[Effect, ...] = ()
    """Effects of the step that is being made; empty between two steps."""

    def show(self, view: View) -> Session:
        return replace(self, view=view)

    def want(self, *effects: Effect) -> Session:
        return replace(self, wanted=(*self.wanted, *effects))

    @property
    def ground(self) -> Ground:
        return ground_of(self.view)

    def on_ground(self, ground: Ground) -> Session:
        """Changes what stands at the bottom and leaves what covers it."""
        return replace(self, view=_rebuilt(self.view, ground))

    @property
    def lines(self) -> tuple[VisitLine, ...]:
        return lines_of(self.ground)

    def with_lines(self, lines: tuple[VisitLine, ...]) -> Session:
        ground = self.ground
        return self.on_ground(replace(ground, lines=lines)) if isinstance(ground, Listing) else self

    @property
    def central_answers(self) -> bool:
        return self.status.online


def ground_of(view: View) -> Ground:
    match view:
        case Refused() | Asking() | Survey() | Writing() | Registering():
            return ground_of(view.under)
        case Help() | SignIn() | Technician() | TouchTest() | IdleWarning():
            return ground_of(view.under)
        case _:
            return view


def lines_of(view: View) -> tuple[VisitLine, ...]:
    ground = ground_of(view)
    return ground.lines if isinstance(ground, Listing | Farewell) else ()


def _rebuilt(view: View, ground: Ground) -> Any:
    """The same pile on another ground. What may cover what stays as it was, which the types cannot say."""
    match view:
        case Refused() | Asking() | Survey() | Writing() | Registering():
            return replace(view, under=_rebuilt(view.under, ground))
        case Help() | SignIn() | Technician() | TouchTest() | IdleWarning():
            return replace(view, under=_rebuilt(view.under, ground))
        case _:
            return ground


def guest_of(session: Session, ctx: Context) -> CurrentPatron | None:
    """The patron as the glass may show her; None before a card was known."""
    visit = session.visit
    if visit.patron is None or visit.card is None:
        return None
    patron = visit.patron
    room = allowance(ctx.policy, patron, ctx.rules.branch) if ctx.policy else Allowance(0, patron.on_loan)
    return CurrentPatron(
        visit.card,
        patron.ref,
        room,
        patron.name,
        patron.last4,
        None if is_locked(session, ctx) or _owes_unknown(patron) else patron.fees,
        patron.expires,
        verified=visit.verified is PinStatus.PIN,
        offline=visit.source is Source.SNAPSHOT,
        mark=visit.mark,
        currency=patron.currency,
        fee_limit=patron.fee_limit,
    )


def _owes_unknown(patron: Patron) -> bool:
    """The library system bars the patron for fees, and does not say how much."""
    return not patron.fees and patron.barred is not None and patron.barred.reason is Reason.FEES


def is_locked(session: Session, ctx: Context) -> bool:
    """A tap alone tells no holds and no fees where the library asks for a PIN."""
    return ctx.rules.pin != "never" and session.visit.verified is not PinStatus.PIN


def is_proved(session: Session) -> bool:
    """She has shown that the card is hers, whatever this library asks for a loan."""
    return session.visit.verified is PinStatus.PIN


def as_shown(session: Session, ctx: Context, block: Block) -> Block:
    """The block as the glass may tell it: how much she owes is behind the PIN, what a loan costs is not."""
    hides = block.reason is not Reason.LOAN_COSTS and is_locked(session, ctx)
    return replace(block, amount=None) if hides else block


def with_guest(session: Session, ctx: Context) -> Session:
    """Brings the guest on the glass up to what the visit knows."""
    ground = session.ground
    guest = guest_of(session, ctx)
    if guest is None or not isinstance(ground, Listing):
        return session
    return session.on_ground(replace(ground, guest=guest))


def on_visit(session: Session, **changes: Any) -> Session:
    return replace(session, visit=replace(session.visit, **changes))


def notice(session: Session, code: str) -> Session:
    """Says a notice where the ground has a place for one."""
    ground = session.ground
    if isinstance(ground, Borrowing | Returning | Account):
        return session.on_ground(replace(ground, notice=code))
    return session


def awake(session: Session) -> Session:
    """The visit without help or warning over it. A refusal stays, and a question wants its answer."""
    view = session.view
    while isinstance(view, Help | SignIn | Technician | TouchTest | IdleWarning):
        view = view.under
    return on_visit(session, code="").show(view)


def heard(session: Session) -> Session:
    """The visit after a refusal was read."""
    return session.show(session.view.under) if isinstance(session.view, Refused) else session


def rested(session: Session) -> Session:
    """What was said for a moment is said no more."""
    ground = session.ground
    if isinstance(ground, Identify):
        return session.on_ground(replace(ground, notice="")) if ground.notice else session
    if not isinstance(ground, Borrowing | Returning | Account):
        return session
    lines = tuple(replace(each, again=False) if each.again else each for each in ground.lines)
    return session.on_ground(replace(ground, notice="", lines=lines))
