"""Titles as somebody looks for them: what they are called, where their copies are; knows no index and no shelf."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lending.model import Item, ItemStatus


class Availability(StrEnum):
    """Where a title is to be had, the best first."""

    HERE = "here"
    """On a shelf of this house."""
    ELSEWHERE = "elsewhere"
    """On a shelf of another house."""
    ONLINE = "online"
    """As an e-edition alone."""
    OUT = "out"
    """Every copy is away."""
    NONE = "none"
    """There is no copy."""


@dataclass(frozen=True, slots=True)
class TitleResult:
    """A title with its copies, as they stood when the kiosk was last told. `link` is where a phone reads it."""

    id: int
    title: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    year: int | None = None
    link: str = ""
    copies: tuple[Item, ...] = ()

    @property
    def on_shelf(self) -> tuple[Item, ...]:
        return tuple(each for each in self.copies if each.status is ItemStatus.ON_SHELF)

    def here(self, branch: str) -> tuple[Item, ...]:
        """Those on a shelf of this house."""
        return tuple(each for each in self.on_shelf if each.branch == branch)

    def houses(self, branch: str) -> tuple[str, ...]:
        """The other houses on whose shelves it stands."""
        return tuple(sorted({each.branch for each in self.on_shelf} - {branch}))

    def whereabouts(self, branch: str) -> Availability:
        if self.here(branch):
            return Availability.HERE
        if self.on_shelf:
            return Availability.ELSEWHERE
        if self.link and not self.copies:
            return Availability.ONLINE
        return Availability.OUT if self.copies else Availability.NONE

    def shelved_at(self, branch: str) -> str:
        """The call number to look for: that of a copy in this house, else the title's own."""
        mine = self.here(branch) or tuple(each for each in self.copies if each.branch == branch)
        return next((each.call_number for each in mine if each.call_number), self.call_number)

    @property
    def due(self) -> datetime | None:
        """When the first copy that is on loan is expected back."""
        return min((each.due for each in self.copies if each.due and each.status is ItemStatus.ON_LOAN), default=None)

    @property
    def waiting(self) -> int:
        """How many wait for it."""
        return max((each.waiting for each in self.copies), default=0)


@dataclass(frozen=True, slots=True)
class SearchResults:
    """What answers a search: the best first. `close`: nothing has all that was typed, these have most of it."""

    works: tuple[TitleResult, ...] = ()
    close: bool = False
    more: bool = False
    """There are more than these."""
    as_of: datetime | None = None
    """When the library last told how copies stand; None where nobody has told anything yet."""
    outdated: bool = False
    """That is so long ago that nothing is said of where copies are."""
