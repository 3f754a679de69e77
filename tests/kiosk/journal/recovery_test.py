"""Test the rescue of journals with damaged bytes, and its report to staff."""

from __future__ import annotations

import asyncio
import atexit
import functools
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import apsw
import pytest

from kiosk.central import JournalRow, Marks
from kiosk.config import load
from kiosk.journal import file
from kiosk.journal.journal import Journal, JournalFailed, JournalFault, Moment, State
from kiosk.journal.recovery import RESCUED, ROWS_LOST, damages, open_or_rescue, state_of, watch_damage
from kiosk.journal.salvage import LEAF
from kiosk.journal.wal import FRAME, HEADER, PAGES, frames, lost_commits
from kiosk.sync.hub_client import pack_rows
from kiosk.system.health import READY, Health, PartName, PartState
from kiosk.words import Words
from lending.transactions import ClockTrust, TransactionId
from tests.kiosk.commands.check_test import found, write_kiosk
from tests.kiosk.sync.bench import HandClock, settle

NOW = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ROWS = 60
IN_THE_FILE = 40
"""Last row in the database file; later rows are only in the log."""
LONG = (6, 25, 45)
"""Rows larger than a page."""
ANSWERED = 20


@dataclass(frozen=True, slots=True)
class Old:
    """A journal as left by a power cut, and its rows."""

    path: Path
    rows: Sequence[JournalRow]
    id: str
    page: int
    """Page size in bytes."""

    @property
    def wal(self) -> Path:
        return self.path.with_name("journal.db-wal")

    @property
    def waiting(self) -> list[TransactionId]:
        return [row.id for row in self.rows[ANSWERED:]]


def append(journal: Journal, number: int) -> JournalRow:
    moment = Moment(NOW + timedelta(seconds=number), ClockTrust.SYNCED, "boot", number)
    note = "x" * 6000 if number in LONG else ""
    body = json.dumps({"card": "a" * 64, "due": None, "item": f"{number:014}", "note": note, "verified": "card"})
    return journal.append("checkout", body, moment, number % 3 > 0, Marks(body=f"{number:064x}"))


@pytest.fixture(params=PAGES)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    """Copy of a journal as left by a power cut, with the current or an older page size."""
    original = cut_off(request.param)
    path = tmp_path / "journal.db"
    left = replace(original, path=path)
    shutil.copyfile(original.path, path)
    shutil.copyfile(original.wal, left.wal)
    return left


@functools.cache
def cut_off(page: int) -> Old:
    """Make one journal with pages of this size for all tests; each damages a copy."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    before, path = Path(folder.name) / "before" / "journal.db", Path(folder.name) / "journal.db"
    with pytest.MonkeyPatch.context() as then:
        then.setattr(file, "PAGES", (page,))
        Journal.create(before)
    journal = Journal.open(before)
    rows = []
    for number in range(1, ROWS + 1):
        rows.append(append(journal, number))
        if number == ANSWERED:
            for row in rows:
                journal.close(row.id, State.REFUSED if row.seq == 7 else State.ACCEPTED, "{}", "", NOW)
        if number == IN_THE_FILE:
            journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    left = Old(path, tuple(rows), journal.kiosk, page)
    path.write_bytes(before.read_bytes())
    left.wal.write_bytes(before.with_name("journal.db-wal").read_bytes())
    journal.close_file()
    return left


Damage = Callable[[Old], None]


def at(name: str, offset: int, content: bytes) -> Damage:
    def damage(old: Old) -> None:
        with (old.path if name == "file" else old.wal).open("r+b") as damaged:
            damaged.seek(offset)
            damaged.write(content)

    return damage


def shortened(old: Old) -> None:
    with old.path.open("r+b") as damaged:
        damaged.truncate(5 * old.page)


def schema(old: Old) -> None:
    at("file", 0, bytes(old.page))(old)


def other_pages(old: Old) -> None:
    """Write the other page size into the header."""
    other = next(size for size in PAGES if size != old.page)
    at("file", 16, other.to_bytes(2, "big"))(old)


def both_headers(old: Old) -> None:
    at("file", 0, bytes(100))(old)
    at("log", 0, bytes(HEADER))(old)


def sums_of_a_frame(old: Old) -> None:
    at("log", HEADER + 5 * (FRAME + old.page) + 16, b"\xff" * 8)(old)


def first_frame(old: Old) -> None:
    at("log", HEADER, b"\0" * (FRAME + old.page))(old)


def middle_page(old: Old) -> None:
    at("file", old.path.stat().st_size // old.page // 2 * old.page, b"\xa5" * old.page)(old)


def flipped_body(old: Old) -> None:
    """Flip every copy of the body: split pages may keep an unused one."""
    meant, flipped = (f'"item": "{item}"'.encode() for item in (f"{30:014}", f"1{30:013}"))
    content = old.path.read_bytes()
    assert meant in content
    old.path.write_bytes(content.replace(meant, flipped))


NOTHING_LOST: dict[str, Damage] = {
    "header": at("file", 0, bytes(100)),
    "header without log": at("file", 18, b"\1\1"),
    "schema": schema,
    "header with other page size": other_pages,
    "both headers": both_headers,
    "log header": at("log", 0, b"\0" * HEADER),
    "log, frame checksum": sums_of_a_frame,
}
SOMETHING_LOST: dict[str, Damage] = {
    "middle page": middle_page,
    "shortened": shortened,
    "a flipped bit in a row": flipped_body,
    "first frame": first_frame,
}


def started(old: Old) -> Journal:
    return open_or_rescue(old.path, LATER)


@pytest.mark.parametrize("damage", NOTHING_LOST.values(), ids=NOTHING_LOST)
def test_readable_rows_continue_in_a_new_journal(old: Old, damage: Damage) -> None:
    damage(old)
    journal = started(old)
    assert journal.kiosk != old.id
    waiting = journal.pending()
    assert [row.id for row in waiting] == old.waiting
    assert [(row.journal, row.number) for row in waiting] == [(old.id, row.seq) for row in old.rows[ANSWERED:]]
    assert [(row.body, row.no_block, row.at, row.marks) for row in waiting] == [
        (row.body, row.no_block, row.at, row.marks) for row in old.rows[ANSWERED:]
    ]
    assert journal.counts().acknowledged == ANSWERED
    (report,) = damages(old.path)
    assert (report.rows, report.queued, report.last, report.lost) == (
        ROWS,
        ROWS - ANSWERED,
        ROWS,
        False,
    )


@pytest.mark.parametrize("damage", SOMETHING_LOST.values(), ids=SOMETHING_LOST)
def test_unreadable_rows_are_reported_and_the_rest_continue_in_order(old: Old, damage: Damage) -> None:
    damage(old)
    waiting = [row.id for row in started(old).pending()]
    assert waiting == [row for row in old.waiting if row in waiting]
    (report,) = damages(old.path)
    missing = {number for first, last in report.gaps for number in range(first, last + 1)}
    missing |= set(range(report.last + 1, ROWS + 1))
    assert set(old.waiting) - set(waiting) == {row.id for row in old.rows[ANSWERED:] if row.seq in missing}
    assert report.rows == ROWS - len(missing) > ANSWERED


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 40_000, b"not a SQLite file. " * 3000], ids=["empty", "zeros", "text"]
)
def test_unreadable_journal_is_reported_as_lost_and_set_aside(old: Old, content: bytes) -> None:
    old.path.write_bytes(content)
    old.wal.unlink()
    assert started(old).counts().queued == 0
    (report,) = damages(old.path)
    assert report.lost
    assert old.path.with_name(report.aside).read_bytes() == content


def test_emptied_file_still_recovers_rows_from_the_log(old: Old) -> None:
    old.path.write_bytes(b"")
    rows = started(old).pending()
    assert [row.seq for row in rows][-1] == 0
    assert [row.number for row in rows][-20:] == list(range(IN_THE_FILE + 1, ROWS + 1))


@pytest.mark.parametrize("damage", (NOTHING_LOST | SOMETHING_LOST).values(), ids=NOTHING_LOST | SOMETHING_LOST)
def test_damaged_files_are_kept_unchanged(old: Old, damage: Damage) -> None:
    damage(old)
    before = old.path.read_bytes(), old.wal.read_bytes()
    started(old).close_file()
    aside = old.path.with_name(damages(old.path)[0].aside)
    assert (aside.read_bytes(), aside.with_name(f"{aside.name}-wal").read_bytes()) == before
    assert aside.name == "journal.db.damaged-20261123T063000Z"


def test_new_rows_start_at_1_and_follow_the_rescued_rows(old: Old) -> None:
    flipped_body(old)
    journal = started(old)
    assert append(journal, 99).seq == 1
    journal.close_file()
    again = started(old)
    rows = again.pending()
    assert (rows[-1].seq, rows[-1].journal, rows[-1].number) == (1, again.kiosk, 0)
    assert [row.seq for row in rows] == sorted(row.seq for row in rows)
    assert len(damages(old.path)) == 1
    assert again.upload_progress().through == 0


def test_rescued_rows_are_sent_with_their_old_journal_and_number(old: Old) -> None:
    flipped_body(old)
    journal = started(old)
    append(journal, 99)
    rows = journal.pending()
    first = json.loads(pack_rows(rows)[0])
    assert first["journal"] == old.id
    assert [row["seq"] for row in first["rows"]] == [number for number in range(21, ROWS + 1) if number != 30]
    second = json.loads(pack_rows(rows[len(first["rows"]) :])[0])
    assert (second["journal"], [row["seq"] for row in second["rows"]]) == (journal.kiosk, [1])


def test_restored_hub_receives_the_rescued_rows_again(old: Old) -> None:
    """The backup is older than the rescue, so the hub lost the results of the damaged journal."""
    at("log", 0, b"\0" * HEADER)(old)
    journal = started(old)
    for row in (*journal.pending(), append(journal, 99)):
        journal.close(row.id, State.ACCEPTED, "{}", "", NOW)
    assert journal.resend(2) == 0
    assert journal.resend(1) == ROWS
    assert [row.id for row in journal.pending()][:-1] == [row.id for row in old.rows if row.seq != 7]


def test_second_rescue_keeps_the_origin_of_each_row(old: Old) -> None:
    at("file", 0, bytes(100))(old)
    first = started(old)
    newest = append(first, 99)
    first.close_file()
    at("file", 0, bytes(100))(old)
    second = open_or_rescue(old.path, LATER)
    rows = second.pending()
    assert [row.id for row in rows] == [*old.waiting, newest.id]
    assert [(row.journal, row.number) for row in rows][-2:] == [(old.id, ROWS), (first.kiosk, 1)]
    assert [each.aside for each in damages(old.path)] == [
        "journal.db.damaged-20261123T063000Z",
        "journal.db.damaged-20261123T063000Z-2",
    ]


def test_rescue_keeps_refusals_and_promises(old: Old) -> None:
    at("log", 0, b"\0" * HEADER)(old)
    journal = started(old)
    assert old.rows[6].id not in [row.id for row in journal.pending()]
    promised = {row.id for row in old.rows if row.no_block}
    assert all(row.no_block for row in journal.pending() if row.id in promised)


def test_log_takes_precedence_over_the_file(tmp_path: Path) -> None:
    """Promises and results since the last checkpoint are only in the log."""
    before, path = tmp_path / "before" / "journal.db", tmp_path / "journal.db"
    Journal.create(before)
    journal = Journal.open(before)
    promised, refused, done = (append(journal, 3 * number) for number in range(1, 4))
    journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    journal.mark_no_block(promised.id)
    journal.close(refused.id, State.REFUSED, "{}", "limit", NOW)
    journal.close(done.id, State.ACCEPTED, "{}", "", NOW)
    path.write_bytes(bytes(100) + before.read_bytes()[100:])
    path.with_name("journal.db-wal").write_bytes(before.with_name("journal.db-wal").read_bytes())
    journal.close_file()
    journal = open_or_rescue(path, LATER)
    assert [(row.id, row.no_block) for row in journal.pending()] == [(promised.id, True)]
    assert [row.id for row in journal.accepted_rows()] == [done.id]


def test_promise_in_an_unverified_frame_is_kept(tmp_path: Path) -> None:
    """The file takes precedence over such a frame and holds the row before the promise."""
    before, path = tmp_path / "before" / "journal.db", tmp_path / "journal.db"
    Journal.create(before)
    journal = Journal.open(before)
    promised = append(journal, 3)
    journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    other = append(journal, 6)
    journal.mark_no_block(promised.id)
    log = bytearray(before.with_name("journal.db-wal").read_bytes())
    log[-PAGES[0] - 1] ^= 1
    path.write_bytes(bytes(100) + before.read_bytes()[100:])
    path.with_name("journal.db-wal").write_bytes(log)
    journal.close_file()
    journal = open_or_rescue(path, LATER)
    assert [(row.id, row.no_block) for row in journal.pending()] == [(promised.id, True), (other.id, False)]


def test_torn_frame_over_a_stale_page_is_ignored(tmp_path: Path) -> None:
    """Below the header is an older page of the log, on which the row is still queued."""
    before, path = tmp_path / "before" / "journal.db", tmp_path / "journal.db"
    Journal.create(before)
    journal = Journal.open(before)
    first, second = append(journal, 1), append(journal, 2)
    wal = before.with_name("journal.db-wal")
    (*_, stale) = (each.page for each in frames(wal, PAGES[0]) if each.page[0] == LEAF)
    journal.close(first.id, State.ACCEPTED, "{}", "", NOW)
    journal._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    journal.close(second.id, State.ACCEPTED, "{}", "", NOW)
    journal.purge(NOW)
    head = wal.read_bytes()[-FRAME - PAGES[0] : -PAGES[0]]
    path.write_bytes(bytes(100) + before.read_bytes()[100:])
    path.with_name("journal.db-wal").write_bytes(wal.read_bytes() + head + stale)
    journal.close_file()
    journal = open_or_rescue(path, LATER)
    assert journal.pending() == []
    assert {row.id for row in journal.accepted_rows()} == {first.id, second.id}


def test_invalid_row_state_is_damage_and_the_row_is_sent_again(old: Old) -> None:
    db = apsw.Connection(str(old.path))
    db.execute("UPDATE rows SET state = 'pueued' WHERE seq = 35")
    db.close()
    assert [row.id for row in started(old).pending()] == old.waiting
    assert "has an invalid state" in damages(old.path)[0].why


def test_erased_row_with_an_invalid_state_stays_closed(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal.create(path)
    journal = Journal.open(path)
    rows = [append(journal, number) for number in range(1, 4)]
    journal.close(rows[0].id, State.ACCEPTED, "{}", "", NOW)
    assert journal.purge(NOW + timedelta(hours=23)) == 1
    journal.close_file()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"accepted", b"accepten"))
    journal = open_or_rescue(path, LATER)
    assert [(row.id, row.body) for row in journal.pending()] == [(row.id, row.body) for row in rows[1:]]
    assert (journal.counts().acknowledged, damages(path)[0].queued) == (1, 2)


def test_queued_row_without_a_body_is_damage(old: Old) -> None:
    db = apsw.Connection(str(old.path))
    db.execute("UPDATE rows SET body = NULL WHERE seq = 30")
    db.close()
    assert old.rows[29].id not in [row.id for row in started(old).pending()]
    assert "row 30 has an invalid state" in damages(old.path)[0].why


def test_row_requeued_by_the_rescue_is_not_purged(old: Old) -> None:
    db = apsw.Connection(str(old.path))
    db.execute("PRAGMA ignore_check_constraints = 1")
    db.execute("UPDATE rows SET state = 'accepten' WHERE seq = 5")
    db.close()
    journal = started(old)
    assert [row.id for row in journal.pending()] == [old.rows[4].id, *old.waiting]
    journal.purge(NOW + timedelta(days=100))
    assert [row.body for row in journal.pending()] == [row.body for row in (old.rows[4], *old.rows[ANSWERED:])]


def test_index_missing_a_row_is_damage(old: Old) -> None:
    missing = file.INDEX.replace("body IS NOT NULL", "body IS NOT NULL AND seq <> 30")
    for sql in (missing, file.INDEX):
        db = apsw.Connection(str(old.path))
        db.execute("PRAGMA writable_schema = 1")
        db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = 'rows_kept'", (sql,))
        db.close()
        if sql == missing:
            db = apsw.Connection(str(old.path))
            db.execute("REINDEX rows_kept")
            db.close()
    journal = started(old)
    assert [row.id for row in journal.pending()] == old.waiting
    assert "is missing from the index" in damages(old.path)[0].why


def test_unfinished_rescue_blocks_opening(old: Old) -> None:
    old.path.with_name("journal.db.rescue").write_text("journal.db.damaged-1", encoding="ascii")
    with pytest.raises(JournalFailed) as failed:
        Journal.open(old.path)
    assert failed.value.why is JournalFault.DAMAGED
    assert [row.id for row in started(old).pending()] == old.waiting
    whole = old.path.with_name("whole") / "journal.db"
    Journal.create(whole)
    assert Journal.open(whole)


@pytest.mark.parametrize("seed", range(25))
def test_flipped_bit_loses_no_row_silently(old: Old, seed: int) -> None:
    """Except in the newest transaction, where a flipped bit looks like a power cut during the write."""
    random = Random(seed)
    target = random.choice([old.path, old.wal])
    content = bytearray(target.read_bytes())
    whole = len(content) if target == old.path else len(content) - 4 * (FRAME + old.page)
    content[random.randrange(whole)] ^= 1 << random.randrange(8)
    target.write_bytes(content)
    try:
        rows = started(old).pending()
    except JournalFailed as failure:
        assert failure.why is JournalFault.WRONG_VERSION
        return
    reports = damages(old.path)
    here = [row.id for row in rows]
    missing = {number for each in reports for first, last in each.gaps for number in range(first, last + 1)}
    missing |= {number for each in reports for number in range(each.last + 1, ROWS + 1)}
    assert [row for row in old.waiting if row in here] == here
    assert set(old.waiting) - set(here) == {row.id for row in old.rows[ANSWERED:] if row.seq in missing}
    assert len(missing) <= 12


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of an empty journal replaced after damage that left nothing to read."""
    path = tmp_path / "journal.db"
    Journal.create(path)
    path.write_bytes(b"\0" * 20_000)
    open_or_rescue(path, NOW).close_file()
    return path


async def watch_twice(path: Path, clock: HandClock) -> list[tuple[PartName, PartState]]:
    """Health states of two checks; the damaged journal is removed between them."""
    states: list[tuple[PartName, PartState]] = []
    watching = asyncio.ensure_future(watch_damage(path, clock, Health(lambda *state: states.append(state))))
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    await settle()
    for each in path.parent.glob("journal.db.damaged-*"):
        each.unlink()
    await clock.pass_time(60)
    while not clock._sleepers:
        await asyncio.sleep(0.001)
    watching.cancel()
    return states


def test_health_reports_the_damage_until_the_file_is_removed(path: Path) -> None:
    assert asyncio.run(watch_twice(path, HandClock())) == [
        (PartName.DAMAGED_JOURNAL, ROWS_LOST),
        (PartName.DAMAGED_JOURNAL, READY),
    ]


def test_undamaged_journal_reports_nothing(tmp_path: Path) -> None:
    Journal.create(tmp_path / "journal.db")
    assert asyncio.run(watch_twice(tmp_path / "journal.db", HandClock())) == []


def test_unreadable_damage_note_reports_lost_rows(path: Path) -> None:
    path.with_name(f"{damages(path)[0].aside}.json").write_text("{")
    assert state_of(path) == ROWS_LOST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_kiosk_check_reports_the_damaged_journal(tmp_path: Path, language: str) -> None:
    config = load(write_kiosk(tmp_path))
    journal = config.paths.journal
    Journal.create(journal)
    journal.write_bytes(b"\0" * 20_000)
    open_or_rescue(journal, NOW).close_file()
    words = Words(language, "Asia/Shanghai", "CNY")
    finding = found(config, words=words)["damaged_journal"]
    assert finding.condition == ROWS_LOST.condition
    assert finding.seen.startswith("journal.db.damaged-20261122T063000Z")
    assert "journal.db.damaged-*" in finding.hint
    assert finding.hint == words.mending(PartName.DAMAGED_JOURNAL, RESCUED)
