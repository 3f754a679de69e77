"""What the end of a visit may ask and tell a patron, by the central's word; nothing hangs on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from lending.model import ItemId

NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PostVisitQuestion:
    """One thing the library would like to know of her. `kind` and `about` go back with her answer."""

    kind: str
    about: str = ""
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)
    """What the question shows, by names that the kind knows."""


class Why(StrEnum):
    """Why she will be reminded on that day."""

    USUAL = "usual"
    """By when she usually returns."""
    TYPE = "type"
    """By when items of this kind usually come back: she has returned too few yet."""
    DUE = "due"
    """Some days before it is due."""
    HERS = "hers"
    """She has chosen it."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """When she will be reminded of an item; she may have it on any day from `earliest` to `latest`."""

    item: ItemId
    day: date
    why: Why
    earliest: date
    latest: date

    def on(self, day: date) -> Reminder:
        """The same, on the day that she chose."""
        return replace(self, day=day, why=Why.HERS)


@dataclass(frozen=True, slots=True)
class Note:
    """Something the library has to tell her on paper. `about` goes back when it was printed."""

    about: str
    words: str


@dataclass(frozen=True, slots=True)
class FarewellPromo:
    """A word of the library's to her, unasked, by language; and where a phone goes by it."""

    words: Mapping[str, str]
    link: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """By which of her ways a receipt would be sent, its address masked; or that it goes there by itself."""

    channel: str
    shown: str
    goes: bool = False


@dataclass(frozen=True, slots=True)
class AfterVisit:
    ask: PostVisitQuestion | None = None
    reminders: tuple[Reminder, ...] = ()
    paper: tuple[Note, ...] = ()
    """For her receipt, because she chose to be told so."""
    strip: FarewellPromo | None = None
    message: Message | None = None
    """None where no receipt can be sent to her."""
