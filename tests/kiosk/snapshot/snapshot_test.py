"""Test the snapshot: full copy, deltas, seven days of validity, replacement when damaged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import apsw
import pytest

from kiosk.central import CentralUnavailable
from kiosk.snapshot import writer
from kiosk.snapshot.file import SnapshotUnwritable
from kiosk.snapshot.snapshot import OfflineDuration, Snapshot, SnapshotUnusable
from kiosk.system.health import Condition, Health, PartName, PartState
from lending import sealing
from lending.model import CardRef, CardStatus, Item, ItemId, ItemStatus, PatronRef, Recommendation
from lending.policy import Policy, Rule, RuleVersion
from lending.transactions import ClockTrust
from lending.wire import SnapshotCard, SnapshotPage, WireItem, WirePatron, picks_text, policy_to
from tests.kiosk.sync.bench import ADA, DUE, DUNE, EMMA, LIN, UTOPIA, HandClock, run_async
from tests.support.patience import PATIENCE

POLICY = Policy(rules=(Rule(days=28),), timezone="Asia/Shanghai")
ADA_REF = PatronRef("p-ada")
Leaves = Sequence[tuple[Sequence[SnapshotCard], Sequence[WireItem]]]
STATUS = {
    "card": CardStatus.BLOCKED,
    "expires": date(2027, 1, 2),
    "fees": Decimal("2.50"),
    "loans": {"book": 1},
    "language": "en",
}
INVALID_META = ["UPDATE meta SET version = 0", "UPDATE meta SET policy = '{}'", "DELETE FROM meta"]
ADA_CARD = sealing.place(ADA)
PERSONAL = (sealing.place(ADA), sealing.place(LIN), sealing.holder(DUNE, "p-ada").encode(), b"on_loan")
VERSION_1 = """
DROP TABLE meta; DROP TABLE cards; DROP TABLE items; DROP TABLE states;
CREATE TABLE meta (version INTEGER NOT NULL, etag TEXT NOT NULL, fetched_at TEXT NOT NULL, watermark INTEGER NOT NULL,
  policy TEXT NOT NULL) STRICT;
INSERT INTO meta VALUES (1, 'etag', '2026-11-22T06:30:00+00:00', 7, '{}');
CREATE TABLE cards (card TEXT PRIMARY KEY, patron TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE items (id TEXT PRIMARY KEY, holder TEXT, item TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
"""Statements that turn the file into one of version 1."""
PICK = Recommendation("生死场", "萧红", "", {"zh": "因为您借过《呼兰河传》", "en": "because"}, False, (EMMA,))
WORDS = ("生死场", "呼兰河传", "because", PICK.author)


def card(ref: CardRef, patron: str) -> SnapshotCard:
    return SnapshotCard(card=ref, patron=WirePatron(ref=patron, category="adult", card=CardStatus.ACTIVE))


def item(barcode: ItemId, holder: str | None = None) -> WireItem:
    status = ItemStatus.ON_LOAN if holder else ItemStatus.ON_SHELF
    return WireItem(id=barcode, title=f"Title {barcode[-2:]}", status=status, holder=holder)


TWO_PAGES: Leaves = (
    ((card(ADA, "p-ada"),), (item(DUNE, "p-ada"),)),
    ((card(LIN, "p-lin"),), (item(EMMA),)),
)


@dataclass
class Library:
    """Source of deltas since a mark, like the hub; an unknown mark gets the full library."""

    pages: Leaves
    mark: str = "one"
    news: dict[str, list[SnapshotPage]] = field(default_factory=dict)
    """Deltas by earlier mark, page by page."""
    asked: list[str] = field(default_factory=list)
    away_at: set[str] = field(default_factory=set)
    away: bool = False

    async def snapshot_page(self, since: str) -> SnapshotPage | None:
        self.asked.append(since)
        if self.away or since in self.away_at:
            raise CentralUnavailable("no_connection")
        if since == self.mark:
            return None
        if delta := self.news.get(since):
            return delta.pop(0)
        mark, _, place = since.partition(".w")
        return self.leaf(int(place) if mark == self.mark and place else 0)

    def leaf(self, place: int) -> SnapshotPage:
        cards, items = self.pages[place]
        last = place + 1 == len(self.pages)
        return SnapshotPage(
            wire=1,
            mark=self.mark if last else f"{self.mark}.w{place + 1}",
            whole=place == 0,
            more=True,
            policy=policy_to(POLICY) if place == 0 else None,
            cards=list(cards),
            items=list(items),
        )

    def changes(self, mark: str, **delta: Any) -> None:
        """Change the library; clients at the previous mark receive the delta."""
        self.news[self.mark] = [SnapshotPage(wire=1, mark=mark, **delta)]
        self.mark = mark


@dataclass
class FakeUploader:
    """The uploader as used by the snapshot."""

    online: bool = True
    watermark: int = 0
    missed_for: list[str] = field(default_factory=list)
    forgotten: int = -1

    def report_unreachable(self, reason: str) -> None:
        self.missed_for.append(reason)
        self.online = False

    def forget(self, seq: int) -> None:
        self.forgotten = seq


@dataclass
class Shelf:
    """A snapshot with its library, clock and health."""

    path: Path
    library: Library = field(default_factory=lambda: Library(pages=TWO_PAGES))
    clock: HandClock = field(default_factory=HandClock)
    parts: dict[PartName, PartState] = field(default_factory=dict)

    def open(self) -> Snapshot:
        return Snapshot(self.path, self.library, self.clock, Health(self.parts.__setitem__))

    @property
    def reason(self) -> str:
        return self.parts[PartName.SNAPSHOT].reason


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "snapshot.db")


@run_async
async def test_first_refresh_brings_policy_cards_and_items(shelf: Shelf) -> None:
    snapshot = shelf.open()
    assert snapshot.policy is None
    assert shelf.reason == "missing"
    await snapshot.refresh(watermark=7)
    assert snapshot.policy == POLICY
    patron, dune, emma = snapshot.patron(ADA), snapshot.item(DUNE), snapshot.item(EMMA)
    assert patron is not None
    assert (patron.ref, patron.name) == (ADA_REF, "")
    assert dune is not None
    assert emma is not None
    assert (dune.title, dune.status, emma.status) == ("Title 18", ItemStatus.ON_LOAN, ItemStatus.ON_SHELF)
    assert [held.id for held in snapshot.items_of(ADA_REF)] == [DUNE]
    assert snapshot.patron(CardRef("c" * 64)) is None
    assert snapshot.item(ItemId("1")) is None
    assert shelf.parts[PartName.SNAPSHOT].condition is Condition.READY
    assert not shelf.path.with_name("snapshot.db.new").exists()


@run_async
async def test_snapshot_survives_reopening(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=7)
    again = shelf.open()
    assert again.policy == POLICY
    assert again.watermark == 7
    assert again.day == date(2026, 11, 22)
    assert again.patron(ADA) is not None


@run_async
async def test_snapshot_of_an_older_kiosk_is_fetched_again_and_used_meanwhile(shelf: Shelf) -> None:
    """The older kiosk dropped unknown rule fields, and deltas would not bring them."""
    await shelf.open().refresh(watermark=7)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute("UPDATE meta SET policy = json_remove(policy, '$.branches')")
    again = shelf.open()
    assert again.patron(ADA) is not None
    await again.refresh(watermark=7)
    await again.refresh(watermark=7)
    assert shelf.library.asked[-4:] == ["", "one.w1", "one", "one"]


@run_async
async def test_full_disk_applies_deltas_instead_of_a_full_copy(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    await shelf.open().refresh(watermark=7)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute("UPDATE meta SET policy = json_remove(policy, '$.branches')")
    again = shelf.open()
    with monkeypatch.context() as full:
        full.setattr(writer, "free_space", lambda _folder: writer.LEAST_FREE - 1)
        with pytest.raises(SnapshotUnwritable):
            await again.refresh(watermark=7)
    shelf.library.changes("two", gone_items=[DUNE])
    await again.refresh(watermark=7)
    assert again.item(DUNE) is None and again.patron(ADA) is not None
    assert shelf.library.asked[-2:] == ["", "one"]


@run_async
async def test_unchanged_library_sends_nothing_and_confirms_the_snapshot(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=7)
    written = shelf.path.stat().st_mtime_ns
    await shelf.clock.pass_time(3599)
    await snapshot.refresh(watermark=9)
    assert shelf.library.asked[-1] == "one"
    assert snapshot.watermark == 9
    assert shelf.path.stat().st_mtime_ns == written
    await shelf.clock.jump(timedelta(days=7).total_seconds())
    assert not snapshot.stale


@run_async
async def test_confirmation_survives_a_restart(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=7)
    for _ in range(24 * 8):
        await shelf.clock.pass_time(3600)
        await snapshot.refresh(watermark=9)
    again = shelf.open()
    assert not again.stale
    assert again.watermark == 9
    assert again.patron(ADA) is not None


def loaned(barcode: ItemId, to: str) -> WireItem:
    return item(barcode, to).model_copy(update={"due": DUE, "renewals": 1, "waiting": 2})


@run_async
async def test_delta_updates_only_what_changed(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    lins = card(LIN, "p-lin")
    lins = lins.model_copy(update={"patron": lins.patron.model_copy(update=STATUS)})
    shelf.library.changes("two", items=[item(DUNE), loaned(EMMA, "p-lin")], cards=[lins], gone_cards=[ADA])
    await snapshot.refresh(watermark=3)
    assert shelf.library.asked[-1] == "one"
    for known in (snapshot, shelf.open()):
        assert known.policy == POLICY
        assert known.watermark == 3
        dune, emma, patron = known.item(DUNE), known.item(EMMA), known.patron(LIN)
        assert dune is not None and emma is not None and patron is not None
        assert (dune.status, dune.holder, dune.title) == (ItemStatus.ON_SHELF, None, "Title 18")
        assert (emma.status, emma.due, emma.renewals, emma.waiting) == ("on_loan", DUE, 1, 2)
        assert emma.holder == sealing.holder(EMMA, "p-lin")
        assert (patron.card, patron.expires, patron.fees) == ("blocked", date(2027, 1, 2), Decimal("2.50"))
        assert (dict(patron.loans), patron.language) == ({"book": 1}, "en")
        assert known.patron(ADA) is None
        assert [each.id for each in known.items_of(PatronRef("p-lin"))] == [EMMA]
        assert known.items_of(ADA_REF) == []
    shelf.library.changes("three", gone_items=[EMMA], policy=policy_to(replace(POLICY, offline_cap=3)))
    await snapshot.refresh(watermark=4)
    assert snapshot.item(EMMA) is None
    assert snapshot.items_of(PatronRef("p-lin")) == []
    assert snapshot.policy == replace(POLICY, offline_cap=3)
    shelf.library.changes("four", items=[item(EMMA)])
    await snapshot.refresh(watermark=4)
    emma = snapshot.item(EMMA)
    assert emma is not None
    assert emma.status is ItemStatus.ON_SHELF


@run_async
async def test_announced_rules_take_effect_on_their_day_offline_and_after_restart(shelf: Shelf) -> None:
    """The clock shows 22 November, a Sunday afternoon in Shanghai."""
    week = RuleVersion(date(2026, 11, 23), (Rule(days=7),))
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.changes("two", policy=policy_to(replace(POLICY, editions=(week,))))
    await snapshot.refresh(watermark=0)
    for known in (snapshot, shelf.open()):
        assert known.policy == replace(POLICY, editions=(week,))
    await shelf.clock.jump(timedelta(days=1).total_seconds())
    for known in (snapshot, shelf.open()):
        assert known.policy == replace(POLICY, rules=week.rules)


@run_async
async def test_announced_rules_that_cannot_be_applied_are_rejected(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    endless = RuleVersion(date(2026, 12, 1), (Rule(days=40_000),))
    shelf.library.changes("two", policy=policy_to(replace(POLICY, editions=(endless,))))
    with pytest.raises(SnapshotUnusable, match="longer"):
        await snapshot.refresh(watermark=0)
    assert snapshot.policy == POLICY


@run_async
async def test_full_copy_replaces_the_old_library(shelf: Shelf) -> None:
    """The hub was restored from a backup and does not know the mark."""
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.changes("two", items=[item(UTOPIA)])
    await snapshot.refresh(watermark=0)
    shelf.library.mark, shelf.library.pages = "other", (((card(LIN, "p-lin"),), (item(DUNE),)),)
    shelf.library.news.clear()
    await snapshot.refresh(watermark=0)
    dune = snapshot.item(DUNE)
    assert dune is not None
    assert dune.status is ItemStatus.ON_SHELF
    assert snapshot.item(EMMA) is None
    assert snapshot.item(UTOPIA) is None
    assert snapshot.patron(ADA) is None
    assert {each.name for each in shelf.path.parent.iterdir()} <= {"snapshot.db", "snapshot.db-wal", "snapshot.db-shm"}


@run_async
async def test_full_copy_arriving_within_a_delta_replaces_the_library(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.changes("two", items=[item(UTOPIA)], more=True)
    shelf.library.mark, shelf.library.pages = "other", (((card(LIN, "p-lin"),), (item(EMMA),)),)
    await snapshot.refresh(watermark=0)
    assert snapshot.item(EMMA) is not None
    assert snapshot.item(UTOPIA) is None
    assert snapshot.item(DUNE) is None


@run_async
async def test_changes_during_a_full_copy_are_included(shelf: Shelf) -> None:
    first = shelf.library.leaf(1)
    shelf.library.changes("two", items=[item(DUNE)])
    shelf.library.news["two.w1"] = [first.model_copy(update={"mark": "one"})]
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    assert shelf.library.asked == ["", "two.w1", "one"]
    dune = snapshot.item(DUNE)
    assert dune is not None
    assert dune.status is ItemStatus.ON_SHELF


@run_async
async def test_interrupted_delta_is_not_applied(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=1)
    shelf.library.changes("half", items=[item(DUNE)], gone_cards=[ADA], more=True)
    shelf.library.away_at = {"half"}
    shelf.library.mark = "two"
    with pytest.raises(CentralUnavailable):
        await snapshot.refresh(watermark=2)
    for known in (snapshot, shelf.open()):
        dune = known.item(DUNE)
        assert dune is not None
        assert dune.status is ItemStatus.ON_LOAN
        assert known.patron(ADA) is not None
        assert known.watermark == 1


@run_async
async def test_desk_reads_the_old_data_while_a_delta_is_written(shelf: Shelf) -> None:
    seen = []

    class ReadingLibrary(Library):
        async def snapshot_page(self, since: str) -> SnapshotPage | None:
            if since == "half":
                seen.append((snapshot.item(DUNE), snapshot.patron(ADA), snapshot.watermark))
            return await super().snapshot_page(since)

    await shelf.open().refresh(watermark=1)
    library = shelf.library = ReadingLibrary(TWO_PAGES)
    library.changes("half", items=[item(DUNE)], gone_cards=[ADA], more=True)
    library.changes("two", items=[item(EMMA)])
    snapshot = shelf.open()
    before = (snapshot.item(DUNE), snapshot.patron(ADA), 1)
    await snapshot.refresh(watermark=2)
    assert seen == [before]
    assert (snapshot.item(DUNE), snapshot.patron(ADA), snapshot.watermark) != before


@run_async
async def test_interrupted_full_copy_keeps_the_old_data_and_resumes(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library = Library(TWO_PAGES, mark="two", away_at={"two.w1"})
    snapshot = shelf.open()
    with pytest.raises(CentralUnavailable):
        await snapshot.refresh(watermark=1)
    assert snapshot.patron(ADA) is not None
    assert snapshot.watermark == 0
    shelf.library.away_at.clear()
    shelf.library.asked.clear()
    await snapshot.refresh(watermark=2)
    assert shelf.library.asked == ["two.w1", "two"]
    assert snapshot.watermark == 2
    assert snapshot.patron(ADA) is not None and snapshot.patron(LIN) is not None


@run_async
async def test_interrupted_full_copy_of_another_process_is_restarted(shelf: Shelf) -> None:
    shelf.library.away_at = {"one.w1"}
    with pytest.raises(CentralUnavailable):
        await shelf.open().refresh(watermark=0)
    shelf.library.away_at.clear()
    shelf.library.asked.clear()
    snapshot = shelf.open()
    assert snapshot.policy is None
    await snapshot.refresh(watermark=0)
    assert shelf.library.asked == ["", "one.w1", "one"]
    assert snapshot.patron(LIN) is not None


@run_async
async def test_endless_delta_is_rejected(shelf: Shelf) -> None:
    shelf.library.news[""] = [shelf.library.leaf(0).model_copy(update={"mark": "same"})]
    shelf.library.news["same"] = [SnapshotPage(wire=1, mark="same", more=True)]
    with pytest.raises(CentralUnavailable, match="unusable_answer"):
        await shelf.open().refresh(watermark=0)


@run_async
async def test_delta_without_a_full_copy_is_rejected(shelf: Shelf) -> None:
    shelf.library.news[""] = [SnapshotPage(wire=1, mark="one", items=[item(DUNE)])]
    with pytest.raises(CentralUnavailable, match="unusable_answer"):
        await shelf.open().refresh(watermark=0)


@run_async
async def test_first_page_without_policy_is_rejected(shelf: Shelf) -> None:
    shelf.library.news[""] = [shelf.library.leaf(0).model_copy(update={"policy": None})]
    with pytest.raises(CentralUnavailable, match="unusable_answer"):
        await shelf.open().refresh(watermark=0)


@run_async
async def test_policy_with_an_unknown_timezone_is_rejected(shelf: Shelf) -> None:
    library = shelf.library
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    wrong = policy_to(replace(POLICY, timezone="Asia/Shanghia"))
    library.changes("two", policy=wrong, gone_items=[DUNE])
    uploader = FakeUploader()
    async with running(snapshot, uploader):
        await until(lambda: shelf.reason == "unusable_answer")
        assert snapshot.policy == POLICY
        assert snapshot.item(DUNE) is not None
        assert uploader.online
        library.news["one"] = [SnapshotPage(wire=1, mark="two", gone_items=[DUNE])]
        await at_rest(shelf)
        await shelf.clock.pass_time(180)
        await until(lambda: shelf.parts[PartName.SNAPSHOT].condition is Condition.READY)
        assert snapshot.item(DUNE) is None


@run_async
async def test_stored_snapshot_with_an_unknown_timezone_is_dropped(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute("UPDATE meta SET policy = replace(policy, 'Asia/Shanghai', 'Mars/Olympus')")
    assert shelf.open().policy is None
    assert not shelf.path.exists()


@run_async
async def test_snapshot_keeps_only_titles_and_rules_after_seven_days(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    await shelf.clock.jump(timedelta(days=7).total_seconds())
    assert snapshot.patron(ADA) is not None
    assert not snapshot.outdated
    await shelf.clock.pass_time(1)
    assert snapshot.stale and snapshot.outdated
    assert snapshot.day == date(2026, 11, 22)
    assert snapshot.patron(ADA) is None
    assert snapshot.items_of(ADA_REF) == []
    assert snapshot.item(DUNE) == Item(DUNE, "Title 18")
    assert snapshot.policy == POLICY


class WrongClock(HandClock):
    """A wall clock that can be set wrong."""

    ahead = timedelta()
    believed = ClockTrust.SYNCED

    def now(self) -> datetime:
        return super().now() + self.ahead

    def trust(self) -> ClockTrust:
        return self.believed


@run_async
async def test_clock_set_back_does_not_extend_the_validity(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    clock.ahead = timedelta(days=-3650)
    await clock.jump(timedelta(days=6).total_seconds())
    assert not snapshot.stale
    assert snapshot.patron(ADA) is not None
    await clock.jump(timedelta(days=1, seconds=1).total_seconds())
    assert snapshot.stale
    await snapshot.refresh(watermark=0)
    assert not snapshot.stale


def bytes_of(path: Path) -> bytes:
    """Return the bytes of the snapshot and of all files next to it."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(f"{path.name}*")))


async def becomes_true(shelf: Shelf, done: Callable[[], bool], rounds: int = 30) -> bool:
    """Advance up to 90 minutes in steps until `done`; return whether it became true."""
    for _ in range(rounds):
        await at_rest(shelf)
        if done():
            return True
        await shelf.clock.pass_time(180)
    await at_rest(shelf)
    return done()


async def at_rest(shelf: Shelf) -> None:
    """Wait until the snapshot is idle. A clock moved earlier would wake no task."""
    await until(lambda: shelf.clock.asleep > 0)


@run_async
async def test_outdated_patron_data_is_erased_from_the_file_and_titles_stay(shelf: Shelf) -> None:
    snapshot, uploader = shelf.open(), FakeUploader()
    async with running(snapshot, uploader):
        assert await becomes_true(shelf, lambda: snapshot.policy is not None)
        assert all(each in bytes_of(shelf.path) for each in PERSONAL)
        shelf.library.away = True
        uploader.online = False
        await shelf.clock.jump(timedelta(days=7, seconds=-3600).total_seconds())
        assert not await becomes_true(shelf, lambda: not any(each in bytes_of(shelf.path) for each in PERSONAL), 20)
        assert await becomes_true(shelf, lambda: not any(each in bytes_of(shelf.path) for each in PERSONAL), 60)
        assert snapshot.item(DUNE) == Item(DUNE, "Title 18")
        assert (snapshot.outdated, snapshot.policy, snapshot.day) == (True, POLICY, date(2026, 11, 22))
        assert shelf.reason == "stale"
        shelf.library.away = False
        uploader.online = True
        assert await becomes_true(shelf, lambda: snapshot.patron(ADA) is not None)
        assert not snapshot.stale
        assert "" in shelf.library.asked[1:], "a full copy was requested"


def offline_note(shelf: Shelf) -> float:
    try:
        return float(json.loads(shelf.path.with_name(f"{shelf.path.name}.waited").read_bytes())["seconds"])
    except FileNotFoundError:
        return -1


@run_async
async def test_offline_days_count_across_restarts_with_a_slow_clock(shelf: Shelf) -> None:
    """The power is cut every night, and the clock restarts from before the copy was fetched."""
    await shelf.open().refresh(watermark=0)
    for day in range(1, 9):
        shelf.clock = WrongClock()
        shelf.clock.ahead = timedelta(days=-30)
        async with running(snapshot := shelf.open(), FakeUploader(online=False)):
            await at_rest(shelf)
            await shelf.clock.jump(timedelta(hours=23).total_seconds())
            await until(lambda day=day: offline_note(shelf) >= 23 * 3600 * day)  # type: ignore[misc]
            assert snapshot.stale is (day == 8), day
        assert shelf.open().stale is (day == 8)


@run_async
async def test_contact_with_the_hub_resets_the_offline_duration(shelf: Shelf) -> None:
    clock = shelf.clock
    snapshot, uploader = shelf.open(), FakeUploader()
    await snapshot.refresh(watermark=0)
    uploader.online = False
    async with running(snapshot, uploader):
        await at_rest(shelf)
        await clock.jump(timedelta(days=6).total_seconds())
        await until(lambda: offline_note(shelf) > 0)
        uploader.online = True
        snapshot.refresh_soon()
        await until(lambda: uploader.forgotten == 0)
        await until(lambda: offline_note(shelf) == 0)
    again = shelf.open()
    await clock.jump(timedelta(days=2).total_seconds())
    assert not again.stale


@pytest.mark.parametrize("seconds", ['"x"', "1e308", "NaN", "null"])
@pytest.mark.parametrize("note", ["", "[]", "\xff", '{{"mark": "one", "seconds": {}}}'])
def test_invalid_offline_note_counts_as_zero(tmp_path: Path, note: str, seconds: str) -> None:
    path = tmp_path / "snapshot.db"
    path.with_name("snapshot.db.waited").write_text(note.format(seconds), encoding="latin-1")
    assert OfflineDuration(path).read("one") == timedelta()


@run_async
async def test_erased_data_stays_erased_after_the_clock_is_set_back(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    snapshot, uploader = shelf.open(), FakeUploader()
    await snapshot.refresh(watermark=0)
    uploader.online = False
    await clock.jump(timedelta(days=8).total_seconds())
    async with running(snapshot, uploader):
        assert await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
    clock.ahead = timedelta(days=-9)
    again = shelf.open()
    assert again.stale
    assert again.item(DUNE) == Item(DUNE, "Title 18"), "without a status"


@run_async
async def test_untrusted_clock_erases_nothing(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    await snapshot.refresh(watermark=0)
    clock.ahead, clock.believed = timedelta(days=3650), ClockTrust.UNKNOWN
    async with running(snapshot, uploader):
        assert not await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
        clock.ahead, clock.believed = timedelta(), ClockTrust.SYNCED
    assert snapshot.patron(ADA) is not None


@run_async
async def test_clock_error_of_less_than_an_hour_erases_nothing(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    await snapshot.refresh(watermark=0)
    async with running(snapshot, uploader):
        for _ in range(3):
            clock.ahead = timedelta(days=3650)
            await becomes_true(shelf, lambda: False, 15)
            clock.ahead = timedelta()
            await becomes_true(shelf, lambda: False, 2)
        assert snapshot.patron(ADA) is not None


@run_async
async def test_untrusted_fetch_date_is_corrected_by_the_first_trusted_clock(shelf: Shelf) -> None:
    """A copy fetched while the clock was ten years behind is not ten years old once the clock is set."""
    clock = shelf.clock = WrongClock()
    clock.ahead, clock.believed = timedelta(days=-3650), ClockTrust.UNKNOWN
    first = shelf.open()
    await first.refresh(watermark=0)
    clock.ahead, clock.believed = timedelta(), ClockTrust.RESTORED
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    async with running(snapshot, uploader):
        assert not await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
    again = shelf.open()
    await clock.jump(timedelta(days=6).total_seconds())
    later = shelf.open()
    async with running(later, uploader):
        assert not await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
        await clock.jump(timedelta(days=1).total_seconds())
        assert await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path), 60)
    assert again.policy == POLICY


@run_async
async def test_offline_duration_counts_without_a_trusted_clock(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    clock.believed = ClockTrust.UNKNOWN
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    await snapshot.refresh(watermark=0)
    clock.ahead = timedelta(days=-3650)
    await clock.jump(timedelta(days=7, seconds=1).total_seconds())
    async with running(snapshot, uploader):
        assert await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))


@run_async
async def test_interrupted_full_copy_is_erased_too(shelf: Shelf) -> None:
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    await snapshot.refresh(watermark=0)
    shelf.library.mark = "two"
    shelf.library.away_at = {"two.w1"}
    with pytest.raises(CentralUnavailable):
        await snapshot.refresh(watermark=0)
    assert shelf.path.with_name("snapshot.db.new").exists()
    await shelf.clock.jump(timedelta(days=8).total_seconds())
    async with running(snapshot, uploader):
        assert await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
    assert not shelf.path.with_name("snapshot.db.new").exists()


@run_async
async def test_erasure_waits_for_free_disk_space(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, uploader = shelf.open(), FakeUploader(online=False)
    await snapshot.refresh(watermark=0)
    monkeypatch.setattr(writer, "free_space", lambda _: writer.LEAST_FREE)
    await shelf.clock.jump(timedelta(days=8).total_seconds())
    async with running(snapshot, uploader):
        assert not await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
        monkeypatch.undo()
        assert await becomes_true(shelf, lambda: ADA_CARD not in bytes_of(shelf.path))
        assert snapshot.item(DUNE) == Item(DUNE, "Title 18")


def test_replaced_file_is_overwritten(tmp_path: Path) -> None:
    path, held = tmp_path / "snapshot.db", tmp_path / "held"
    path.write_bytes(b"secret" * 300_000)
    os.link(path, held)  # a second link keeps the old blocks readable
    with writer.overwrite_old_file(path):
        path.unlink()
        path.write_bytes(b"new")
    assert path.read_bytes() == b"new"
    assert b"secret" not in held.read_bytes()
    with contextlib.suppress(OSError), writer.overwrite_old_file(path):
        raise OSError(28, "No space left on device")
    assert path.read_bytes() == b"new"


@run_async
async def test_temporarily_fast_clock_keeps_the_data(shelf: Shelf) -> None:
    clock = shelf.clock = WrongClock()
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    clock.ahead = timedelta(days=3650)
    assert snapshot.patron(ADA) is None
    clock.ahead = timedelta()
    assert snapshot.patron(ADA) is not None


@pytest.mark.parametrize("content", [b"", b"no database" * 500, os.urandom(8192)], ids=["empty", "text", "noise"])
@run_async
async def test_damaged_snapshot_is_dropped_and_fetched_again(shelf: Shelf, content: bytes) -> None:
    shelf.path.write_bytes(content)
    snapshot = shelf.open()
    assert not shelf.path.exists()
    assert shelf.reason == "missing"
    await snapshot.refresh(watermark=0)
    assert snapshot.patron(ADA) is not None


@run_async
async def test_older_snapshot_version_is_logged_and_fetched_again(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    await shelf.open().refresh(watermark=0)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute(VERSION_1)
    snapshot = shelf.open()
    assert "is damaged and will be fetched again: version 1, expected 10" in caplog.text
    assert shelf.reason == "missing"
    await snapshot.refresh(watermark=0)
    assert snapshot.patron(ADA) is not None


@pytest.mark.parametrize("statement", INVALID_META)
@run_async
async def test_snapshot_with_invalid_metadata_is_dropped(shelf: Shelf, statement: str) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute(statement)
    db.close()
    assert shelf.open().policy is None
    assert not shelf.path.exists()


@pytest.mark.parametrize("table", ["cards", "items", "states"])
@run_async
async def test_missing_table_drops_the_snapshot_at_once(shelf: Shelf, table: str) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute(f"DROP TABLE {table}")
    db.close()
    snapshot = shelf.open()
    if table == "cards":
        assert snapshot.patron(ADA) is None
    else:
        assert snapshot.item(DUNE) is None
    assert not shelf.path.exists()
    assert snapshot.items_of(ADA_REF) == []


@run_async
async def test_torn_page_is_detected_at_start(shelf: Shelf) -> None:
    shelf.library.pages = (((), [item(ItemId(f"3000{number:010d}"), "p-ada") for number in range(800)]),)
    await shelf.open().refresh(watermark=0)
    whole = bytearray(shelf.path.read_bytes())
    whole[-4096 * 6 : -4096 * 2] = bytes(4096 * 4)
    shelf.path.write_bytes(whole)
    snapshot, uploader = shelf.open(), FakeUploader()
    shelf.library.asked.clear()
    async with running(snapshot, uploader):
        await until(lambda: uploader.forgotten == 0)
    assert shelf.library.asked[0] == "", "the snapshot was dropped"
    assert len(snapshot.items_of(ADA_REF)) == 800


@run_async
async def test_damaged_loan_data_drops_the_snapshot_at_once(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute("ALTER TABLE states DROP COLUMN due")
    db.close()
    snapshot = shelf.open()
    assert snapshot.items_of(ADA_REF) == []
    assert not shelf.path.exists()


@run_async
async def test_damage_found_during_a_delta_drops_the_snapshot(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute("DROP TABLE states")
    snapshot, uploader = shelf.open(), FakeUploader()
    shelf.library.changes("two", items=[item(DUNE)])
    async with running(snapshot, uploader):
        await until(lambda: uploader.forgotten == 0)
    assert snapshot.item(DUNE) is not None
    assert shelf.library.asked[-2:] == ["two.w1", "two"]


@run_async
async def test_snapshot_refreshes_every_three_minutes_and_after_reconnecting(shelf: Shelf) -> None:
    uploader = FakeUploader(watermark=4)
    snapshot = shelf.open()
    asked = shelf.library.asked
    async with running(snapshot, uploader):
        await until(lambda: uploader.forgotten == 4)
        await at_rest(shelf)
        await shelf.clock.pass_time(179)
        assert len(asked) == 3
        await shelf.clock.pass_time(1)
        await until(lambda: len(asked) == 4)
        await at_rest(shelf)
        uploader.online = False
        await shelf.clock.pass_time(900)
        assert len(asked) == 4
        uploader.online = True
        snapshot.refresh_soon()
        await until(lambda: len(asked) == 5)


@run_async
async def test_failed_refresh_is_reported_to_the_uploader(shelf: Shelf) -> None:
    uploader = FakeUploader()
    shelf.library.away = True
    async with running(shelf.open(), uploader):
        await until(lambda: uploader.missed_for == ["no_connection"])
        assert shelf.reason == "missing"


@run_async
async def test_outdated_snapshot_is_reported_to_the_technician(shelf: Shelf) -> None:
    uploader = FakeUploader()
    async with running(shelf.open(), uploader):
        await until(lambda: uploader.forgotten == 0)
        await at_rest(shelf)
        uploader.online = False
        await shelf.clock.jump(timedelta(days=7, minutes=5).total_seconds())
        assert shelf.reason == "stale"


@run_async
async def test_unwritable_disk_is_reported_and_keeps_the_old_snapshot(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.mark = "two"
    shelf.path.with_name("snapshot.db.new").mkdir()
    uploader = FakeUploader()
    async with running(snapshot, uploader):
        await until(lambda: shelf.reason == "unwritable")
        assert snapshot.patron(ADA) is not None
        assert uploader.online
        shelf.path.with_name("snapshot.db.new").rmdir()
        await at_rest(shelf)
        await shelf.clock.pass_time(180)
        await until(lambda: shelf.parts[PartName.SNAPSHOT].condition is Condition.READY)


@run_async
async def test_last_free_space_is_reserved_for_the_journal(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.changes("two", gone_items=[DUNE])
    monkeypatch.setattr(writer, "free_space", lambda _folder: writer.LEAST_FREE - 1)
    with pytest.raises(SnapshotUnwritable, match="128 MiB"):
        await snapshot.refresh(watermark=0)
    assert snapshot.item(DUNE) is not None


async def until(true: Callable[[], bool]) -> None:
    """Yield to the worker threads of a fetch until a condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def running(snapshot: Snapshot, uploader: FakeUploader) -> AsyncIterator[None]:
    task = asyncio.ensure_future(snapshot.run(uploader))
    try:
        yield
        assert not task.done(), task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@run_async
async def test_snapshot_file_reveals_no_loans_without_the_card(shelf: Shelf) -> None:
    """A stolen SD card holds no pseudonyms and no link between two items of one patron."""
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    both = [loaned(DUNE, "p-lin-of-the-hub"), loaned(EMMA, "p-lin-of-the-hub")]
    shelf.library.changes("two", items=both, cards=[card(LIN, "p-lin-of-the-hub")])
    await snapshot.refresh(watermark=3)
    files = b"".join(each.read_bytes() for each in shelf.path.parent.iterdir() if each.is_file())
    assert b"p-lin-of-the-hub" not in files and LIN.encode() not in files
    dune, emma = snapshot.item(DUNE), snapshot.item(EMMA)
    assert dune is not None and emma is not None and dune.holder != emma.holder
    patron = snapshot.patron(LIN)
    assert patron is not None and patron.ref == "p-lin-of-the-hub"
    assert [each.id for each in snapshot.items_of(patron.ref)] == sorted([DUNE, EMMA]), (
        "the patron reference opens them"
    )


def with_picks(ref: CardRef, patron: str, *picks: Recommendation) -> SnapshotCard:
    return card(ref, patron).model_copy(update={"picks": sealing.seal_for_card(ref, picks_text(picks))})


@pytest.fixture
def recommending(tmp_path: Path) -> Shelf:
    pages = (((with_picks(ADA, "p-ada", PICK), card(LIN, "p-lin")), (item(DUNE), item(EMMA))),)
    return Shelf(tmp_path / "snapshot.db", Library(pages))


def found(raw: bytes) -> set[str]:
    """Return what the bytes reveal: titles, reasons, and the card in either form."""
    marks = {word: word.encode() for word in WORDS} | {ADA: ADA.encode(), "card": bytes.fromhex(ADA)}
    return {name for name, mark in marks.items() if mark in raw}


@run_async
async def test_recommendations_open_with_the_card(recommending: Shelf) -> None:
    snapshot = recommending.open()
    await snapshot.refresh(watermark=0)
    (pick,) = snapshot.picks(ADA)
    assert (pick.title, pick.why["zh"], pick.items) == ("生死场", "因为您借过《呼兰河传》", (ItemId(EMMA),))
    assert snapshot.picks(LIN) == () and snapshot.picks(CardRef("c" * 64)) == ()
    assert snapshot.patron(ADA) is not None


@run_async
async def test_snapshot_file_reveals_no_recommendations(recommending: Shelf) -> None:
    await recommending.open().refresh(watermark=0)
    raw = bytes_of(recommending.path)
    assert b"Title" in raw, "titles of the library are found"
    assert found(raw) == set()


@run_async
async def test_search_detects_unencrypted_recommendations(recommending: Shelf) -> None:
    """Control: the same file with the same row unencrypted."""
    await recommending.open().refresh(watermark=0)
    db = apsw.Connection(str(recommending.path))
    row = (bytes.fromhex(ADA), picks_text([PICK]), sealing.place(ADA))
    db.execute("UPDATE cards SET card = ?, picks = ? WHERE card = ?", row)
    db.close()
    assert found(bytes_of(recommending.path)) == {*WORDS, "card"}


@run_async
async def test_recommendations_sealed_to_another_card_do_not_open(recommending: Shelf) -> None:
    await recommending.open().refresh(watermark=0)
    db = apsw.Connection(str(recommending.path))
    db.execute("UPDATE cards SET picks = (SELECT picks FROM cards WHERE card = ?)", (sealing.place(ADA),))
    db.close()
    snapshot = recommending.open()
    assert snapshot.picks(LIN) == ()
    assert recommending.reason == "missing", "the snapshot counts as damaged and is fetched again"


@run_async
async def test_withdrawn_recommendations_disappear_at_the_next_refresh(recommending: Shelf) -> None:
    snapshot = recommending.open()
    await snapshot.refresh(watermark=0)
    recommending.library.changes("two", cards=[card(ADA, "p-ada")])
    await snapshot.refresh(watermark=0)
    assert snapshot.picks(ADA) == () and snapshot.patron(ADA) is not None
