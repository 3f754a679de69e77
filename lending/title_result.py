"""Search results: titles, their copies and where they are available."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lending.model import Item, ItemStatus


class Availability(StrEnum):
    """Where a title is available, best first."""

    HERE = "here"
    """On a shelf of this branch."""
    ELSEWHERE = "elsewhere"
    """On a shelf of another branch."""
    ONLINE = "online"
    """Only as an online edition."""
    OUT = "out"
    """No copy is on a shelf."""
    NONE = "none"
    """The title has no copy."""


@dataclass(frozen=True, slots=True)
class TitleResult:
    """A title with its copies as of the latest snapshot. `link` opens it on a phone, `cover` names its picture."""

    id: int
    title: str
    author: str = ""
    call_number: str = ""
    subject: str = ""
    year: int | None = None
    link: str = ""
    copies: tuple[Item, ...] = ()
    cover: str = ""

    @property
    def on_shelf(self) -> tuple[Item, ...]:
        """The copies that are on a shelf, of all branches."""
        return tuple(each for each in self.copies if each.status is ItemStatus.ON_SHELF)

    def here(self, branch: str) -> tuple[Item, ...]:
        """Return the copies on a shelf of this branch."""
        return tuple(each for each in self.on_shelf if each.branch == branch)

    def houses(self, branch: str) -> tuple[str, ...]:
        """Return the other branches with a copy on the shelf."""
        return tuple(sorted({each.branch for each in self.on_shelf} - {branch}))

    def whereabouts(self, branch: str) -> Availability:
        """Return where the title can be had, seen from this branch."""
        if self.here(branch):
            return Availability.HERE
        if self.on_shelf:
            return Availability.ELSEWHERE
        if self.link and not self.copies:
            return Availability.ONLINE
        return Availability.OUT if self.copies else Availability.NONE

    def call_number_at(self, branch: str) -> str:
        """Return the call number to look for: that of a copy in this branch, or the title's own."""
        local_copies = self.here(branch) or tuple(each for each in self.copies if each.branch == branch)
        return next((each.call_number for each in local_copies if each.call_number), self.call_number)

    @property
    def due(self) -> datetime | None:
        """Earliest due date of the copies on loan."""
        return min((each.due for each in self.copies if each.due and each.status is ItemStatus.ON_LOAN), default=None)

    @property
    def waiting(self) -> int:
        """Number of holds waiting."""
        return max((each.waiting for each in self.copies), default=0)


@dataclass(frozen=True, slots=True)
class SearchResults:
    """Results, best first. `close`: no title matches the whole query, these match most of it."""

    works: tuple[TitleResult, ...] = ()
    close: bool = False
    more: bool = False
    """The result was cut off; more titles match."""
    as_of: datetime | None = None
    """Time of the latest status of the copies; None if none was received yet."""
    outdated: bool = False
    """The status is too old to show where copies are."""
