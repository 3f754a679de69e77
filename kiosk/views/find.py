"""The views of finding a book: what is typed and what answers it, the page of one title. Knows no Kivy, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from kiosk.views.common import IDLE_SECONDS, LABELS, CurrentPatron, LineState, Signal, VisitLine, Wanted
from kiosk.views.text_entry import Board
from lending.model import Block
from lending.number_patterns import NumberKind
from lending.shelves import Stand
from lending.title_result import Availability, SearchResults, TitleResult

LONGEST = 60
"""Signs that can be typed."""
LEAST = 2
"""Signs from which something is looked for."""


@dataclass(frozen=True, slots=True)
class Find:
    """Something is typed, key by key; `found` answers `asked`, which may be what was typed a moment ago."""

    wants: ClassVar[Wanted] = LABELS | {NumberKind.ISBN}
    typed: str = ""
    board: Board = Board.LATIN
    found: SearchResults | None = None
    """None before anything was looked for."""
    asked: str = ""
    agreeing: bool = False
    """What she agrees to by asking to be told is shown, instead of the keyboard."""
    told: LineState | None = None
    """What became of the wish to be told when something comes that answers it."""
    branch: str = ""
    """The house in which the kiosk stands."""
    offline: bool = False
    online: bool = False
    """The library has databases and more to be used online."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    linger: float | None = IDLE_SECONDS
    signal: Signal = Signal.SCAN

    @property
    def is_full(self) -> bool:
        return len(self.typed) >= LONGEST

    @property
    def missed(self) -> bool:
        """It was looked for, and there is nothing of it."""
        return self.found is not None and len(self.typed) >= LEAST and not self.found.works


@dataclass(frozen=True, slots=True)
class TitlePage:
    """One title: where it stands, how many copies there are, and how to have it kept. `under` is where it was found."""

    wants: ClassVar[Wanted] = LABELS
    work: TitleResult
    under: Find
    stand: Stand | None = None
    """The bays of its call number in this house; None where no plan tells them."""
    houses: tuple[Mapping[str, str], ...] = ()
    """The names, by language, of other houses on whose shelves it stands."""
    hold: LineState | None = None
    """What became of the wish to have it kept: CHECKING, DONE, SAVED, REFUSED."""
    block: Block | None = None
    """Why it is not kept."""
    agreeing: bool = False
    """What she agrees to by asking to be told is shown."""
    told: LineState | None = None
    """What became of the wish to be told when a copy is on its shelf again."""
    on_phone: bool = False
    """The code that opens its e-edition is shown."""
    keeps: bool = True
    """It can be kept for her: where a hub keeps the loans. A library's own system would never hear of it."""
    guest: CurrentPatron | None = None
    lines: tuple[VisitLine, ...] = ()
    linger: float | None = IDLE_SECONDS

    @property
    def is_out(self) -> bool:
        """Every copy is away, as far as is known."""
        found = self.under.found
        known = found is not None and not found.outdated
        return known and self.work.whereabouts(self.under.branch) is Availability.OUT

    @property
    def signal(self) -> Signal:
        wishes = {self.hold, self.told} - {None}
        if LineState.CHECKING in wishes:
            return Signal.BUSY
        return Signal.REFUSED if LineState.REFUSED in wishes else Signal.DONE if wishes else Signal.SCAN
