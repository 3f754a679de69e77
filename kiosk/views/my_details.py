"""The view of what a patron sees and changes of her own record, room by room; knows no Kivy, no words and no time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, CurrentPatron, LineState, Signal, VisitLine, Wanted
from lending.patron_record import HERS, REMOVED, Contact, HistoryEntry, PatronRecord

NOTHING_SAID: Mapping[str, LineState] = MappingProxyType({})
QUIET_HOURS = ("none", "21:00-08:00", "22:00-07:00", "20:00-09:00")
"""What is offered; none leaves it to the library's own."""
ON = "on"

WRITTEN = ("zh", "en")
"""The languages in which the library writes to her."""


class Room(StrEnum):
    """What she looks at; each is one question."""

    ALL = "all"
    """Everything there is, to choose from."""
    CONTACTS = "contacts"
    WAYS = "ways"
    CONSENTS = "consents"
    WHY = "why"
    """One purpose, with the words that she agrees to."""
    INTERESTS = "interests"
    SUBJECTS = "subjects"
    """What may be added to them."""
    LETTERS = "letters"
    LOOK = "look"
    """How she likes the screen, and whether that is remembered."""
    QUIET = "quiet"
    DATA = "data"
    ERASE = "erase"
    """What goes and what stays, before it is done."""
    HAD = "had"
    """What she has read; opened from For you."""
    FRIEND = "friend"
    """One of those titles, for a friend's phone."""
    PHONE = "phone"
    """Where her phone goes on."""


ROOMS = (Room.CONTACTS, Room.WAYS, Room.CONSENTS, Room.INTERESTS, Room.LETTERS, Room.DATA)
"""Those that are opened from the first."""


@dataclass(frozen=True, slots=True)
class Details:
    wants: ClassVar[Wanted] = LABELS
    guest: CurrentPatron
    mine: PatronRecord | None = None
    """None while it is asked for, and where it is not told."""
    missing: bool = False
    """It is not told just now."""
    room: Room = Room.ALL
    about: str = ""
    """The purpose of which the words are shown, or the title that a friend is to find."""
    before: Room = Room.CONSENTS
    """In which room that purpose was touched."""
    link: str = ""
    """Where her phone goes on; empty while it is asked for, and where there is none."""
    said: Mapping[str, LineState] = field(default_factory=lambda: NOTHING_SAID)
    """What became of what she has said, by `key_of`."""
    language: str = ""
    """That of the glass, which she may make that of her messages."""
    lines: tuple[VisitLine, ...] = ()
    """What was done in this visit; newest first."""
    linger: float | None = IDLE_SECONDS

    @property
    def had(self) -> tuple[HistoryEntry, ...]:
        """What she has read, as far as it is told."""
        return self.mine.had if self.mine else ()

    @property
    def signal(self) -> Signal:
        if (self.mine is None and not self.missing) or LineState.CHECKING in self.said.values():
            return Signal.BUSY
        return Signal.SCAN


def key_of(ask: str, about: str) -> str:
    """Under which name it is remembered what became of something that she said."""
    return f"{ask} {about}".strip()


def first_of_each(mine: PatronRecord) -> tuple[Contact, ...]:
    """Her addresses, one of each channel: what they are for is settled by channel, not by address."""
    return tuple({each.channel: each for each in reversed(mine.contacts) if each.address}.values())[::-1]


def addable(mine: PatronRecord) -> tuple[str, ...]:
    """The classes that are none of her interests yet."""
    hers = {each.code for each in mine.interests if each.source == HERS}
    return tuple(each.code for each in mine.classes if each.code not in hers)


def removable(mine: PatronRecord) -> tuple[str, ...]:
    return tuple(each.code for each in mine.interests if each.source != REMOVED)
