"""Define the view of a patron's own record: contact data, consents, interests, messages, history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, CurrentPatron, LineState, Signal, VisitLine
from lending.patron_record import STATED, Contact, HistoryEntry, PatronRecord
from lending.responses import PatronResponse

NOTHING_SAID: Mapping[str, LineState] = MappingProxyType({})
QUIET_HOURS = ("none", "21:00-08:00", "22:00-07:00", "20:00-09:00")
"""Quiet hours offered for messages, in the library's time; `none` leaves the library's own."""
ON = "on"

WRITTEN = ("zh", "en")
"""Languages in which the library writes messages."""


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
    mine: PatronRecord | None = None
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
    language: str = ""
    """Language of the screen, which the patron may choose for messages too."""
    lines: tuple[VisitLine, ...] = ()
    """Lines of this visit, newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def had(self) -> tuple[HistoryEntry, ...]:
        """Return the reading history; empty while the record is unknown."""
        return self.mine.had if self.mine else ()

    @property
    def signal(self) -> Signal:
        if (self.mine is None and not self.missing) or LineState.CHECKING in self.changes.values():
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
