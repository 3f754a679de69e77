"""Define the catalogue views: search input with its results, and the page of one title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, AcceptedNumbers, CurrentPatron, LineState, Signal, VisitLine
from kiosk.views.patron_input import ForYou
from kiosk.views.text_entry import Board
from lending.model import Block
from lending.number_patterns import NumberKind
from lending.shelves import Stand
from lending.title_result import Availability, SearchResults, TitleResult

LONGEST = 60
"""Maximum length of a search in characters."""
LEAST = 2
"""Minimum length of a search in characters."""


@dataclass(frozen=True, slots=True)
class Find:
    """Search input. `found` holds the results for `asked`, which may be older than `typed`."""

    wants: ClassVar[AcceptedNumbers] = LABELS | {NumberKind.ISBN}
    typed: str = ""
    board: Board = Board.LATIN
    found: SearchResults | None = None
    """Results; None before the first search."""
    asked: str = ""
    answer: TitlePage | None = None
    """Page of the first result, shown next to the keyboard where the screen has room; None without results."""
    bays: Mapping[int, str] = field(default_factory=dict)
    """Shelf bay in this branch, by title; titles that are not shelved here or in several bays have none."""
    agreeing: bool = False
    """True while the consent text for an availability alert replaces the keyboard."""
    alert: LineState | None = None
    """Outcome of the request to be notified when a matching title arrives."""
    branch: str = ""
    """Branch in which the kiosk is installed."""
    offline: bool = False
    online: bool = False
    """True if the library offers databases and other online resources."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.SCAN

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= LONGEST

    @property
    def has_no_result(self) -> bool:
        """Return True if the search ran and found nothing."""
        return self.found is not None and len(self.typed) >= LEAST and not self.found.works


@dataclass(frozen=True, slots=True)
class TitlePage:
    """One title: its shelf, its copies, and how to place a hold. `under` is the search it was found in."""

    wants: ClassVar[AcceptedNumbers] = LABELS
    work: TitleResult
    under: Find
    stand: Stand | None = None
    """Shelf bays of its call number in this branch; None if no floor plan has them."""
    houses: tuple[Mapping[str, str], ...] = ()
    """Names, by language code, of other branches that have it on the shelf."""
    hold: LineState | None = None
    """Outcome of the hold: CHECKING, DONE, SAVED or REFUSED; None: not requested."""
    block: Block | None = None
    """Reason why the hold was refused."""
    agreeing: bool = False
    """True while the consent text for an availability alert is shown."""
    alert: LineState | None = None
    """Outcome of the request to be notified when a copy is available again."""
    on_phone: bool = False
    """True while the QR code of the e-edition is shown."""
    keeps: bool = True
    """True if holds can be placed here, which needs a hub that keeps the loans:

    an ILS would not be notified of the hold.
    """
    recommended: ForYou | None = None
    """Recommendations it was opened from, to which Back returns; None: the search."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    linger: float | None = IDLE_SECONDS

    @property
    def is_out(self) -> bool:
        """Return True if every copy is known to be unavailable."""
        found = self.under.found
        known = found is not None and not found.outdated
        return known and self.work.whereabouts(self.under.branch) is Availability.OUT

    @property
    def signal(self) -> Signal:
        wishes = {self.hold, self.alert} - {None}
        if LineState.CHECKING in wishes:
            return Signal.BUSY
        return Signal.REFUSED if LineState.REFUSED in wishes else Signal.DONE if wishes else Signal.SCAN
