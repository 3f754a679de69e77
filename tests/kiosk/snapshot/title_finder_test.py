"""Test title search in the snapshot: words, initials, numbers, and titles changed since."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import apsw
import pytest

from hub.catalogue.search import index
from kiosk.screens.samples.sample_parts import FOUND
from kiosk.snapshot.snapshot import Snapshot
from kiosk.snapshot.title_finder import Finder, Index, Overtaken
from kiosk.snapshot.writer import TitlesOnlyWriter
from kiosk.system.health import Health
from lending import title_search
from lending.model import ItemId, ItemStatus
from lending.title_result import Availability, SearchResults
from lending.wire import SnapshotTitle, WireBay, WireFloor, WireItem
from tests.kiosk.snapshot.snapshot_test import Library
from tests.kiosk.sync.bench import HandClock, run_async
from tests.support.patience import PATIENCE

FLOOR = WireFloor(
    name={"zh": "二楼", "en": "Second floor"},
    position=2,
    width=24,
    height=12,
    you=(2, 10),
    bays=[WireBay(code="14", x=8, y=2, width=1, height=4, first="364", last="370")],
)


def title(key: int, name: str, author: str = "", initials: str = "", isbn: str = "", **more: object) -> SnapshotTitle:
    """Title as sent by the hub."""
    plain = title_search.fold(name)
    words = [
        title_search.title_token(plain),
        *([title_search.INITIALS + initials] if initials else []),
        *title_search.tokens(plain),
    ]
    words += [*title_search.tokens(title_search.fold(author)), isbn]
    return SnapshotTitle(id=key, title=name, author=author, words=" ".join(words), **more)


def copy(barcode: str, of: int, status: ItemStatus = ItemStatus.ON_SHELF, branch: str = "main") -> WireItem:
    return WireItem(id=barcode, title="", call_number="364.162 HAR", branch=branch, status=status, title_id=of)


TITLES = [
    title(1, "The island of lost maps", "Harvey, Miles", isbn="9780375501517", call_number="364.162 HAR"),
    title(2, "English maps", "Delano-Smith, Catherine"),
    title(3, "红楼梦", "曹雪芹", initials="hlm"),
    title(4, "Монгол орны газрын зураг", link="https://hub.example/p/read/4/"),
]
COPIES = [
    copy("1001", 1),
    copy("1002", 1, ItemStatus.ON_LOAN),
    copy("1003", 2, ItemStatus.ON_LOAN),
    copy("1004", 3, branch="north"),
]


@dataclass
class Kept:
    snapshot: Snapshot
    library: Library
    clock: HandClock
    path: Path

    async def found(self, typed: str) -> SearchResults:
        answer = await self.snapshot.find(typed)
        assert answer is not None
        return answer

    async def ids(self, typed: str) -> list[int]:
        return [each.id for each in (await self.found(typed)).works]


@asynccontextmanager
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    library, clock = Library((((), ()),)), HandClock()
    snapshot = Snapshot(tmp_path / "snapshot.db", library, clock, Health(lambda part, state: None))
    await snapshot.refresh(0)
    library.changes("two", titles=TITLES, items=COPIES, floors=[FLOOR])
    await snapshot.refresh(0)
    yield Kept(snapshot, library, clock, tmp_path / "snapshot.db")


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("map", [2, 1]),
        ("lost ma", [1]),
        ("english maps", [2]),
        ("HLM", [3]),
        ("hl", [3]),
        ("harvey", [1]),
        ("978-0-375-50151-7", [1]),
        ("0375501517", [1]),
        ("97803", [1]),
        ("газрын зур", [4]),
        ("红楼", [3]),
        ("", []),
        ("m", []),
    ],
)
@run_async
async def test_typed_text_finds_the_expected_titles(tmp_path: Path, typed: str, ids: list[int]) -> None:
    async with kept(tmp_path) as known:
        assert await known.ids(typed) == ids


@run_async
async def test_search_result_shows_where_copies_are(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        works = {each.id: each for typed in ("map", "hlm", "монгол") for each in (await known.found(typed)).works}
        assert {key: each.whereabouts("main") for key, each in works.items()} == {
            1: Availability.HERE,
            2: Availability.OUT,
            3: Availability.ELSEWHERE,
            4: Availability.ONLINE,
        }
        assert works[1].call_number_at("main") == "364.162 HAR" and len(works[1].copies) == 2
        (floor,) = known.snapshot.floors
        assert floor.bays[0].code == "14" and floor.name["en"] == "Second floor"


@run_async
async def test_title_is_found_by_its_id_or_a_copy(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        (work,) = (await known.snapshot.title(1, ItemId(""))).works
        (of_copy,) = (await known.snapshot.title(0, work.copies[0].id)).works
        assert work == of_copy and work.title == "The island of lost maps" and len(work.copies) == 2
        assert (await known.snapshot.title(0, ItemId("no such item"))).works == ()
        assert (await known.snapshot.title(99, work.copies[0].id)).works == ()


@run_async
async def test_search_follows_deltas(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        assert await known.ids("map") == [2, 1]
        known.library.changes("three", titles=[title(2, "English atlas"), title(9, "Maps of Mars")], gone_titles=[1])
        await known.snapshot.refresh(0)
        assert await known.ids("map") == [9] and await known.ids("english atlas") == [2]
        assert (await known.found("lost")).close, "removed titles leave the index"
        assert await known.ids("english ma") == [2] and (await known.found("english ma")).close


@run_async
async def test_partial_match_is_marked_close(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        found = await known.found("island of dinosaurs")
        assert found.close and [each.id for each in found.works] == [1]
        assert not (await known.found("map")).close


@run_async
async def test_outdated_snapshot_hides_item_status_and_keeps_titles(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        day = known.clock.now()
        await known.clock.jump(8 * 24 * 3600)
        opened = await known.snapshot.title(1, ItemId(""))
        assert opened.outdated and all(copy.status is ItemStatus.ON_SHELF for copy in opened.works[0].copies)
        found = await known.found("map")
        assert found.outdated and found.as_of is not None and found.as_of <= day + timedelta(seconds=1)
        assert all(copy.status is ItemStatus.ON_SHELF for each in found.works for copy in each.copies)


@run_async
async def test_titles_and_search_index_survive_the_erasure(tmp_path: Path) -> None:
    async with kept(tmp_path) as known:
        label = known.snapshot._label
        assert label is not None
        writer = TitlesOnlyWriter(known.path)
        known.snapshot._close()
        writer.finish(label)
        with known.snapshot._finder:
            writer.put_in_place()
        known.snapshot._open()
        assert await known.ids("map") == [2, 1] and await known.ids("hlm") == [3]
        assert known.snapshot.floors
        assert (await known.found("english maps")).works[0].on_shelf  # the loan was erased


def test_newer_query_overtakes_older_ones(tmp_path: Path) -> None:
    """While the file is blocked no search runs; afterwards only the newest waiting one is answered."""

    async def make() -> None:
        async with kept(tmp_path):
            pass

    asyncio.run(make())
    finder, answers = Finder(tmp_path / "snapshot.db"), dict[str, list[int] | None]()

    def search_for(typed: str) -> None:
        try:
            answers[typed] = [each.id for each in finder.find(typed)[0]]
        except Overtaken:
            answers[typed] = None

    with finder:
        threads = []
        for typed in ("ma", "map", "maps"):
            threads.append(threading.Thread(target=search_for, args=(typed,)))
            threads[-1].start()
            while finder._newest < len(threads) + 1:
                pass
    for each in threads:
        each.join(PATIENCE)
    assert answers == {"ma": None, "map": None, "maps": [2, 1]}


@pytest.mark.parametrize("language", FOUND)
def test_typed_text_of_each_sample_finds_every_title(language: str, tmp_path: Path) -> None:
    typed, books = FOUND[language]
    db = apsw.Connection(str(tmp_path / "titles.db"))
    db.execute("CREATE VIRTUAL TABLE sought USING fts5(words, tokenize = 'unicode61 remove_diacritics 0')")
    for key, (title, *_) in enumerate(books):
        plain = index.plain(title)
        initials = [title_search.INITIALS + each for each in index.initials(plain)]
        indexed = " ".join((title_search.title_token(plain), *initials, *title_search.tokens(plain)))
        db.execute("INSERT INTO sought (rowid, words) VALUES (?, ?)", (key, indexed))
    found = title_search.find(Index(db), title_search.query(title_search.fold(typed)))
    assert set(found.titles) == set(range(len(books))) and not found.close
