"""Test that a row reported as not saved is not promised after a restart, even if it reached the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.journal import file
from kiosk.journal.journal import Journal, JournalFailed, Moment, State
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.sync.bench import START
from tests.kiosk.sync.failing_vfs import brittle

MOMENT = Moment(START, ClockTrust.SYNCED, "boot", 1)


def fail_once(folder: Path, act: Callable[[Journal], object]) -> Path:
    """Return the journal of a process killed after `act` failed once; an earlier row was promised."""
    path, left = folder / "before" / "journal.db", folder / "left"
    Journal.create(path)
    with brittle() as disk:
        journal = Journal.open(path, lambda _: 1 << 40)
        journal.append("checkin", "{}", MOMENT, no_block=True)
        waiting = journal.append("checkout", "{}", MOMENT, no_block=False)
        disk.broken = True
        with pytest.raises(JournalFailed):
            act(journal) if act is borrow else journal.mark_no_block(waiting.id)
        shutil.copytree(path.parent, left)
        disk.broken = False
        journal.close_file()
    return left / path.name


def borrow(journal: Journal) -> object:
    return journal.append("checkout", "{}", MOMENT, no_block=True)


def promise(journal: Journal) -> object:
    return journal


@pytest.mark.parametrize(("act", "rows"), [(borrow, 3), (promise, 2)])
def test_row_of_a_failed_write_is_not_a_promise_after_restart(
    tmp_path: Path, act: Callable[[Journal], object], rows: int
) -> None:
    path = fail_once(tmp_path, act)
    journal = Journal.open(path)
    assert [row.no_block for row in journal.pending()] == [True, False, False][:rows]
    assert not file.note_of(path).exists()
    journal.mark_no_block(journal.pending()[1].id)
    journal.close_file()
    journal = Journal.open(path)
    assert journal.pending()[1].no_block, "a later promise is kept"
    journal.close_file()


def test_note_about_a_closed_row_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal.create(path)
    journal = Journal.open(path)
    row = journal.append("checkin", "{}", MOMENT, no_block=True)
    journal.close(row.id, State.ACCEPTED, "{}", "", START)
    journal.close_file()
    file.note_failed_write(path, row.id)
    file.note_failed_write(path, TransactionId("no such row"))
    with file.note_of(path).open("ab") as note_failed_write:
        note_failed_write.write(b"\xff cut o")
    journal = Journal.open(path)
    assert [each.no_block for each in journal.accepted_rows()] == [True]
    journal.close_file()


def test_note_in_a_missing_folder_raises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "journal.db"
    file.note_failed_write(path, TransactionId("a row"))
    assert not os.path.exists(path.parent)
