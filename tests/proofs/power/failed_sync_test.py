"""Test that a failed sync leaves no hole in the log that a later start appends to."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import apsw
import pytest

from kiosk.journal import file as journal_file
from kiosk.journal.journal import Journal, JournalFailed, Moment
from lending.transactions import ClockTrust
from tests.kiosk.sync.bench import START
from tests.proofs.power.disk import Image, Mode, Platter, Recording
from tests.proofs.power.failed_sync import AGAIN, FailedSync
from tests.proofs.power.failing_sync_disk import Failing, failing
from tests.proofs.power.judge import put
from tests.proofs.power.recorder import recorded
from tests.proofs.power.rules import Harm

NOW = Moment(START, ClockTrust.SYNCED, "boot", 1)


def appended(path: Path, *, killed: bool = True) -> bool:
    """Start, write one row and kill; return whether the row was saved."""
    journal = Journal.open(path, lambda _: 1 << 40)
    try:
        journal.append("checkin", "x25519:" + "a" * 600, NOW, no_block=True)
    except JournalFailed:
        return False
    finally:
        if killed:
            journal._db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        journal.close_file()
    return True


def left_of_three(folder: Path) -> Image:
    """Write three rows, let the second one's sync fail, and cut the power, which loses what was not synced."""
    path = folder / "journal.db"
    Journal.create(path)
    recording = Recording({each.name: each.read_bytes() for each in folder.iterdir()})
    fault = Failing(at=5, lasting=False)
    with recorded(recording, folder, Random(1)), failing(fault):
        assert [appended(path) for _ in range(3)] == [True, False, True]
    return Platter(recording).cut(recording.now, Mode.NONE, Random(1))


def test_rows_after_a_failed_sync_have_no_gap_before_them(tmp_path: Path) -> None:
    image, path = left_of_three(tmp_path.resolve()), tmp_path.resolve() / "journal.db"
    put(image, tmp_path)
    journal = Journal.open(path)
    assert [row.seq for row in journal.pending()] == [1, 2, 3]
    journal.close_file()


def test_rows_have_a_gap_without_rewriting_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(journal_file, "write_again", lambda _: None)
        image = left_of_three(tmp_path.resolve())
    put(image, tmp_path)
    with pytest.raises(JournalFailed, match="its log is damaged"):
        Journal.open(tmp_path / "journal.db")


def test_log_that_cannot_be_rewritten_is_not_appended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Path) -> None:
        raise OSError(5, "Input/output error")

    path = tmp_path / "journal.db"
    Journal.create(path)
    assert appended(path)
    log = path.with_name("journal.db-wal").read_bytes()
    monkeypatch.setattr(journal_file, "write_again", fails)
    with pytest.raises(JournalFailed, match="unwritable"):
        Journal.open(path)
    assert path.with_name("journal.db-wal").read_bytes() == log


def test_seed_reproduces_the_cuts(tmp_path: Path) -> None:
    async def cuts(folder: Path) -> Counter[tuple[str, Harm | None]]:
        return Counter([(cut.where, cut.verdict.harm) async for cut in FailedSync(3, folder).cuts(AGAIN)])

    first, second = (asyncio.run(cuts((tmp_path / name).resolve())) for name in ("first", "second"))
    assert first == second
    assert {harm for _, harm in first} == {None}
