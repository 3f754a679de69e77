"""Invariants of the rows that remain after a power cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from kiosk.central import Accepted, Deferred, JournalRow, Outcome, Refused, SetAside
from kiosk.journal.journal import ERASE_BODY, KEEP_BODY, KEEP_ROW, State
from lending.transactions import TransactionId
from tests.proofs.power.history import Closed, Closing, Denied, Judged, Past, Purged, Purging, Told

NEVER = datetime.min.replace(tzinfo=UTC)


class Harm(StrEnum):
    LOST = "lost"
    DOUBLED = "doubled"
    CORRUPT = "corrupt"


class Wrong(Exception):
    """A rule does not hold."""

    def __init__(self, harm: Harm, why: str) -> None:
        super().__init__(why)
        self.harm = harm


@dataclass(frozen=True, slots=True)
class Left:
    """A row as it is on the disk."""

    seq: int
    id: TransactionId
    boot: str
    mono_ns: int
    at: str
    trust: str
    kind: str
    body: str | None
    no_block: bool
    state: State

    def holds(self, row: JournalRow) -> bool:
        """Return whether the envelope is as written."""
        here = (self.id, self.boot, self.mono_ns, self.at, self.trust, self.kind)
        return here == (row.id, row.boot, row.mono_ns, row.at.isoformat(), row.trust, row.kind)


class Rules:
    """The rules for one kiosk's past and the rows that are left of it. Every rule raises Wrong."""

    def __init__(self, past: Past) -> None:
        self._past = past
        self._closings: dict[TransactionId, list[Closing]] = {}
        self._purge_began, self._purge_ended = NEVER, NEVER
        denied = [event for _, event in past.events if isinstance(event, Denied)]
        self._denied, self._noted = {each.of for each in denied}, {each.of for each in denied if each.noted}
        for _, event in past.events:
            match event:
                case Closing(of=of):
                    self._closings.setdefault(of, []).append(event)
                case Purging(at):
                    self._purge_began = max(at, self._purge_began)
                case Purged(at):
                    self._purge_ended = max(at, self._purge_ended)
                case _:
                    pass

    def same(self, rows: Sequence[Left]) -> None:
        """Check that every row was written, is whole and in its place, and that none is missing between them."""
        if len({row.id for row in rows}) < len(rows):
            raise Wrong(Harm.DOUBLED, "an id is there twice")
        first = rows[0].seq if rows else 1
        for expected, row in enumerate(rows, first):
            if row.seq != expected:
                raise Wrong(Harm.CORRUPT, f"row {expected} is missing before row {row.seq}")
            if row.seq > len(self._past.rows):
                raise Wrong(Harm.DOUBLED, f"row {row.seq} was never written")
            self._whole(row, self._past.rows[row.seq - 1])
        for gone in self._past.rows[: first - 1]:
            if not self._may_go(gone.id, KEEP_ROW):
                raise Wrong(Harm.LOST, f"row {gone.seq} is gone from the old end")

    def _whole(self, row: Left, written: JournalRow) -> None:
        if not row.holds(written) or (row.no_block < written.no_block and row.id not in self._denied):
            raise Wrong(Harm.CORRUPT, f"row {row.seq} is not what was written")
        if row.body is None and not self._may_go(row.id, KEEP_BODY):
            raise Wrong(Harm.LOST, f"row {row.seq} has no body")
        if row.body not in (None, written.body):
            raise Wrong(Harm.CORRUPT, f"row {row.seq} has another body")
        if row.body is not None and row.state is not State.QUEUED and self._must_be_erased(row.id):
            raise Wrong(Harm.LOST, f"row {row.seq} has its body again, which had been erased")
        if row.state is not State.QUEUED and row.state not in {each.state for each in self._closings.get(row.id, [])}:
            raise Wrong(Harm.CORRUPT, f"row {row.seq} is {row.state}, which nobody said")

    def _may_go(self, of: TransactionId, after: timedelta) -> bool:
        purge = self._purge_began
        return any(purge > NEVER and purge - each.at >= after for each in self._closings.get(of, []))

    def _must_be_erased(self, of: TransactionId) -> bool:
        """Return whether the body must be erased.

        The last closing counts; one that a cut undid leaves a waiting row with its body.
        """
        closings, purge = self._closings.get(of), self._purge_ended
        return bool(closings) and purge > NEVER and purge - max(each.at for each in closings or []) >= ERASE_BODY

    def promised(self, rows: Sequence[Left]) -> None:
        """Check that what a patron was shown, what was written and what the central received is there."""
        here = {row.id: row for row in rows}
        old = {row.id for row in self._past.rows[: rows[0].seq - 1 if rows else 0]}
        for _, event in self._past.events:
            match event:
                case Told(of=of) | Closed(of=of) | Judged(of=of) if of not in old:
                    if of not in here:
                        raise Wrong(Harm.LOST, f"{_said(event)}, and there is no row")
                    if not _stands(here[of], event):
                        seq, state, firm = here[of].seq, here[of].state, here[of].no_block
                        raise Wrong(Harm.LOST, f"{_said(event)}, and row {seq} is {state}, no-block: {firm}")
                case _:
                    pass

    def once(self) -> None:
        """Check, after the kiosk has continued, that the central did each promise exactly once, in order."""
        done = [event.of for _, event in self._past.events if isinstance(event, Judged) and event.done]
        answers = {event.of: event.answer for _, event in self._past.events if isinstance(event, Judged)}
        shown = {event.of for _, event in self._past.events if isinstance(event, Judged) and event.untold}
        place = {row.id: row.seq for row in self._past.rows}
        if len(set(done)) < len(done):
            raise Wrong(Harm.DOUBLED, "the central did a transaction twice")
        if [place[of] for of in done] != sorted(place[of] for of in done):
            raise Wrong(Harm.CORRUPT, "the central did transactions out of their order")
        for of in sorted(self._noted.intersection(done) - shown):
            raise Wrong(Harm.DOUBLED, f"row {place[of]} was not saved for the patron, and done in silence")
        for _, event in self._past.events:
            match event:
                case Told(of, Accepted() | Deferred()) if of not in done and not isinstance(answers.get(of), SetAside):
                    raise Wrong(Harm.LOST, f"row {place[of]} was promised and never done")
                case Told(of, Refused()) if of in done:
                    raise Wrong(Harm.DOUBLED, f"row {place[of]} was refused before the patron and done all the same")
                case _:
                    pass


def _said(event: Told | Closed | Judged) -> str:
    match event:
        case Told(outcome=outcome):
            return f"a patron was told {type(outcome).__name__.lower()}"
        case Closed(state=state):
            return f"{state} was written down"
        case Judged():
            return "the central has a transaction"
        case _:
            assert_never(event)


def _stands(row: Left, event: Told | Closed | Judged) -> bool:
    match event:
        case Told(outcome=outcome):
            return _as_told(row, outcome)
        case Closed(state=state):
            return row.state is state
        case Judged():
            return True
        case _:
            assert_never(event)


def _as_told(row: Left, outcome: Outcome) -> bool:
    """Return whether the state fits the result shown.

    An accepted row may be queued again, and gets the same answer. A refused row may not be queued, nor a promise
    withdrawn.
    """
    match outcome:
        case Accepted():
            return row.state in (State.QUEUED, State.ACCEPTED)
        case Deferred():
            return row.no_block if row.state is State.QUEUED else row.state in (State.ACCEPTED, State.SET_ASIDE)
        case Refused():
            return row.state in (State.REFUSED, State.SET_ASIDE)
        case _:
            assert_never(outcome)
