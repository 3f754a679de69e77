"""The events of a kiosk in order, timed by its disk operations."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kiosk.central import Answer, JournalRow, Outcome
from kiosk.journal.journal import State
from lending.transactions import TransactionId


@dataclass(frozen=True, slots=True)
class Written:
    """The journal began to write a row."""

    row: JournalRow


@dataclass(frozen=True, slots=True)
class Unwritten:
    """The disk was full: the row was not written, and the next one takes its number."""

    of: TransactionId


@dataclass(frozen=True, slots=True)
class Closing:
    """The journal began to write an answer."""

    of: TransactionId
    state: State
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """The answer is written."""

    of: TransactionId
    state: State


@dataclass(frozen=True, slots=True)
class Purging:
    at: datetime


@dataclass(frozen=True, slots=True)
class Purged:
    at: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """The result was shown to the patron."""

    of: TransactionId
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Denied:
    """The patron was shown that it could not be saved."""

    of: TransactionId
    noted: bool = True
    """False if the power failed too, perhaps with the kiosk's own note, which need not be synced."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The row reached the central, which answered; `done` if that made a loan, a return or a renewal."""

    of: TransactionId
    final: bool
    answer: Answer
    done: bool
    untold: bool = False
    """The kiosk reported that no patron saw the result: staff see that."""


@dataclass(frozen=True, slots=True)
class Made:
    """`Journal.create` returned."""


Event = Written | Unwritten | Closing | Closed | Purging | Purged | Told | Denied | Judged | Made


@dataclass
class Past:
    """Events of one kiosk and its central up to some moment; power cuts in between do not end it."""

    events: list[tuple[int, Event]] = field(default_factory=list)
    rows: list[JournalRow] = field(default_factory=list)
    """All rows that were begun, oldest first: the row of seq n is the n-th."""

    def note(self, at: int, event: Event) -> None:
        self.events.append((at, event))
        if isinstance(event, Written):
            self.rows.append(event.row)
        elif isinstance(event, Unwritten):
            self.rows = [row for row in self.rows if row.id != event.of]

    @property
    def made(self) -> bool:
        """Return whether a caller was informed that the journal exists."""
        return any(isinstance(event, Made) for _, event in self.events)

    def upto(self, at: int) -> Past:
        """Return what had happened after `at` disk operations."""
        then = Past()
        for when, event in self.events:
            if when <= at:
                then.note(0, event)
        return then

    def keep(self, rows: int) -> Past:
        """Return the past of a kiosk with only this many rows: later ones were promised to no patron."""
        gone = {row.id for row in self.rows[rows:]}
        kept = Past()
        for _, event in self.events:
            if not (isinstance(event, Written) and event.row.id in gone):
                kept.note(0, event)
        return kept
