"""Test the journal on a real disk: what it stores, what it rejects, and its errors."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from kiosk.central import JournalRow, Marks
from kiosk.journal import file
from kiosk.journal.journal import (
    Counts,
    Journal,
    JournalFailed,
    JournalFault,
    JournalMissing,
    Moment,
    State,
    UploadWatermark,
    boot_id,
)
from kiosk.journal.model import UNSENDABLE, SealedTo
from kiosk.journal.recovery import open_or_rescue
from kiosk.journal.wal import FRAME, HEADER
from lending.transactions import ClockTrust, TransactionId
from lending.wire import UuidV7
from tests.kiosk.sync.bench import START, set_aside
from tests.kiosk.sync.failing_vfs import brittle
from tests.proofs.power import version_1
from tests.support.patience import PATIENCE

MOMENT = Moment(START, ClockTrust.RESTORED, "boot", 42)
BODY = '{"item":"30001000000018","mode":"provisional"}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    Journal.create(path)
    return path


def open_journal(path: Path, free: int = 1 << 40) -> Journal:
    return Journal.open(path, lambda _: free)


def open_failure(path: Path) -> JournalFailed:
    """Open the journal and return the failure."""
    with pytest.raises(JournalFailed) as failed:
        Journal.open(path)
    assert str(path) in str(failed.value)
    return failed.value


def rewrite(path: Path, *statements: str) -> None:
    db = apsw.Connection(str(path))
    for statement in statements:
        db.execute(statement)
    db.close()


def make_version_1(path: Path, count: int) -> None:
    """Make a journal of version 1 with `count` queued returns."""
    rows = [
        JournalRow(
            seq,
            TransactionId(f"01a212cc-3ca0-7025-be69-{seq:012}"),
            "boot",
            42,
            START,
            ClockTrust.RESTORED,
            "checkin",
            False,
            BODY,
        )
        for seq in range(1, count + 1)
    ]
    version_1.make(path, rows)


def test_row_survives_reopening(path: Path) -> None:
    journal = open_journal(path)
    written = journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close_file()
    journal = open_journal(path)
    assert journal.pending() == [written]
    assert journal.oldest(5) == [written]
    assert journal.find(written.id) == written
    assert (written.seq, written.kind, written.body, written.at) == (1, "checkin", BODY, START)
    assert (written.boot, written.mono_ns, written.trust) == ("boot", 42, ClockTrust.RESTORED)
    pattern: Any = UuidV7
    assert re.fullmatch(pattern.__metadata__[0].metadata[0].pattern, written.id)


def test_row_survives_a_killed_process(path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from kiosk.journal.recovery import open_or_rescue
from kiosk.journal.journal import Journal
from tests.kiosk.journal.journal_test import BODY, MOMENT
journal = Journal.open(Path({str(path)!r}))
print(journal.append("checkin", BODY, MOMENT, no_block=False).id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    died = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE)
    assert died.returncode == -9
    assert [row.id for row in open_journal(path).pending()] == [died.stdout.strip()]


def test_sequence_numbers_have_no_gaps_and_continue_after_a_purge(path: Path) -> None:
    journal = open_journal(path)
    for expected in (1, 2, 3):
        row = journal.append("checkin", BODY, MOMENT, no_block=False)
        assert row.seq == expected
        journal.close(row.id, State.ACCEPTED, "{}", "", START)
    assert journal.purge(START + timedelta(days=2)) == 3
    journal.close_file()
    journal = open_journal(path)
    assert journal.append("checkin", BODY, MOMENT, no_block=False).seq == 4


def test_duplicate_transaction_id_is_rejected(path: Path) -> None:
    journal = open_journal(path)
    journal.append("checkout", BODY, MOMENT, no_block=False)
    journal.close_file()
    db = apsw.Connection(str(path))
    rest = ", ".join(each[1] for each in db.execute("PRAGMA table_info(rows)") if each[1] != "seq")
    with pytest.raises(apsw.ConstraintError):
        db.execute(f"INSERT INTO rows SELECT seq + 1, {rest} FROM rows")
    db.close()


def test_no_block_can_only_be_set_on_queued_rows(path: Path) -> None:
    journal = open_journal(path)
    first, second = (journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(2))
    journal.mark_no_block(first.id)
    journal.close(second.id, State.REFUSED, "{}", "limit", START)
    journal.mark_no_block(second.id)
    assert [row.no_block for row in journal.pending()] == [True]
    found = journal.find(second.id)
    assert found is not None
    assert not found.no_block


def test_reopening_does_not_mark_rows_as_promised(path: Path) -> None:
    journal = open_journal(path)
    first, *_ = (journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(3))
    journal.mark_no_block(first.id)
    journal.close_file()
    journal = open_journal(path)
    assert [(row.seq, row.no_block) for row in journal.pending()] == [(1, True), (2, False), (3, False)]


def test_resend_queues_rows_lost_by_a_restored_hub_as_no_block(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=number == 4) for number in range(6)]
    journal.close(rows[0].id, State.ACCEPTED, "{}", "", START - timedelta(days=2))
    for row in rows[1:3]:
        journal.close(row.id, State.ACCEPTED, "{}", "", START)
    journal.close(rows[3].id, State.REFUSED, "{}", "limit", START)
    journal.close(rows[4].id, State.SET_ASIDE, "", "no such card", START)
    journal.close(rows[5].id, State.SET_ASIDE, "", "an error of the hub", START)
    journal.purge(START)
    assert journal.resend(3) == 2
    assert [(row.seq, row.no_block, row.body) for row in journal.pending()] == [(3, True, BODY), (5, True, BODY)]
    assert journal.resend(1) == 1
    journal.close_file()
    assert [row.seq for row in open_journal(path).pending()] == [2, 3, 5]
    assert counts_of(path) == Counts(queued=3, acknowledged=2, exceptions=1)


def test_resent_row_keeps_whether_its_result_was_shown(path: Path) -> None:
    journal = open_journal(path)
    for no_block in (False, True):
        journal.append("checkin", BODY, MOMENT, no_block=no_block)
    assert [row.result_shown for row in journal.pending()] == [False, False]
    for _ in range(2):
        for row in journal.pending():
            journal.close(row.id, State.ACCEPTED, "{}", "", START)
        assert journal.resend(1) == 2
        assert [(row.no_block, row.result_shown) for row in journal.pending()] == [(True, True), (True, False)]
        journal.close_file()
        journal = open_journal(path)
    for row in journal.pending():
        journal.close(row.id, State.SET_ASIDE, "", "no such card", START)
    journal.resend(1)
    assert [row.result_shown for row in journal.pending()] == [False, False], "exceptions are resolved by staff"


def test_rows_that_cannot_be_resent_are_reported_with_the_reason(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=True) for _ in range(8)]
    journal.close(rows[0].id, State.ACCEPTED, "{}", "", START - timedelta(days=100))
    journal.close(rows[1].id, State.ACCEPTED, "{}", "", START - timedelta(days=2))
    journal.close(rows[2].id, State.REFUSED, "{}", "limit", START - timedelta(days=2))
    journal.close(rows[3].id, State.REFUSED, "{}", "limit", START)
    journal.close(rows[4].id, State.SET_ASIDE, "", f"{UNSENDABLE}: body", START)
    journal.close(rows[5].id, State.SET_ASIDE, "", "no such card", START)
    journal.close(rows[6].id, State.ACCEPTED, "{}", "", START)
    journal.purge(START)
    assert journal.upload_progress() == UploadWatermark(journal.kiosk, 7)
    gone = journal.unsendable_rows(1, 7, 10)
    assert [(each.seq, each.last, each.why) for each in gone] == [
        (1, 1, "deleted"),
        (2, None, "erased"),
        (3, None, "refused"),
        (4, None, "refused"),
        (5, None, "unsendable"),
    ]
    assert (gone[1].id, gone[1].kind, gone[1].at) == (rows[1].id, "checkin", MOMENT.at)
    assert [each.seq for each in journal.unsendable_rows(3, 7, 2)] == [3, 4]
    assert journal.resend(1) == 2
    assert [row.seq for row in journal.pending()] == [6, 7, 8]
    assert journal.upload_progress().through == 5


def test_held_lists_closed_rows_newest_first_with_the_reason(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=True) for _ in range(5)]
    journal.close(rows[0].id, State.ACCEPTED, "{}", "", START - timedelta(days=2))
    for row in rows[1:3]:
        journal.close(row.id, State.ACCEPTED, "{}", "", START)
    journal.close(rows[3].id, State.REFUSED, "{}", "limit", START)
    journal.purge(START)
    newest = [(each.seq, each.id, each.gone and each.gone.why) for each in journal.closed_rows(None, 3)]
    assert newest == [(4, rows[3].id, "refused"), (3, rows[2].id, None), (2, rows[1].id, None)]
    assert [(each.seq, each.gone and each.gone.why) for each in journal.closed_rows(2, 3)] == [(1, "erased")]
    assert [each.erased for each in journal.closed_rows(None, 4)] == [False, False, False, True]
    assert journal.closed_rows(1, 3) == []


def test_empty_journal_has_carried_nothing(path: Path) -> None:
    journal = open_journal(path)
    assert journal.upload_progress() == UploadWatermark(journal.kiosk, 0)
    journal.append("checkin", BODY, MOMENT, no_block=True)
    assert journal.upload_progress().through == 0


def test_carried_counts_rows_per_sealing_key(path: Path) -> None:
    """Unsealed rows are not counted; an erased body needs no key."""
    journal = open_journal(path)
    old, new = (f"x25519:{key * 16}:AAAA" for key in "ab")
    rows = [journal.append("checkin", body, MOMENT, no_block=True) for body in (BODY, old, old, new)]
    assert journal.upload_progress().sealed == [SealedTo("a" * 16, 2, 2), SealedTo("b" * 16, 1, 1)]
    journal.close(rows[1].id, State.ACCEPTED, "{}", "", START)
    assert journal.upload_progress().sealed == [SealedTo("a" * 16, 1, 2), SealedTo("b" * 16, 1, 1)]
    journal.purge(START + timedelta(days=1))
    assert journal.upload_progress().sealed == [SealedTo("a" * 16, 1, 1), SealedTo("b" * 16, 1, 1)]
    journal.close_file()


def counts_of(path: Path) -> Counts:
    journal = open_journal(path)
    counts = journal.counts()
    journal.close_file()
    return counts


def test_closed_row_keeps_its_state(path: Path) -> None:
    journal = open_journal(path)
    row = journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close(row.id, State.SET_ASIDE, "", "no such item", START)
    journal.close(row.id, State.ACCEPTED, "{}", "", START)
    assert journal.counts() == Counts(queued=0, acknowledged=0, exceptions=1)
    assert set_aside(journal) == [(1, "checkin", "no such item")]
    assert journal.accepted_rows() == []


def test_counts_cover_every_state(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(4)]
    for row, state in zip(rows, (State.ACCEPTED, State.REFUSED, State.SET_ASIDE), strict=False):
        journal.close(row.id, state, "{}", "why", START)
    assert journal.counts() == Counts(queued=1, acknowledged=2, exceptions=1)
    assert [row.seq for row in journal.accepted_rows()] == [1]


def test_counts_stay_right_after_purges_and_reopening(path: Path) -> None:
    """Counters are kept, so erased rows are not counted again each time."""

    def counted(journal: Journal) -> Counts:
        rows: Any = journal._db.execute("SELECT state FROM rows").fetchall()
        states = [state for (state,) in rows]
        answered = states.count(State.ACCEPTED) + states.count(State.REFUSED)
        return Counts(states.count(State.QUEUED), answered, states.count(State.SET_ASIDE))

    journal = open_journal(path)
    for day in range(0, 160, 40):
        for state in (State.ACCEPTED, State.REFUSED, State.SET_ASIDE, None):
            row = journal.append("checkin", BODY, MOMENT, no_block=True)
            if state:
                journal.close(row.id, state, "{}", "", START + timedelta(days=day))
        assert journal.counts() == counted(journal)
        journal.purge(START + timedelta(days=day + 1))
        assert journal.counts() == counted(journal)
    assert journal.counts() == Counts(queued=4, acknowledged=6, exceptions=3), "the three oldest rows are deleted"
    journal.close_file()
    journal = open_journal(path)
    assert journal.counts() == counted(journal)


def test_body_is_erased_from_the_disk_23_hours_after_the_result(path: Path) -> None:
    journal = open_journal(path)
    secret = '{"card":"' + "adaz" * 16 + '"}'
    row = journal.append("checkout", secret, MOMENT, no_block=False)
    queued = journal.append("checkout", secret.replace("adaz", "1111"), MOMENT, no_block=False)
    journal.close(row.id, State.ACCEPTED, '{"place": "adazadaz"}', "", START)
    assert journal.purge(START + timedelta(hours=22, minutes=59)) == 0
    assert b"adaz" in on_disk(path)
    assert journal.purge(START + timedelta(hours=23)) == 1
    assert b"adaz" not in on_disk(path)
    assert journal.find(row.id) is None
    assert journal.find(queued.id) is not None
    assert journal.counts() == Counts(queued=1, acknowledged=1, exceptions=0)


def test_closed_rows_are_deleted_after_ninety_days_and_numbers_continue(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(5)]
    for row in rows[:2] + rows[3:]:
        journal.close(row.id, State.ACCEPTED, "{}", "", START)
    assert journal.purge(START + timedelta(days=89)) == 4
    assert journal.counts() == Counts(queued=1, acknowledged=4, exceptions=0)
    journal.purge(START + timedelta(days=90))
    assert journal.counts() == Counts(queued=1, acknowledged=2, exceptions=0)
    journal.close(rows[2].id, State.ACCEPTED, "{}", "", START)
    journal.purge(START + timedelta(days=90))
    assert journal.counts() == Counts(queued=0, acknowledged=1, exceptions=0)
    journal.close_file()
    journal = open_journal(path)
    assert journal.append("checkin", BODY, MOMENT, no_block=False).seq == 6
    journal.close_file()
    assert [row.seq for row in open_journal(path).pending()] == [6]


def on_disk(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.parent.iterdir())


def test_connection_uses_durable_settings(path: Path) -> None:
    journal = open_journal(path)
    journal.append("checkin", BODY, MOMENT, no_block=False)
    db = journal._db
    assert db.pragma("journal_mode") == "wal"
    assert db.pragma("synchronous") == 2
    assert db.pragma("locking_mode") == "exclusive"
    assert db.pragma("mmap_size") == 0
    assert db.pragma("secure_delete") == 1
    assert not Path(f"{path}-shm").exists()


def test_create_does_not_overwrite_a_journal(path: Path) -> None:
    kiosk = open_journal(path).kiosk
    with pytest.raises(FileExistsError):
        Journal.create(path)
    assert kiosk
    assert sorted(each.name for each in path.parent.iterdir() if "-wal" not in each.name) == ["journal.db"]


def test_leftover_of_an_interrupted_create_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "journal.db.new").write_bytes(b"half")
    Journal.create(tmp_path / "journal.db")
    assert os.listdir(tmp_path) == ["journal.db"]
    assert open_journal(tmp_path / "journal.db").counts() == Counts(0, 0, 0)


def test_create_makes_the_parent_directory(tmp_path: Path) -> None:
    Journal.create(tmp_path / "state" / "journal.db")
    assert open_journal(tmp_path / "state" / "journal.db").counts() == Counts(0, 0, 0)


def test_create_fails_if_the_directory_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(JournalFailed) as failed:
        Journal.create(tmp_path / "state" / "journal.db")
    assert failed.value.why is JournalFault.UNWRITABLE


def test_open_does_not_create_a_missing_journal(tmp_path: Path) -> None:
    with pytest.raises(JournalMissing, match="kiosk journal create") as failed:
        Journal.open(tmp_path / "journal.db")
    assert failed.value.why is JournalFault.MISSING
    assert os.listdir(tmp_path) == []


def test_second_process_cannot_open_the_journal(path: Path) -> None:
    journal = open_journal(path)
    script = f"from pathlib import Path; from kiosk.journal.journal import Journal; Journal.open(Path({str(path)!r}))"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE)
    assert second.returncode == 1
    assert "is in use: stop the other kiosk process" in second.stderr
    journal.close_file()
    open_journal(path)


@pytest.mark.parametrize(
    "content", [b"", b"This is no database" * 100, os.urandom(8192)], ids=["empty", "text", "noise"]
)
def test_file_with_other_content_is_damaged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    failure = open_failure(path)
    assert failure.why is JournalFault.DAMAGED
    assert "moves the file aside" in str(failure)
    assert path.read_bytes() == content


def test_database_without_metadata_is_damaged(path: Path) -> None:
    rewrite(path, "DROP TABLE meta")
    assert open_failure(path).why is JournalFault.DAMAGED


def test_journal_outside_wal_mode_is_damaged(path: Path) -> None:
    rewrite(path, "PRAGMA journal_mode=DELETE")
    assert "journal_mode is not wal" in str(open_failure(path))


def test_torn_page_is_damaged(path: Path) -> None:
    journal = open_journal(path)
    for _ in range(200):
        journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close_file()
    whole = bytearray(path.read_bytes())
    whole[4096 * 2 : 4096 * 5] = bytes(4096 * 3)
    path.write_bytes(whole)
    assert open_failure(path).why is JournalFault.DAMAGED


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM rows WHERE seq = 2",
        "UPDATE rows SET body = replace(body, 'item', 'iten') WHERE seq = 2",
        "UPDATE rows SET mono_ns = 43 WHERE seq = 3",
        "UPDATE rows SET prev_hash = hash WHERE seq = 3",
    ],
)
def test_changed_or_missing_row_breaks_the_hash_chain(path: Path, statement: str) -> None:
    journal = open_journal(path)
    for _ in range(4):
        journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close_file()
    rewrite(path, statement)
    assert re.search(r"row [23] does not follow", str(open_failure(path)))


def test_closing_marking_and_purging_keep_the_hash_chain(path: Path) -> None:
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(4)]
    journal.mark_no_block(rows[0].id)
    journal.close(rows[1].id, State.ACCEPTED, "{}", "", START)
    journal.purge(START + timedelta(days=2))
    journal.close_file()
    assert [row.seq for row in open_journal(path).pending()] == [1, 3, 4]


def test_chain_check_skips_old_erased_rows(path: Path) -> None:
    journal = open_journal(path)
    for _ in range(1010):
        journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close_file()
    rewrite(path, "UPDATE rows SET state = 'accepted', body = NULL", "UPDATE rows SET mono_ns = 43 WHERE seq = 5")
    open_journal(path).close_file()
    rewrite(path, f"UPDATE rows SET state = 'queued', body = '{BODY}' WHERE seq = 3")
    assert "row 5 does not follow" in str(open_failure(path))


def test_chain_check_covers_old_rows_with_bodies(path: Path) -> None:
    """On a busy day more than a thousand closed rows still have bodies."""
    journal = open_journal(path)
    for _ in range(1010):
        journal.append("checkin", BODY, MOMENT, no_block=False)
    journal.close_file()
    rewrite(path, "UPDATE rows SET state = 'accepted'", "UPDATE rows SET trust = 'synceD' WHERE seq = 5")
    assert "row 5 does not follow" in str(open_failure(path))


def test_other_journal_version_is_rejected(path: Path) -> None:
    rewrite(path, "UPDATE meta SET version = 4")
    failure = open_failure(path)
    assert failure.why is JournalFault.WRONG_VERSION
    assert "version 4, expected 3" in str(failure)


def test_version_1_journal_is_migrated_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    make_version_1(path, 3)
    rewrite(path, "UPDATE rows SET state = 'accepted', closed_at = '2026-11-22T06:30:00+00:00' WHERE seq = 1")
    journal = open_journal(path)
    assert [(row.seq, row.body, row.marks) for row in journal.pending()] == [(2, BODY, Marks()), (3, BODY, Marks())]
    assert journal.append("checkin", BODY, MOMENT, no_block=True, marks=Marks("b", "i", "c", "u")).seq == 4
    journal.close_file()
    journal = open_journal(path)
    assert [(row.seq, row.marks) for row in journal.pending()][1:] == [(3, Marks()), (4, Marks("b", "i", "c", "u"))]
    assert journal.purge(START + timedelta(days=2)) == 1
    assert [row.seq for row in journal.accepted_rows()] == []


def test_version_2_journal_keeps_its_page_size_after_migration(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    make_version_1(path, 3)
    rewrite(path, *file.CHANGES[1], "UPDATE meta SET version = 2")
    journal = open_journal(path)
    new = journal.append("checkin", BODY, MOMENT, no_block=False, marks=Marks("b", "i", "c", "u"))
    journal.close(journal.pending()[0].id, State.ACCEPTED, "{}", "", START)
    assert journal.purge(START + timedelta(days=2)) == 1
    journal.close_file()
    journal = open_journal(path)
    assert [row.seq for row in journal.pending()] == [2, 3, new.seq]
    assert journal._db.pragma("page_size") == 4096
    assert journal._db.execute("SELECT name FROM sqlite_schema WHERE name LIKE 'rows_%'").fetchall() == [("rows_kept",)]


def test_version_on_trial_leaves_the_journal_readable_by_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    make_version_1(path, 3)
    rewrite(path, *file.CHANGES[1], "UPDATE meta SET version = 2")
    with pytest.raises(JournalFailed) as raised:
        open_or_rescue(path, START, may_upgrade=False)
    assert raised.value.why is JournalFault.UPDATING
    assert [each.name for each in tmp_path.iterdir() if "rehearsal" in each.name] == []
    with monkeypatch.context() as before:  # the program before knows version 2 as the newest
        before.setattr(file, "VERSION", 2)
        before.setattr(file, "CHANGES", {1: file.CHANGES[1]})
        before.setattr(file, "check_index", lambda db: None)
        file.connect(path).close()
    journal = open_or_rescue(path, START)
    assert [row.seq for row in journal.pending()] == [1, 2, 3]
    journal.close_file()
    open_or_rescue(path, START, may_upgrade=False).close_file()
    with monkeypatch.context() as before:
        before.setattr(file, "VERSION", 2)
        before.setattr(file, "CHANGES", {1: file.CHANGES[1]})
        assert open_failure(path).why is JournalFault.WRONG_VERSION, "control: after the upgrade there is no way back"


def test_upgrade_that_would_fail_is_found_on_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.db"
    make_version_1(path, 3)
    before = path.read_bytes()
    monkeypatch.setitem(file.CHANGES, 2, ["DROP INDEX no_such_index"])
    with pytest.raises(JournalFailed) as raised:
        open_or_rescue(path, START, may_upgrade=False)
    assert raised.value.why is JournalFault.DAMAGED
    assert path.read_bytes() == before


def test_mismatched_page_size_in_the_header_is_damage(path: Path) -> None:
    open_journal(path).close_file()
    content = path.read_bytes()
    assert content[16:18] == b"\x08\x00"
    for size in (512, 1024, 4096, 8192):
        path.write_bytes(content[:16] + size.to_bytes(2, "big") + content[18:])
        assert open_failure(path).why is JournalFault.DAMAGED


def test_closing_a_row_writes_a_single_page(path: Path) -> None:
    """The log stores whole pages, which wear out the SD card."""
    journal = open_journal(path)
    rows = [journal.append("checkin", BODY, MOMENT, no_block=False) for _ in range(30)]
    journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    journal.close(rows[15].id, State.ACCEPTED, "{}", "", START)
    assert path.with_name("journal.db-wal").stat().st_size == HEADER + FRAME + 2048


def test_damaged_version_1_journal_stays_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    make_version_1(path, 3)
    rewrite(path, "UPDATE rows SET mono_ns = 43 WHERE seq = 2")
    assert open_failure(path).why is JournalFault.DAMAGED
    db = apsw.Connection(str(path))
    assert db.execute("SELECT version FROM meta").get == 1


@pytest.mark.parametrize(
    ("kinds", "floor"), [(("checkout", "renew", "said"), 32 * 1024 * 1024), (("checkin", "undo"), 4 * 1024 * 1024)]
)
def test_new_rows_need_the_free_space_of_their_kind(path: Path, kinds: tuple[str, ...], floor: int) -> None:
    room = [1 << 40]
    journal = Journal.open(path, lambda _: room[0])
    row = journal.append("checkin", BODY, MOMENT, no_block=False)
    room[0] = floor - 1
    assert not journal.roomy
    for kind in kinds:
        with pytest.raises(JournalFailed, match="at least 32 MiB") as failed:
            journal.append(kind, BODY, MOMENT, no_block=False)
        assert failed.value.why is JournalFault.FULL
    journal.close(row.id, State.ACCEPTED, "{}", "", START)
    room[0] = floor
    for kind in kinds:
        journal.append(kind, BODY, MOMENT, no_block=False)
    assert [each.kind for each in journal.pending()] == list(kinds)


def test_sqlite_full_error_writes_nothing_and_is_recoverable(path: Path) -> None:
    journal = open_journal(path)
    journal._db.pragma("max_page_count", 12)
    with pytest.raises(JournalFailed) as failed:
        for _ in range(500):
            journal.append("checkin", BODY, MOMENT, no_block=False)
    assert failed.value.why is JournalFault.FULL
    written = len(journal.pending())
    journal._db.pragma("max_page_count", 1 << 30)
    assert journal.append("checkin", BODY, MOMENT, no_block=False).seq == written + 1


def test_failed_sync_closes_the_connection_for_good(path: Path) -> None:
    with brittle() as disk:
        journal = open_journal(path)
        kept = journal.append("checkin", BODY, MOMENT, no_block=False)
        disk.broken = True
        with pytest.raises(JournalFailed) as failed:
            journal.append("checkin", BODY, MOMENT, no_block=False)
        assert failed.value.why is JournalFault.UNWRITABLE
        disk.broken = False
        for work in (journal.counts, journal.check_space, lambda: journal.mark_no_block(kept.id)):
            with pytest.raises(JournalFailed):
                work()
        journal.close_file()
    assert open_journal(path).pending()[0] == kept


def test_disk_filling_up_in_a_commit_keeps_earlier_rows(path: Path) -> None:
    with brittle() as disk:
        journal = open_journal(path)
        kept = journal.append("checkin", BODY, MOMENT, no_block=False)
        disk.full = True
        with pytest.raises(JournalFailed) as failed:
            journal.append("checkin", BODY, MOMENT, no_block=False)
        assert failed.value.why is JournalFault.FULL
        assert journal.pending() == [kept]
        disk.full = False
        assert journal.append("checkin", BODY, MOMENT, no_block=False).seq == 2
        journal.close_file()


def test_full_disk_at_opening_is_reported(path: Path) -> None:
    with brittle() as disk:
        disk.full = True
        assert open_failure(path).why is JournalFault.FULL


def test_read_only_journal_is_not_opened(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everything")
    path.chmod(0o400)
    assert open_failure(path).why is JournalFault.UNWRITABLE


def test_directory_at_the_journal_path_is_unwritable(tmp_path: Path) -> None:
    assert open_failure(tmp_path).why is JournalFault.UNWRITABLE


def test_unknown_free_space_is_reported_as_unwritable(path: Path) -> None:
    def gone(_: Path) -> int:
        raise OSError(5, "Input/output error")

    with pytest.raises(JournalFailed) as failed:
        Journal.open(path, gone).append("checkin", BODY, MOMENT, no_block=False)
    assert failed.value.why is JournalFault.UNWRITABLE


def test_boot_id_is_stable_and_unknown_transaction_is_not_found(path: Path) -> None:
    assert boot_id() == boot_id()
    assert len(boot_id()) == 36
    assert open_journal(path).find(TransactionId("unknown")) is None


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
