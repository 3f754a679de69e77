"""The snapshot: fetched whole, put in place by rename, believed for seven days, dropped when it is broken."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from kiosk.domain.model import CardRef, CardStatus, ItemId, ItemStatus, PatronRef
from kiosk.domain.policy import Policy, Rule
from kiosk.health import Condition, Health, PartName, PartState
from kiosk.snapshot import Snapshot
from kiosk.sync.central import CentralAway
from kiosk.sync.wire import SnapshotCard, SnapshotPage, WireItem, WirePatron, policy_to
from tests.sync.bench import ADA, DUNE, EMMA, LIN, HandClock, settle, told

POLICY = Policy(rules=(Rule(days=28),), timezone="Asia/Shanghai")
ADA_REF = PatronRef("p-ada")
Leaves = Sequence[tuple[Sequence[SnapshotCard], Sequence[WireItem]]]
STRANGE = ["UPDATE meta SET version = 9", "UPDATE meta SET policy = '{}'", "DELETE FROM meta"]


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
    """Gives its pages by etag, as the hub does."""

    pages: Leaves
    etag: str = "one"
    asked: list[tuple[int, str]] = field(default_factory=list)
    away: bool = False
    changes_while_read: int = 0

    async def snapshot_page(self, page: int, etag: str) -> SnapshotPage | None:
        self.asked.append((page, etag))
        if self.away:
            raise CentralAway("no_connection")
        if page > 1 and self.changes_while_read:
            self.changes_while_read -= 1
            self.etag += "'"
        if etag == self.etag:
            return None
        cards, items = self.pages[page - 1]
        return SnapshotPage(
            wire=1,
            etag=self.etag,
            made_at=datetime.now(UTC),
            page=page,
            pages=len(self.pages),
            policy=policy_to(POLICY) if page == 1 else None,
            cards=list(cards),
            items=list(items),
        )


@dataclass
class Way:
    """The courier, as the snapshot sees it."""

    online: bool = True
    watermark: int = 0
    missed_for: list[str] = field(default_factory=list)
    forgotten: int = -1

    def missed(self, reason: str) -> None:
        self.missed_for.append(reason)
        self.online = False

    def forget(self, seq: int) -> None:
        self.forgotten = seq


@dataclass
class Shelf:
    """A snapshot with all that stands around it."""

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


@told
async def test_the_first_copy_brings_policy_cards_and_items(shelf: Shelf) -> None:
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
    assert [held.id for held in snapshot.held_by(ADA_REF)] == [DUNE]
    assert snapshot.patron(CardRef("c" * 64)) is None
    assert snapshot.item(ItemId("1")) is None
    assert shelf.parts[PartName.SNAPSHOT].condition is Condition.READY
    assert os.listdir(shelf.path.parent) == ["snapshot.db"]


@told
async def test_a_copy_outlives_the_process(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=7)
    again = shelf.open()
    assert again.policy == POLICY
    assert again.watermark == 7
    assert again.fetched_at == shelf.clock.now()
    assert again.patron(ADA) is not None


@told
async def test_an_unchanged_library_sends_nothing_and_confirms_the_copy(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=7)
    made = shelf.path.stat().st_mtime_ns
    await shelf.clock.pass_time(3600)
    await snapshot.refresh(watermark=9)
    assert shelf.library.asked[-1] == (1, "one")
    assert snapshot.watermark == 9
    assert snapshot.fetched_at == shelf.clock.now()
    assert shelf.path.stat().st_mtime_ns == made


@told
async def test_a_new_copy_takes_the_old_ones_place_whole(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.etag, shelf.library.pages = "two", (((card(LIN, "p-lin"),), (item(DUNE),)),)
    await snapshot.refresh(watermark=0)
    dune = snapshot.item(DUNE)
    assert dune is not None
    assert dune.status is ItemStatus.ON_SHELF
    assert snapshot.item(EMMA) is None
    assert snapshot.patron(ADA) is None


@told
async def test_a_library_that_changes_between_two_pages_is_read_anew(shelf: Shelf) -> None:
    shelf.library.changes_while_read = 1
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    assert [page for page, _ in shelf.library.asked] == [1, 2, 1, 2]
    assert snapshot.patron(LIN) is not None


@told
async def test_a_library_that_never_holds_still_is_left_for_the_next_turn(shelf: Shelf) -> None:
    shelf.library.changes_while_read = 99
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    assert len(shelf.library.asked) == 6
    assert snapshot.policy is None
    assert os.listdir(shelf.path.parent) == []


@told
async def test_a_fetch_that_breaks_off_leaves_the_old_copy(shelf: Shelf) -> None:
    class Failing(Library):
        async def snapshot_page(self, page: int, etag: str) -> SnapshotPage | None:
            self.away = page == 2
            return await super().snapshot_page(page, etag)

    await shelf.open().refresh(watermark=0)
    shelf.library = Failing(etag="two", pages=TWO_PAGES)
    snapshot = shelf.open()
    with pytest.raises(CentralAway):
        await snapshot.refresh(watermark=0)
    assert snapshot.patron(ADA) is not None
    assert os.listdir(shelf.path.parent) == ["snapshot.db"]


@told
async def test_a_first_page_without_policy_is_no_snapshot(shelf: Shelf) -> None:
    class Lawless(Library):
        async def snapshot_page(self, page: int, etag: str) -> SnapshotPage | None:
            found = await super().snapshot_page(page, etag)
            return found and found.model_copy(update={"policy": None})

    shelf.library = Lawless(pages=TWO_PAGES)
    with pytest.raises(CentralAway, match="unusable_answer"):
        await shelf.open().refresh(watermark=0)


class Misruled(Library):
    """Its rules may be nonsense."""

    policy = POLICY

    async def snapshot_page(self, page: int, etag: str) -> SnapshotPage | None:
        found = await super().snapshot_page(page, etag)
        return found and found.model_copy(update={"policy": policy_to(self.policy) if page == 1 else None})


@told
async def test_a_snapshot_with_rules_that_nobody_can_reckon_with_is_not_taken(shelf: Shelf) -> None:
    library = shelf.library = Misruled(pages=TWO_PAGES)
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    library.etag, library.policy = "two", replace(POLICY, timezone="Asia/Shanghia")
    way = Way()
    async with running(snapshot, way):
        await until(lambda: shelf.reason == "unusable_answer")
        assert snapshot.policy == POLICY
        assert way.online
        library.policy = POLICY
        await shelf.clock.pass_time(180)
        await until(lambda: shelf.parts[PartName.SNAPSHOT].condition is Condition.READY)


@told
async def test_a_copy_on_disk_with_such_rules_is_dropped(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    with contextlib.closing(apsw.Connection(str(shelf.path))) as db:
        db.execute("UPDATE meta SET policy = replace(policy, 'Asia/Shanghai', 'Mars/Olympus')")
    assert shelf.open().policy is None
    assert not shelf.path.exists()


@told
async def test_after_seven_days_no_card_is_believed_but_titles_and_rules_go_on(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    await shelf.clock.jump(timedelta(days=7).total_seconds())
    assert snapshot.patron(ADA) is not None
    await shelf.clock.pass_time(1)
    assert snapshot.stale
    assert snapshot.patron(ADA) is None
    assert snapshot.item(DUNE) is not None
    assert snapshot.policy == POLICY


@pytest.mark.parametrize("content", [b"", b"no database" * 500, os.urandom(8192)], ids=["empty", "text", "noise"])
@told
async def test_a_damaged_copy_is_dropped_and_fetched_anew(shelf: Shelf, content: bytes) -> None:
    shelf.path.write_bytes(content)
    snapshot = shelf.open()
    assert not shelf.path.exists()
    assert shelf.reason == "missing"
    await snapshot.refresh(watermark=0)
    assert snapshot.patron(ADA) is not None


@pytest.mark.parametrize(
    "statement", ["UPDATE meta SET version = 9", "UPDATE meta SET policy = '{}'", "DELETE FROM meta"]
)
@told
async def test_a_copy_of_another_version_is_dropped(shelf: Shelf, statement: str) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute(statement)
    db.close()
    assert shelf.open().policy is None
    assert not shelf.path.exists()


@pytest.mark.parametrize("table", ["cards", "items"])
@told
async def test_damage_that_shows_late_drops_the_copy_at_once(shelf: Shelf, table: str) -> None:
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
    assert snapshot.held_by(ADA_REF) == []


@told
async def test_a_torn_page_is_found_when_the_copy_is_opened(shelf: Shelf) -> None:
    shelf.library.pages = (((), [item(ItemId(f"3000{number:010d}"), "p-ada") for number in range(800)]),)
    await shelf.open().refresh(watermark=0)
    whole = bytearray(shelf.path.read_bytes())
    whole[-4096 * 6 : -4096 * 2] = bytes(4096 * 4)
    shelf.path.write_bytes(whole)
    assert shelf.open().policy is None
    assert not shelf.path.exists()


@told
async def test_damage_among_the_loans_drops_the_copy_at_once(shelf: Shelf) -> None:
    await shelf.open().refresh(watermark=0)
    db = apsw.Connection(str(shelf.path))
    db.execute("ALTER TABLE items DROP COLUMN item")
    db.close()
    snapshot = shelf.open()
    assert snapshot.held_by(ADA_REF) == []
    assert not shelf.path.exists()


@told
async def test_it_asks_every_three_minutes_and_at_once_when_the_central_is_back(shelf: Shelf) -> None:
    way = Way(watermark=4)
    snapshot = shelf.open()
    asked = shelf.library.asked
    async with running(snapshot, way):
        await until(lambda: way.forgotten == 4)
        await shelf.clock.pass_time(179)
        assert len(asked) == 2
        await shelf.clock.pass_time(1)
        await until(lambda: len(asked) == 3)
        way.online = False
        await shelf.clock.pass_time(900)
        assert len(asked) == 3
        way.online = True
        snapshot.refresh_soon()
        await until(lambda: len(asked) == 4)


@told
async def test_a_central_that_does_not_answer_is_told_to_the_courier(shelf: Shelf) -> None:
    way = Way()
    shelf.library.away = True
    async with running(shelf.open(), way):
        await settle()
        assert way.missed_for == ["no_connection"]
        assert shelf.reason == "missing"


@told
async def test_a_copy_that_grows_old_is_told_to_the_technician(shelf: Shelf) -> None:
    way = Way()
    async with running(shelf.open(), way):
        await until(lambda: way.forgotten == 0)
        way.online = False
        await shelf.clock.jump(timedelta(days=7, minutes=5).total_seconds())
        assert shelf.reason == "stale"


@told
async def test_a_disk_that_takes_no_copy_is_told_and_the_old_one_stays(shelf: Shelf) -> None:
    snapshot = shelf.open()
    await snapshot.refresh(watermark=0)
    shelf.library.etag = "two"
    shelf.path.with_name("snapshot.db.new").mkdir()
    way = Way()
    async with running(snapshot, way):
        await until(lambda: shelf.reason == "unwritable")
        assert snapshot.patron(ADA) is not None
        assert way.online
        shelf.path.with_name("snapshot.db.new").rmdir()
        await shelf.clock.pass_time(180)
        await until(lambda: shelf.parts[PartName.SNAPSHOT].condition is Condition.READY)


async def until(true: Callable[[], bool]) -> None:
    """Lets the worker threads of a fetch go on until something is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def running(snapshot: Snapshot, way: Way) -> AsyncIterator[None]:
    turning = asyncio.ensure_future(snapshot.run(way))
    try:
        yield
    finally:
        turning.cancel()
        await asyncio.gather(turning, return_exceptions=True)
