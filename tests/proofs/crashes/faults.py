"""Seeded faults of the product that the crash proof must find."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from unittest import mock

import apsw

from kiosk.journal.journal import Journal, JournalFailed
from tests.proofs.power.recorder import RecordingFile


@contextlib.contextmanager
def answers_before_commit() -> Iterator[None]:
    """Commit each change only when the next one begins: the patron sees the result before that."""

    @contextlib.contextmanager
    def lazy(db: apsw.Connection) -> Iterator[None]:
        if db.in_transaction:
            db.execute("COMMIT")
        db.execute("BEGIN IMMEDIATE")
        yield

    with mock.patch("kiosk.journal.journal.transaction", lazy):
        yield


@contextlib.contextmanager
def swallows_failures() -> Iterator[None]:
    """Ignore a failed write or sync and continue to use the connection."""
    guarded = Journal._guard

    @contextlib.contextmanager
    def deaf(self: Journal) -> Iterator[None]:
        with contextlib.suppress(JournalFailed), guarded(self):
            yield
        self._broken = None

    with mock.patch.object(Journal, "_guard", deaf):
        yield


@contextlib.contextmanager
def tries_the_sync_again() -> Iterator[None]:
    """Repeat a failed sync. The second one succeeds, as on Linux, and what the first one lost is not on the disk."""
    once = RecordingFile.xSync

    def again(self: RecordingFile, flags: int) -> None:
        try:
            once(self, flags)
        except apsw.Error:
            once(self, flags)

    with mock.patch.object(RecordingFile, "xSync", again):
        yield
