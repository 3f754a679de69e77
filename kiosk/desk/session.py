"""State of the desk between two events, as one immutable value; all patron data is in the visit.

Also what a step may read besides it: the rules and the context.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Literal

from kiosk.central import OutOfService, Source
from kiosk.desk.attempt_guard import AttemptGuard
from kiosk.desk.effects import Effect
from kiosk.events import ItemKnown, PadTag, TagHandle
from kiosk.system.health import PartName, PartState
from kiosk.views import (
    FAREWELL_SECONDS,
    Account,
    Borrowing,
    CurrentPatron,
    Finding,
    Ground,
    Identify,
    LineState,
    Listing,
    Refused,
    Release,
    Returning,
    Status,
    View,
    VisitLine,
    ground_of,
    lines_of,
    with_ground,
    without_covers,
)
from kiosk.views.learn import NO_PLACES, BookedPlace
from kiosk.views.visit import Shown
from lending.languages import text_in, usual
from lending.model import Block, CardRef, Item, ItemId, Patron, Reason
from lending.number_patterns import Numbers
from lending.policy import Allowance, Policy, allowance
from lending.questionnaires import NOTHING, Value
from lending.shelves import Floor
from lending.showcase import EMPTY, Showcase, Slides
from lending.transactions import PinStatus

NOTHING_SAID: Mapping[str, LineState] = MappingProxyType({})
NO_ITEMS: Mapping[ItemId, Item] = MappingProxyType({})
NO_WORDS: Mapping[str, str] = MappingProxyType({})
NO_FEEDBACK: Mapping[str, tuple[str, ...]] = MappingProxyType({})
NO_PARTS: Mapping[PartName, PartState] = MappingProxyType({})
UNHURRIED = 3
"""Factor for timeouts while the voice is on."""
PANEL_SECONDS = 30.0
"""Seconds until an untouched panel of the status bar closes."""
COUNTED = 1.0
"""Seconds; a view with this timeout shows a countdown, which must run in real seconds."""


@dataclass(frozen=True, slots=True)
class BinDrop:
    """An item expected to fall into the bin; delivered once it was looked up and the sensor fired or timed out.

    If two items are expected at once, the sensor cannot tell them apart: both are returned provisionally.
    """

    item: ItemId
    alone: bool = True
    judged: bool = False
    sensed: bool | None = None
    """Whether the sensor detected the drop; None while its time runs."""
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Pile:
    """What lies on the item pad, and which of it was offered to the errand already."""

    tags: tuple[PadTag, ...] = ()
    steady: bool = True
    crowded: bool = False
    taken: frozenset[TagHandle] = frozenset()
    """Tags that started something since they were laid down; others start it when a view accepts items."""
    falls: tuple[float, ...] = ()
    """With the pad in the bin: when the sensor detected items whose tags were not read yet, in monotonic seconds."""
    fallen: frozenset[ItemId] = frozenset()
    """With the pad in the bin: items whose fall the sensor detected before their tags were read."""
    unread: frozenset[TagHandle] = frozenset()
    """With the pad in the bin: tags that name no item, and were shown to a patron."""


@dataclass(frozen=True, slots=True)
class DeskRules:
    """Settings that the desk reads at every step."""

    kiosk: str
    branch: str
    names: Mapping[str, str]
    """The library's name by language code."""
    timezone: str
    """IANA time zone name."""
    numbers: Numbers
    language: str = "zh"
    place: str = ""
    """Where the kiosk stands, for the technician; empty if that is not configured."""
    languages: tuple[str, ...] = field(default_factory=usual)
    """Languages offered, in the order of the switch."""
    returns: Literal["off", "provisional", "bin", "trusted"] = "provisional"
    pin: Literal["never", "always", "account"] = "never"
    offline_pin: Literal["refuse", "lend_capped"] = "refuse"
    face: bool = True
    """Ask for a smiley (one of five) after a visit without a card."""
    slides: Slides = "all"
    tall: bool = False
    """The screen is too tall for everyone to reach its upper part."""
    hears: bool = True
    """Feedback and messages to the library are accepted: true with a hub, false with only a third-party ILS."""
    record: bool = True
    """Patrons can open their record here: true if a hub keeps the loans. With an ILS it opens on the phone only."""
    voices: frozenset[str] = frozenset()
    """Codes of the languages that have a voice; empty if the kiosk does not speak."""
    speaker: bool = False
    """A speaker is fitted, so the technician can test it."""
    pad_in_bin: bool = False
    """The item pad reads items that fall into the bin; nothing is borrowed on it."""
    lends_incomplete_sets: bool = False
    """A set of which parts are missing on the item pad is lent all the same."""
    tag_owners: frozenset[str] = frozenset()
    """ISILs of the libraries whose tags are accepted; empty: any."""
    release: Release = Release()  # noqa: RUF009 - a frozen value

    def name(self, language: str) -> str:
        return text_in(self.names, language) or self.names.get(self.language) or self.kiosk


@dataclass(frozen=True, slots=True)
class Visit:
    """Data of the current patron. Returning to the first screen replaces it; nothing else deletes patron data."""

    number: int = 1
    card: CardRef | None = None
    patron: Patron | None = None
    source: Source = Source.CENTRAL
    items: Mapping[ItemId, Item] = field(default_factory=lambda: NO_ITEMS)
    verified: PinStatus = PinStatus.CARD
    pin: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    """Digits of a technician's code entered so far."""
    turn: int = 0
    """Number of PIN checks requested; identifies the latest one."""
    lending: tuple[ItemId, ...] = ()
    """Checkouts submitted and not settled."""
    taking: tuple[ItemId, ...] = ()
    """Returns submitted and not settled."""
    drops: tuple[BinDrop, ...] = ()
    securing: tuple[ItemKnown, ...] = ()
    """Lookups of returned items whose security is being switched on; the return is submitted after that."""
    from_pile: frozenset[ItemId] = frozenset()
    """Items that the question whether to borrow or return has from the item pad."""
    left_unread: bool = False
    """The patron pressed Finish while a tag could not be read, and was asked about it."""
    unread: frozenset[TagHandle] = frozenset()
    """With the pad in the bin: tags that fell during this visit and name no item."""
    lifted: frozenset[ItemId] = frozenset()
    """Items that left the pad before they were looked up; the answer changes nothing."""
    also: tuple[ItemId, ...] = ()
    """Items scanned while the patron is asked whether to borrow or return."""
    included: tuple[ItemId, ...] = ()
    """Items pending when the loan count was reported: the count may include them, so it is requested again later."""
    recounting: bool = False
    """A new loan count is requested."""
    overtaken: bool = False
    """Another transaction was settled meanwhile, so the awaited count is out of date."""
    page: Finding | None = None
    """View with a request that waits for identification."""
    places: Mapping[int, BookedPlace] = field(default_factory=lambda: NO_PLACES)
    """Places booked in this visit, by event date id."""
    pick_feedback: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: NO_FEEDBACK)
    """Feedback on recommendations in the order in which it was given, by their `about`."""
    answers: Mapping[str, Value] = field(default_factory=lambda: NOTHING)
    """Answers of a questionnaire that the patron left with Back."""
    drafts: Mapping[str, str] = field(default_factory=lambda: NO_WORDS)
    """Drafts of free texts left with Back, by `Letter`."""
    room: str = ""
    """Private area requested, while identity is being proved: `for_you` or `details`."""
    record_changes: Mapping[str, LineState] = field(default_factory=lambda: NOTHING_SAID)
    """Outcome of changes to the patron record, by key."""
    forgets: bool = False
    """The patron excluded this visit from their loan history."""
    forgotten: tuple[ItemId, ...] = ()
    """Items already reported as excluded."""
    aside: tuple[Visit, ...] = ()
    """Other cards of a shared visit, in the order in which they were set aside."""
    lines: tuple[VisitLine, ...] = ()
    """Lines of this card, while it is set aside."""
    mark: int = 0
    """Mark that distinguishes the card from the others; 0 if it is the only one."""
    look: str = ""
    """Stored display preferences; empty if the patron does not want them stored."""
    worn: bool = False
    """The stored preferences are applied; changes are saved at the end."""
    wore: str = ""
    """Preferences as applied or last saved, to detect changes."""
    greeted: bool = False
    """The greeting was requested."""
    greeting: Shown | None = None
    finishing: bool = False
    in_vain: int = 0
    """Number of refusals in the visit."""
    many: bool = False
    """Several renewals were requested at once: refusals are shown in the list only."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything outside the session that a step may read."""

    rules: DeskRules
    policy: Policy | None
    now: datetime
    seconds: float
    """Monotonic seconds of the clock."""
    reference: Callable[[str], CardRef]
    """Returns the central's card id for a UID or card number."""
    accepts_loans: bool = True
    """False if too many transactions are queued, or for too long."""
    receipts: str = ""
    """URL prefix at which phones look up a receipt; empty if they cannot."""
    floors: Sequence[Floor] = ()
    """Floor plans of this branch."""
    finds: bool = False
    """Titles can be searched."""
    showcase: Showcase = EMPTY
    """Public content of the idle screen."""


@dataclass(frozen=True, slots=True)
class Session:
    """State of the desk between two events."""

    view: View
    status: Status
    visit: Visit = field(default_factory=Visit)
    since: float = 0.0
    """Monotonic seconds from which the view's timeout runs."""
    on_reader: str = ""
    """UID of the card on the reader; empty without one."""
    pile: Pile = Pile()
    parts: Mapping[PartName, PartState] = field(default_factory=lambda: NO_PARTS)
    guard: AttemptGuard = field(default_factory=AttemptGuard)
    closed: str = ""
    """Why the journal cannot be written; empty while it can."""
    kept_closed: OutOfService | None = None
    """Staff keep the kiosk out of service; None if not."""
    wanted: tuple[Effect, ...] = ()
    """Effects requested by the step in progress; empty between two steps."""

    def show(self, view: View) -> Session:
        return replace(self, view=view)

    def want(self, *effects: Effect) -> Session:
        return replace(self, wanted=(*self.wanted, *effects))

    @property
    def ground(self) -> Ground:
        return ground_of(self.view)

    def on_ground(self, ground: Ground) -> Session:
        """Replace the view at the bottom and keep its overlays."""
        return replace(self, view=with_ground(self.view, ground))

    @property
    def lines(self) -> tuple[VisitLine, ...]:
        return lines_of(self.view)

    def with_lines(self, lines: tuple[VisitLine, ...]) -> Session:
        ground = self.ground
        return self.on_ground(replace(ground, lines=lines)) if isinstance(ground, Listing) else self

    @property
    def central_answers(self) -> bool:
        return self.status.online


def guest_of(session: Session, ctx: Context) -> CurrentPatron | None:
    """Return the patron as shown on the screen; None before a card is known."""
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
        services=ctx.policy.services_of(patron) if ctx.policy else (),
    )


def _owes_unknown(patron: Patron) -> bool:
    """Return whether the library system blocks the patron for fees without reporting the amount."""
    return not patron.fees and patron.barred is not None and patron.barred.reason is Reason.FEES


def is_locked(session: Session, ctx: Context) -> bool:
    """Return whether holds and fees are hidden, because this library requires a PIN that was not checked."""
    return ctx.rules.pin != "never" and session.visit.verified is not PinStatus.PIN


def is_proved(session: Session) -> bool:
    """Return whether the patron proved their identity, whatever this library requires for loans."""
    return session.visit.verified is PinStatus.PIN


def as_shown(session: Session, ctx: Context, block: Block) -> Block:
    """Return the block as it may be shown: fees owed need the PIN, the fee of a loan does not."""
    hides = block.reason is not Reason.LOAN_COSTS and is_locked(session, ctx)
    return replace(block, amount=None) if hides else block


def with_guest(session: Session, ctx: Context) -> Session:
    """Update the patron shown on the screen from the visit."""
    ground = session.ground
    guest = guest_of(session, ctx)
    if guest is None or not isinstance(ground, Listing):
        return session
    return session.on_ground(replace(ground, guest=guest))


def on_visit(session: Session, **changes: Any) -> Session:
    return replace(session, visit=replace(session.visit, **changes))


def notice(session: Session, code: str) -> Session:
    """Show a notice, if the ground view has a place for one."""
    ground = session.ground
    if isinstance(ground, Borrowing | Returning | Account):
        return session.on_ground(replace(ground, notice=code))
    return session


def awake(session: Session) -> Session:
    """Remove help and warning overlays; a refusal or question stays until it is answered."""
    return on_visit(session, code="").show(without_covers(session.view))


def without_refusal(session: Session) -> Session:
    """Remove a refusal that was read."""
    return session.show(session.view.under) if isinstance(session.view, Refused) else session


def without_notices(session: Session) -> Session:
    """Remove momentary notices."""
    ground = session.ground
    if isinstance(ground, Identify):
        return session.on_ground(replace(ground, notice="")) if ground.notice else session
    if not isinstance(ground, Borrowing | Returning | Account):
        return session
    lines = tuple(replace(each, again=False) if each.again else each for each in ground.lines)
    return session.on_ground(replace(ground, notice="", lines=lines))


def lingers(session: Session) -> float | None:
    """Return the seconds until an untouched view times out; None for no timeout."""
    linger = session.view.linger
    if linger is not None and linger <= COUNTED:
        return linger
    if session.status.panel is not None:
        return PANEL_SECONDS * _slower(session)
    if linger is None:
        return None
    return linger * _slower(session)


def farewell_seconds(session: Session) -> int:
    return FAREWELL_SECONDS * _slower(session)


def _slower(session: Session) -> int:
    return UNHURRIED if session.status.voice else 1
