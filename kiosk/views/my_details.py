"""Define the view of a patron's own record and its actions, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import (
    IDLE_SECONDS,
    LABELS,
    AcceptedNumbers,
    Action,
    CurrentPatron,
    LineState,
    Signal,
    VisitLine,
)
from lending.display_preferences import OFF
from lending.patron_record import HISTORY, REMINDERS, REMOVED, STATED, Contact, HistoryEntry, PatronRecord
from lending.responses import PatronResponse, RecordErasure, RecordExport

NOTHING_SAID: Mapping[str, LineState] = MappingProxyType({})
QUIET_HOURS = ("none", "21:00-08:00", "22:00-07:00", "20:00-09:00")
"""Quiet hours offered for messages, in the library's time; `none` leaves the library's own."""
ON = "on"


class RecordPage(StrEnum):
    """Page of the record; each page has one subject."""

    ALL = "all"
    """Overview of the pages."""
    CONTACTS = "contacts"
    WAYS = "ways"
    CONSENTS = "consents"
    WHY = "why"
    """One purpose, with its consent text."""
    INTERESTS = "interests"
    SUBJECTS = "subjects"
    """Classification groups that can be added to the interests."""
    LETTERS = "letters"
    LOOK = "look"
    """Display preferences, and whether they are remembered."""
    QUIET = "quiet"
    DATA = "data"
    ERASE = "erase"
    """What would be erased and what must be kept, shown before the request."""
    HAD = "had"
    """Reading history; opened from For you."""
    FRIEND = "friend"
    """One title of the history as a QR code, to recommend it to a friend."""
    PHONE = "phone"
    """QR code that continues on the patron portal."""


ROOMS = (
    RecordPage.CONTACTS,
    RecordPage.WAYS,
    RecordPage.CONSENTS,
    RecordPage.INTERESTS,
    RecordPage.LETTERS,
    RecordPage.DATA,
)
"""Pages opened from the overview."""


@dataclass(frozen=True, slots=True)
class Details:
    """A patron's own record, one page at a time."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    guest: CurrentPatron
    record: PatronRecord | None = None
    """The record; None while it is requested and if it is not available."""
    missing: bool = False
    """True if the record is not available now."""
    room: RecordPage = RecordPage.ALL
    about: str = ""
    """Purpose whose consent text is shown, or title recommended to a friend."""
    before: RecordPage = RecordPage.CONSENTS
    """Page from which that purpose was opened."""
    link: str = ""
    """Link for the patron's phone; empty while it is requested and if there is none."""
    changes: Mapping[str, LineState] = field(default_factory=lambda: NOTHING_SAID)
    """Outcome of each change made in this visit, by `key_of`."""
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit, newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def had(self) -> tuple[HistoryEntry, ...]:
        """Return the reading history; empty while the record is unknown."""
        return self.record.had if self.record else ()

    @property
    def signal(self) -> Signal:
        if (self.record is None and not self.missing) or LineState.CHECKING in self.changes.values():
            return Signal.BUSY
        return Signal.SCAN


def key_of(kind: type[PatronResponse], about: str = "") -> str:
    """Return the key under which `said` keeps the outcome of a change."""
    return f"{kind.ask} {about}".strip()


def first_of_each(mine: PatronRecord) -> tuple[Contact, ...]:
    """Return one address per channel. Message permissions apply to a channel, not to a single address."""
    return tuple({each.channel: each for each in reversed(mine.contacts) if each.address}.values())[::-1]


def addable(mine: PatronRecord) -> tuple[str, ...]:
    """Return the classes that are not among the patron's stated interests."""
    stated = {each.code for each in mine.interests if each.source == STATED}
    return tuple(each.code for each in mine.classes if each.code not in stated)


def details_actions(view: Details) -> tuple[Action, ...]:
    """Return the actions of the page, then back and Finish.

    Finish keeps its position also where an answer is expected, because a touch out of habit must not agree, withdraw or
    erase.
    """
    found = _room(view, view.record) if view.record else ()
    return (*found, Action("back"), Action("finish", primary=True))


def _room(view: Details, mine: PatronRecord) -> tuple[Action, ...]:
    match view.room:
        case RecordPage.ALL:
            return tuple(Action("open", choice=each.value) for each in ROOMS)
        case RecordPage.CONTACTS:
            return (*_contacts(mine), *_phone_actions(mine))
        case RecordPage.WAYS:
            first = tuple(Action("first", choice=each.channel) for each in mine.ways[1:])
            test = (Action("send_test", choice=mine.ways[0].channel),) if mine.ways and mine.ways[0].shown else ()
            reminded = tuple(Action("why", choice=each.purpose) for each in mine.consents if each.purpose == REMINDERS)
            return (*test, *first, *reminded, Action("open", choice=RecordPage.QUIET.value), *_phone_actions(mine))
        case RecordPage.QUIET:
            return tuple(Action("quiet", choice=each) for each in QUIET_HOURS if each != mine.quiet)
        case RecordPage.CONSENTS:
            why = tuple(Action("why", choice=each.purpose) for each in mine.consents)
            given = tuple(Action("withdraw", choice=each.purpose) for each in mine.consents if each.given)
            return (*why, *given)
        case RecordPage.WHY:
            given_now = any(each.given for each in mine.consents if each.purpose == view.about)
            if mine.child and not given_now:
                return ()
            return (Action("withdraw" if given_now else "give", choice=view.about),)
        case RecordPage.INTERESTS:
            return _interests(mine)
        case RecordPage.SUBJECTS:
            return tuple(Action("add", choice=each) for each in addable(mine))
        case RecordPage.LETTERS:
            return tuple(Action("seen", choice=each.key) for each in mine.letters)
        case RecordPage.LOOK:
            return (Action("keep_look", choice=OFF if mine.look else ON),)
        case RecordPage.DATA:
            return _data(view, mine)
        case RecordPage.ERASE:
            asked = key_of(RecordErasure) in view.changes
            return () if asked or mine.child else (Action("erase_all"),)
        case RecordPage.HAD:
            return _had(mine)
        case RecordPage.PHONE | RecordPage.FRIEND:
            return ()


def _had(mine: PatronRecord) -> tuple[Action, ...]:
    if not mine.remembers:
        return (Action("open", choice=RecordPage.CONSENTS.value),)
    friends = tuple(Action("recommend", choice=each.key) for each in mine.had if each.link)
    return (*friends, *(Action("drop", choice=each.key) for each in mine.had), Action("withdraw", choice=HISTORY))


def _contacts(mine: PatronRecord) -> tuple[Action, ...]:
    """Return the actions of the contact page: mark an address as right or wrong, allow or stop news per channel.

    An address that is verified is not asked about again.
    """
    right = tuple(Action("right", choice=each.number) for each in mine.contacts if not each.sure)
    wrong = tuple(Action("wrong", choice=each.number) for each in mine.contacts)
    fields = first_of_each(mine)
    off = tuple(Action("no_news", choice=each.channel) for each in fields if each.serves)
    on = tuple(Action("news", choice=each.channel) for each in fields if set(mine.news) - set(each.serves))
    return (*right, *wrong, *off, *on)


def _phone_actions(mine: PatronRecord) -> tuple[Action, ...]:
    return (Action("open", choice=RecordPage.PHONE.value),) if mine.page and not mine.child else ()


def _interests(mine: PatronRecord) -> tuple[Action, ...]:
    if not mine.reads:
        return (Action("open", choice=RecordPage.CONSENTS.value),)
    switch = Action("infer", choice="off" if mine.infers else "on")
    more = (Action("open", choice=RecordPage.SUBJECTS.value),) if addable(mine) else ()
    removed = tuple(Action("restore", choice=each.code) for each in mine.interests if each.source == REMOVED)
    kept = tuple(Action("remove", choice=each.code) for each in mine.interests if each.source != REMOVED)
    return (*kept, *removed, switch, *more)


def _data(view: Details, mine: PatronRecord) -> tuple[Action, ...]:
    other = tuple(Action("speak", choice=each) for each in mine.languages if each != mine.language)
    forget = (Action("forget_visit"),) if view.lines else ()
    export = () if key_of(RecordExport) in view.changes else (Action("export"),)
    doors = tuple(Action("open", choice=each.value) for each in (RecordPage.LOOK, RecordPage.ERASE))
    return (*other, *forget, *export, *doors)
