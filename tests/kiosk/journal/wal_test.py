"""Test reading the journal's write-ahead log frame by frame."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from kiosk.journal.journal import Journal, Moment
from kiosk.journal.wal import PAGES, frames, lost_commits
from lending.transactions import ClockTrust

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)


def test_lost_commits_include_the_first_frame_after_those_taken(tmp_path: Path) -> None:
    """A promise changes one page, so its transaction is a single frame: the first after those taken."""
    path = tmp_path / "journal.db"
    Journal.create(path)
    journal = Journal.open(path)
    rows = [journal.append("checkout", "{}", Moment(NOW, ClockTrust.SYNCED, "boot", each), False) for each in range(3)]
    for row in rows:
        journal.mark_no_block(row.id)
    wal = path.with_name("journal.db-wal")
    log = frames(wal, PAGES[0])
    assert [frame.commit for frame in log[-3:]] == [True, True, True]
    lost = {taken: lost_commits(wal, taken, PAGES[0]) for taken in range(len(log) - 3, len(log) + 1)}
    journal.close_file()
    assert lost == {len(log) - 3: 3, len(log) - 2: 2, len(log) - 1: 1, len(log): 0}
