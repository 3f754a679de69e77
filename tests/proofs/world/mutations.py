"""Seeded faults of kiosk and courier, each of which the checker must find."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from unittest import mock

from kiosk.central import Accepted, Answer, CentralUnavailable, JournalRow, Outcome, Refused
from kiosk.desk import visit_lines
from kiosk.journal.file import SETTINGS
from kiosk.journal.journal import Journal
from kiosk.sync.courier import CircuitBreaker, Courier
from kiosk.sync.hub_client import HubClient
from kiosk.sync.transaction_queue import QueuedTransaction, TransactionQueue
from kiosk.views import VisitTask
from lending.model import Block, CardRef, ItemId, Reason
from lending.transactions import TransactionId


@dataclass(frozen=True, slots=True)
class Mutation:
    """A fault: `broken` makes the change while its context is entered."""

    name: str
    broken: Callable[[], AbstractContextManager[Any]]
    harmless: int = 0
    """Worlds from seed 1 on without harm: the search begins after them. An outdated number costs only time."""


def told_before_commit() -> AbstractContextManager[Any]:
    """Commit a row only when the next one is written: until then its result is shown without it."""

    @contextlib.contextmanager
    def late(db: Any) -> Any:
        if db.in_transaction:
            db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")
        yield

    stack = contextlib.ExitStack()
    stack.enter_context(mock.patch("kiosk.journal.journal.transaction", late))
    stack.enter_context(mock.patch.object(Journal, "purge", lambda *_: 0))
    return stack


def no_fsync() -> AbstractContextManager[Any]:
    return mock.patch.dict(SETTINGS, synchronous=0)


def retried_under_a_new_id() -> AbstractContextManager[Any]:
    """Send unanswered rows again under a new id."""
    real, unanswered = HubClient.hand_over, set[str]()

    async def hand_over(self: HubClient, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        again = [replace(row, id=_another(row.id)) if row.id in unanswered else row for row in rows]
        unanswered.update(row.id for row in rows)
        answers = await real(self, again)
        unanswered.difference_update(row.id for row in rows)
        return answers

    return mock.patch.object(HubClient, "hand_over", hand_over)


def _another(of: TransactionId) -> TransactionId:
    return TransactionId(f"{of[:-4]}{(int(of[-4:], 16) + 0x1111) % 0x10000:04x}")


def promised_without_no_block() -> AbstractContextManager[Any]:
    async def promise(self: TransactionQueue, entry: QueuedTransaction) -> None:
        return None

    return mock.patch.object(TransactionQueue, "_promise", promise)


def newest_first() -> AbstractContextManager[Any]:
    return mock.patch.object(Courier, "_next", lambda self: list(self._queue.entries)[-1:])


def answer_not_written() -> AbstractContextManager[Any]:
    return mock.patch.object(Journal, "close_all", lambda *_: None)


def no_answer_taken_for_no() -> AbstractContextManager[Any]:
    """Refuse the patron whose patience is over."""
    real = Courier.deliver

    async def deliver(self: Courier, act: Any, *args: Any, **options: Any) -> tuple[TransactionId, Outcome]:
        of, outcome = await real(self, act, *args, **options)
        return of, outcome if isinstance(outcome, Accepted) else Refused(Block(Reason.NEEDS_CENTRAL))

    return mock.patch.object(Courier, "deliver", deliver)


def erased_before_it_was_answered() -> AbstractContextManager[Any]:
    """Let the purge take waiting rows for old ones."""
    real = Journal.purge

    def purge(self: Journal, now: datetime, sweeping: bool = True) -> int:
        before = (now - timedelta(minutes=1)).isoformat()
        with self._changing():
            self._db.execute("DELETE FROM rows WHERE state = 'queued' AND at < ?", (before,))
        return real(self, now, sweeping)

    return mock.patch.object(Journal, "purge", purge)


def any_200_is_a_yes() -> AbstractContextManager[Any]:
    """Take an unreadable page for an answer."""
    return _yes_to("unusable_answer")


def silence_is_a_yes() -> AbstractContextManager[Any]:
    """Take a sent row for a done one."""
    return _yes_to("time_out")


def _yes_to(reason: str) -> AbstractContextManager[Any]:
    real = HubClient.hand_over

    async def hand_over(self: HubClient, rows: Sequence[JournalRow]) -> Sequence[Answer]:
        try:
            return await real(self, rows)
        except CentralUnavailable as away:
            if str(away) != reason:
                raise
            return [Accepted() for _ in rows]

    return mock.patch.object(HubClient, "hand_over", hand_over)


def card_of_the_one_before() -> AbstractContextManager[Any]:
    real, last = HubClient.reference, [""]

    def reference(self: HubClient, number: str) -> CardRef:
        before, last[0] = last[0] or number, number
        return real(self, before)

    return mock.patch.object(HubClient, "reference", reference)


def never_untold() -> AbstractContextManager[Any]:
    """Count an act without an answer as done."""
    return mock.patch.object(QueuedTransaction, "untold", False)


def nothing_goes_again() -> AbstractContextManager[Any]:
    """Send nothing again to a hub that has lost rows."""
    return mock.patch.object(Journal, "resend", lambda *_: 0)


def looks_once_an_hour() -> AbstractContextManager[Any]:
    return mock.patch.object(CircuitBreaker, "until_probe", lambda self: 3600.0)


def denied_returns_stay_here() -> AbstractContextManager[Any]:
    """Refuse by the hub's last answer about the item, without reporting to the hub that the book was here."""

    def refuse(session: Any, item: ItemId) -> Any:
        line = visit_lines.find(session.lines, item, VisitTask.RETURN)
        return session if line is None else visit_lines.refuse(session, line, Block(Reason.NOT_ON_LOAN))

    return mock.patch("kiosk.desk.checkin._submit_for_refusal", refuse)


def any_clock_erases() -> AbstractContextManager[Any]:
    """Let an untrusted clock erase."""

    async def tidy(self: TransactionQueue, quiet: bool) -> None:
        await self.run(self._journal.purge, self._clock.now())

    return mock.patch.object(TransactionQueue, "tidy", tidy)


def deaf() -> AbstractContextManager[Any]:
    """Break the courier's interface, so that the program ends at the first act."""
    return mock.patch.object(Courier, "deliver", lambda self: None)


MUTATIONS = (
    Mutation("told before it is committed", told_before_commit),
    Mutation("no fsync", no_fsync),
    Mutation("tried again under a new id", retried_under_a_new_id),
    Mutation("promised without no-block", promised_without_no_block, harmless=2),
    Mutation("the newest row goes first", newest_first),
    Mutation("an answer is not written down", answer_not_written),
    Mutation("no answer is taken for a no", no_answer_taken_for_no),
    Mutation("erased before it was answered", erased_before_it_was_answered),
    Mutation("any page is taken for a yes", any_200_is_a_yes, harmless=9),
    Mutation("silence is taken for a yes", silence_is_a_yes, harmless=9),
    Mutation("the card of the patron before", card_of_the_one_before),
    Mutation("an unreported result opens no exception", never_untold, harmless=1),
    Mutation("a restored hub gets nothing again", nothing_goes_again, harmless=3),
    Mutation("looks for the hub once an hour", looks_once_an_hour, harmless=1),
)
