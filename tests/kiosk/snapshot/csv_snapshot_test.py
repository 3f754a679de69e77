"""Test the snapshot from loan rules and CSV files: re-read on change, faults reported by line."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from kiosk.snapshot.csv_snapshot import ROWS, AcceptedNumbers, CsvFiles, CsvPages, OpenSnapshot
from kiosk.snapshot.snapshot import SnapshotUnusable
from kiosk.sync.sip2.device_keys import DeviceKeys
from kiosk.system.health import Health, PartName
from lending.model import CardRef, CardStatus, ItemId
from lending.policy import Policy
from lending.wire import WirePolicy, WireRule
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import run_async

KEYS = DeviceKeys(bytes(range(32)))
RULES = WirePolicy(rules=[WireRule(days=28), WireRule(category="child", days=21)], timezone="Asia/Shanghai")
CARDS = "number,uid,expires,blocked,category\n2001,04A1B2C3,2027-01-31,,child\n2002,,,yes,\n"
ITEMS = 'barcode,title\n3001,"Dune, a novel"\n3002,围城\n'
NO_NUMBERS = AcceptedNumbers(lambda card: False, lambda item: False)


class Away:
    """An uploader whose ILS does not answer."""

    online = False
    watermark = 0

    def report_unreachable(self, reason: str) -> None:
        raise AssertionError("the ILS was not asked")

    def forget(self, seq: int) -> None:
        pass


def sheets(folder: Path, cards: str = CARDS, items: str = ITEMS) -> CsvFiles:
    (folder / "cards.csv").write_text(cards, encoding="utf-8")
    (folder / "items.csv").write_text(items, encoding="utf-8-sig")
    return CsvFiles(folder / "cards.csv", folder / "items.csv")


def pages(known: CsvFiles) -> CsvPages:
    return CsvPages(RULES, known, KEYS.reference)


def snapshot(folder: Path, known: CsvFiles, numbers: AcceptedNumbers = NO_NUMBERS) -> OpenSnapshot:
    health = Health(lambda part, state: None)
    return OpenSnapshot(folder / "snapshot.db", pages(known), HandClock(NOON), health, numbers)


def test_csv_entries_are_known_offline(tmp_path: Path) -> None:
    async def read_once() -> OpenSnapshot:
        copy = snapshot(tmp_path, sheets(tmp_path))
        running = asyncio.ensure_future(copy.run(Away()))
        while copy.policy is None:
            await asyncio.sleep(0.01)
        running.cancel()
        return copy

    copy = asyncio.run(read_once())
    ada, by_uid = copy.patron(KEYS.reference("2001")), copy.patron(KEYS.reference("04A1B2C3"))
    assert ada is not None
    assert by_uid == ada
    assert str(ada.ref) == KEYS.reference("2001")
    assert isinstance(copy.policy, Policy)
    assert copy.policy.rule(ada.category, "book", "main") == copy.policy.rules[1]
    blocked = copy.patron(KEYS.reference("2002"))
    assert blocked is not None
    assert blocked.card is CardStatus.BLOCKED
    book = copy.item(ItemId("3001"))
    assert book is not None
    assert book.title == "Dune, a novel"
    assert copy.patron(KEYS.reference("2003")) is None
    assert copy.item(ItemId("3003")) is None
    assert b"2001" not in (tmp_path / "snapshot.db").read_bytes()


def test_number_patterns_decide_without_csv_files(tmp_path: Path) -> None:
    takes = AcceptedNumbers(lambda card: KEYS.number(card) == "2009", lambda item: item == "3009")
    copy = snapshot(tmp_path, CsvFiles(None, None), takes)
    asyncio.run(copy.refresh(0))
    assert copy.patron(KEYS.reference("2009")) is not None
    assert copy.patron(KEYS.reference("04A1B2C3")) is None
    assert copy.item(ItemId("3009")) is not None


@pytest.mark.parametrize(
    ("blocked", "status"), [("no", "active"), ("0", "active"), ("否", "active"), ("Yes", "blocked")]
)
def test_blocked_column_accepts_yes_and_no(tmp_path: Path, blocked: str, status: str) -> None:
    copy = snapshot(tmp_path, sheets(tmp_path, f"number,blocked\n2001,{blocked}\n"))
    asyncio.run(copy.refresh(0))
    patron = copy.patron(KEYS.reference("2001"))
    assert patron is not None
    assert patron.card == CardStatus(status)


def test_csv_file_is_read_again_only_after_a_change(tmp_path: Path) -> None:
    known = sheets(tmp_path)
    source = pages(known)
    first = asyncio.run(source.snapshot_page(""))
    assert first is not None
    second = asyncio.run(source.snapshot_page(first.mark))
    assert second is not None
    assert not second.more
    assert asyncio.run(source.snapshot_page(second.mark)) is None
    sheets(tmp_path, CARDS + "2003,,,,\n")
    changed = asyncio.run(source.snapshot_page(second.mark))
    assert changed is not None
    assert changed.whole
    assert len(changed.cards) == 4


def test_csv_files_are_read_in_another_thread(tmp_path: Path) -> None:
    threads = set()

    def reference(number: str) -> CardRef:
        threads.add(threading.get_ident())
        return KEYS.reference(number)

    asyncio.run(CsvPages(RULES, sheets(tmp_path), reference).snapshot_page(""))
    assert threads and threading.get_ident() not in threads


def test_long_csv_file_is_read_in_pages(tmp_path: Path) -> None:
    rows = "".join(f"{3_000_000 + number},Title {number}\n" for number in range(2 * ROWS + 1))
    copy = snapshot(tmp_path, sheets(tmp_path, items="barcode,title\n" + rows))
    asyncio.run(copy.refresh(0))
    last = copy.item(ItemId(str(3_000_000 + 2 * ROWS)))
    assert last is not None
    assert last.title == f"Title {2 * ROWS}"


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ("name\nAda\n", "cards.csv: the header lacks the column number"),
        ("number,nmae\n2001,Ada\n", "cards.csv: unknown column nmae"),
        ("number,uid\n2001\n", "cards.csv, line 2: 2 values are required"),
        ("number,uid\n ,04A1\n", "cards.csv, line 2: 2 values are required, and number must not be empty"),
        ("number,expires\n2001,31.1.2027\n", "cards.csv, line 2: expected a number of at most 20 letters"),
        ("number,blocked\n2001,perhaps\n", "cards.csv, line 2: expected a number of at most 20 letters"),
        ("number\n" + "x y" * 20 + "\n", "cards.csv, line 2: expected a number of at most 20 letters"),
    ],
)
def test_csv_error_names_file_and_line_and_keeps_the_old_data(tmp_path: Path, cards: str, message: str) -> None:
    copy = snapshot(tmp_path, sheets(tmp_path))
    asyncio.run(copy.refresh(0))
    sheets(tmp_path, cards)
    with pytest.raises(SnapshotUnusable) as caught:
        asyncio.run(copy.refresh(0))
    assert message in str(caught.value)
    assert copy.patron(KEYS.reference("2001")) is not None


@run_async
async def test_missing_csv_file_is_reported_in_health(tmp_path: Path) -> None:
    known = sheets(tmp_path)
    reasons: dict[PartName, str] = {}
    health = Health(lambda part, state: reasons.update({part: state.reason}))
    (tmp_path / "items.csv").unlink()
    copy = OpenSnapshot(tmp_path / "snapshot.db", pages(known), HandClock(NOON), health, NO_NUMBERS)
    running = asyncio.ensure_future(copy.run(Away()))
    while reasons.get(PartName.SNAPSHOT) != "unusable_answer":
        await asyncio.sleep(0.01)
    running.cancel()
