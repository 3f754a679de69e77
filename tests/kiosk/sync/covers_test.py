"""Test that covers arrive in the background, and that no wrong, half or superfluous file is kept."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from kiosk.central import CentralUnavailable
from kiosk.snapshot.snapshot import Snapshot
from kiosk.sync import covers as covers_module
from kiosk.sync.covers import AGAIN, MOST_ASKED, PAUSE, CoverFetcher, is_cover
from kiosk.sync.http import Timing
from kiosk.sync.hub_client import HubClient
from kiosk.system.clock import SystemClock
from kiosk.system.health import Health
from lending.cover_store import LARGEST, CoverStore, mark_of
from lending.transactions import ClockTrust
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import Speech, raw, says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.sync.unknown_device import unknown_signer

HASTE = Timing(connect=0.2, read=0.2, whole=0.5)
PORTAL = b"<!DOCTYPE html><html><body>Please accept the terms of this network</body></html>"


def picture(seed: int = 1, size: tuple[int, int] = (100, 140), form: str = "WEBP") -> bytes:
    random, out = Random(seed), BytesIO()
    made = Image.new("RGB", size, tuple(random.randrange(256) for _ in range(3)))
    made.putpixel((0, 0), tuple(random.randrange(256) for _ in range(3)))
    made.save(out, form, **({"lossless": True} if form == "WEBP" else {}))
    return out.getvalue()


@dataclass
class QuickClock:
    """A clock that moves only by its sleeps."""

    passed: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed

    def trust(self) -> ClockTrust:
        return ClockTrust.SYNCED

    async def sleep(self, seconds: float) -> None:
        self.passed += seconds
        await asyncio.sleep(0)


@dataclass
class Hub:
    """Has these pictures; `away` says why it does not answer, `lies` what it sends in place of one."""

    pictures: Sequence[bytes] = ()
    away: str = ""
    lies: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    on_ask: Callable[[], None] = lambda: None

    async def cover(self, mark: str) -> bytes | None:
        self.asked.append(mark)
        self.on_ask()
        if self.away:
            raise CentralUnavailable(self.away)
        if mark in self.lies:
            return self.lies[mark]
        return next((each for each in self.pictures if mark_of(each) == mark), None)


@dataclass
class Names:
    """A snapshot with these covers."""

    marks: Sequence[str] | None
    position: str = "1.a"

    async def covers(self, most: int) -> Sequence[str] | None:
        return None if self.marks is None else self.marks[:most]


@dataclass
class Bench:
    store: CoverStore
    hub: Hub
    names: Names
    clock: QuickClock = field(default_factory=QuickClock)
    calm: bool = True
    budget: int = 400_000_000
    fetcher: CoverFetcher = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """What a new process knows: the files."""
        self.fetcher = CoverFetcher(self.store, self.hub, self.names, self.clock, lambda: self.calm, self.budget)

    def round(self) -> list[str]:
        """One round; returns what it asked for."""
        self.hub.asked.clear()
        asyncio.run(self.fetcher.refresh())
        return list(self.hub.asked)


def bench(folder: Path, *pictures: bytes, budget: int = 400_000_000) -> Bench:
    names = Names([mark_of(each) for each in pictures])
    return Bench(CoverStore(folder / "covers"), Hub(pictures), names, budget=budget)


ONE, TWO, THREE = (picture(seed) for seed in (1, 2, 3))


def test_what_is_missing_is_fetched_once_and_slowly(tmp_path: Path) -> None:
    kiosk = bench(tmp_path, ONE, TWO)
    assert kiosk.round() == [mark_of(ONE), mark_of(TWO)], "the newest title first"
    assert [kiosk.store.read(mark_of(each)) for each in (ONE, TWO)] == [ONE, TWO]
    assert kiosk.clock.passed == 2 * PAUSE
    kiosk.names.position = "2.b"
    assert kiosk.round() == []
    kiosk.restart()
    assert kiosk.round() == []


def test_nothing_is_read_while_nothing_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = bench(tmp_path, ONE)
    kiosk.round()
    monkeypatch.setattr(kiosk.store, "marks", lambda: pytest.fail("the folder is read"))
    assert kiosk.round() == []


def test_without_a_snapshot_nothing_is_asked_nor_dropped(tmp_path: Path) -> None:
    kiosk = bench(tmp_path, ONE)
    kiosk.round()
    kiosk.names.marks, kiosk.names.position = None, ""
    assert kiosk.round() == [] and kiosk.store.has(mark_of(ONE))


def test_a_patron_or_a_transaction_stops_it_and_it_goes_on_afterwards(tmp_path: Path) -> None:
    kiosk = bench(tmp_path, ONE, TWO, THREE)

    def comes() -> None:
        kiosk.calm = False

    kiosk.hub.on_ask = comes
    assert kiosk.round() == [mark_of(ONE)]
    assert kiosk.round() == []
    kiosk.calm, kiosk.hub.on_ask = True, lambda: None
    assert kiosk.round() == [mark_of(TWO), mark_of(THREE)]


def test_what_a_screen_lacked_comes_first(tmp_path: Path) -> None:
    kiosk = bench(tmp_path, ONE, TWO, THREE)
    kiosk.fetcher.want(mark_of(THREE))
    assert kiosk.round() == [mark_of(THREE), mark_of(ONE), mark_of(TWO)]


def test_what_screens_lacked_is_remembered_within_a_limit(tmp_path: Path) -> None:
    kiosk = bench(tmp_path)
    for number in range(MOST_ASKED + 50):
        kiosk.fetcher.want(f"{number:032x}")
    assert len(kiosk.round()) == MOST_ASKED


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(ONE[: len(ONE) // 2], id="half a file"),
        pytest.param(TWO, id="another picture"),
        pytest.param(PORTAL, id="a page"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_not_this_cover_is_not_kept_and_asked_for_an_hour_later(tmp_path: Path, sent: bytes) -> None:
    kiosk = bench(tmp_path, ONE, TWO)
    kiosk.hub.lies[mark_of(ONE)] = sent
    kiosk.round()
    assert list(kiosk.store.marks()) == [mark_of(TWO)], "it does not hold up the next one"
    kiosk.hub.lies.clear()
    assert kiosk.round() == []
    kiosk.clock.passed += AGAIN
    assert kiosk.round() == [mark_of(ONE)] and kiosk.store.has(mark_of(ONE))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(picture(size=(1, 1)), id="a dot"),
        pytest.param(picture(size=(900, 900)), id="too large"),
        pytest.param(picture(form="JPEG"), id="a JPEG"),
        pytest.param(picture(form="WEBP")[:-12], id="a damaged picture with the right name"),
        pytest.param(bytes(LARGEST + 1), id="too many bytes"),
    ],
)
def test_a_name_that_matches_does_not_make_it_a_cover(data: bytes) -> None:
    assert not is_cover(data, mark_of(data))
    assert is_cover(ONE, mark_of(ONE))


def test_a_hub_that_is_away_stops_the_round_and_the_next_one_begins_with_another(tmp_path: Path) -> None:
    kiosk = bench(tmp_path, ONE, TWO)
    kiosk.hub.away = "time_out"
    assert kiosk.round() == [mark_of(ONE)]
    kiosk.hub.away = ""
    assert kiosk.round() == [mark_of(TWO)]


def test_half_a_file_after_a_power_cut_is_fetched_again(tmp_path: Path) -> None:
    """A cut during the write leaves a file under another name; a failing card can leave a torn one under its own."""
    kiosk = bench(tmp_path, ONE)
    kiosk.round()
    path = kiosk.store.path(mark_of(ONE))
    path.rename(path.with_name(f".{path.name}.71.72"))
    kiosk.restart()
    assert kiosk.round() == [mark_of(ONE)]
    path.write_bytes(ONE[:40])
    assert kiosk.store.read(mark_of(ONE)) is None
    kiosk.fetcher.want(mark_of(ONE))
    assert kiosk.round() == [mark_of(ONE)] and kiosk.store.read(mark_of(ONE)) == ONE


def test_beyond_the_budget_those_unused_for_longest_go_and_none_of_the_newest_titles(tmp_path: Path) -> None:
    old = [picture(seed) for seed in (11, 12)]
    kiosk = bench(tmp_path, ONE, budget=LARGEST)
    for each, days in zip(old, (3, 9), strict=True):
        mark = kiosk.store.put(each)
        os.utime(kiosk.store.path(mark), (time.time() - days * 86_400,) * 2)
    kiosk.budget = LARGEST + len(old[0]) // 2
    kiosk.restart()
    kiosk.store.path(mark_of(old[0])).write_bytes(bytes(LARGEST - len(ONE)))
    kiosk.round()
    assert set(kiosk.store.marks()) == {mark_of(ONE), mark_of(old[0])}


def test_a_full_disk_keeps_its_room_for_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kiosk = bench(tmp_path, ONE)
    monkeypatch.setattr(covers_module, "free_space", lambda _: 1000)
    assert kiosk.round() == []
    monkeypatch.undo()
    assert kiosk.round() == [mark_of(ONE)]


@pytest.mark.parametrize(
    ("speech", "got"),
    [
        pytest.param(says("200 OK", ONE, Content_Type="text/plain"), True, id="a type that lies"),
        pytest.param(says("200 OK", bytes(LARGEST + 1)), False, id="too long"),
        pytest.param(says("200 OK", PORTAL), False, id="a portal's page"),
        pytest.param(says("404 Not Found", b'{"detail":"unknown_cover"}'), False, id="unknown there"),
        pytest.param(says("500 Oh", b""), False, id="failing"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", ONE[:50]), False, id="gone in the middle"
        ),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n", ONE), True, id="a size that lies"),
    ],
)
def test_a_host_over_a_socket(tmp_path: Path, speech: Speech, got: bool) -> None:
    with talking(speech) as host:
        kiosk = bench(tmp_path, ONE)
        kiosk.fetcher = over(host.url, kiosk)
        asyncio.run(kiosk.fetcher.refresh())
    assert list(kiosk.store.marks()) == ([mark_of(ONE)] if got else [])


def test_a_host_that_never_ends_is_given_up(tmp_path: Path) -> None:
    def drip() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
        while True:
            time.sleep(0.05)
            yield b"x"

    began = time.monotonic()
    with talking(drip) as host:
        kiosk = bench(tmp_path, ONE)
        kiosk.fetcher = over(host.url, kiosk)
        asyncio.run(kiosk.fetcher.refresh())
    assert list(kiosk.store.marks()) == [] and time.monotonic() - began < 10


def over(url: str, kiosk: Bench) -> CoverFetcher:
    client = HubClient(url, unknown_signer(), timing=HASTE)
    return CoverFetcher(kiosk.store, client, kiosk.names, SystemClock(), lambda: True)


def test_the_covers_of_a_real_hub_arrive_with_its_snapshot(hub: DemoHub, tmp_path: Path) -> None:
    client = HubClient(hub.url, hub.signer, timing=PATIENT)
    clock = QuickClock()
    snapshot = Snapshot(tmp_path / "snapshot.db", client, clock, Health(lambda *_: None))
    store = CoverStore(tmp_path / "covers")
    item = with_cover(hub)

    async def both() -> None:
        await snapshot.refresh(0)
        await CoverFetcher(store, client, snapshot, clock, lambda: True).refresh()

    asyncio.run(both())
    found = snapshot.item(hub.item(item))
    assert found is not None and found.cover in set(store.marks())
    assert len(set(store.marks())) == len(list((hub.own / "covers").glob("*/*.webp"))) > 20


def with_cover(hub: DemoHub) -> str:
    """A copy whose title has a cover at the hub, by its case."""
    with sqlite3.connect(hub.own / "hub.sqlite3") as database:
        covered = "SELECT barcode FROM catalogue_item JOIN catalogue_title t ON t.id = title_id WHERE t.cover <> ''"
        barcodes = {row[0] for row in database.execute(covered)}
    return next(case for case, each in hub.items.items() if each["barcode"] in barcodes)
