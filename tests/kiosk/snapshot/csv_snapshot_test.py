"""Test the snapshot from loan rules and CSV files: re-read on change, faults reported by line."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from kiosk.snapshot.csv_snapshot import ROWS, CsvFiles, CsvPages
from kiosk.snapshot.open_snapshot import AcceptedNumbers, OpenSnapshot
from kiosk.snapshot.refresh import SnapshotUnusable
from kiosk.sync.sip2.device_keys import DeviceKeys
from kiosk.system.health import Health, PartName
from lending.model import CardRef, CardStatus, ItemId
from lending.policy import Policy
from lending.wire import WirePolicy, WireRule
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON

KEYS = DeviceKeys(bytes(range(32)))
RULES = WirePolicy(rules=[WireRule(days=28), WireRule(category="child", days=21)], timezone="Asia/Shanghai")
CARDS = "number,uid,expires,blocked,category\n2001,04A1B2C3,2027-01-31,,child\n2002,,,yes,\n"
ITEMS = 'barcode,title\n3001,"Dune, a novel"\n3002,围城\n'
NOBODY = AcceptedNumbers(lambda card: False, lambda item: False)


class Away:
    """The library's system does not answer."""

    online = False
    watermark = 0

    def report_unreachable(self, reason: str) -> None:
        raise AssertionError("nobody was asked")

    def forget(self, seq: int) -> None:
        pass


def sheets(folder: Path, cards: str = CARDS, items: str = ITEMS) -> CsvFiles:
    (folder / "cards.csv").write_text(cards, encoding="utf-8")
    (folder / "items.csv").write_text(items, encoding="utf-8-sig")
    return CsvFiles(folder / "cards.csv", folder / "items.csv")


def pages(known: CsvFiles) -> CsvPages:
    return CsvPages(RULES, known, KEYS.reference)


def snapshot(folder: Path, known: CsvFiles, anybody: AcceptedNumbers = NOBODY) -> OpenSnapshot:
    health = Health(lambda part, state: None)
    return OpenSnapshot(folder / "snapshot.db", pages(known), HandClock(NOON), health, anybody)


def test_who_and_what_stands_in_the_sheets_is_known_without_the_system(tmp_path: Path) -> None:
    async def at_first() -> OpenSnapshot:
        made = snapshot(tmp_path, sheets(tmp_path))
        running = asyncio.ensure_future(made.run(Away()))
        while made.policy is None:
            await asyncio.sleep(0.01)
        running.cancel()
        return made

    made = asyncio.run(at_first())
    ada, by_uid = made.patron(KEYS.reference("2001")), made.patron(KEYS.reference("04A1B2C3"))
    assert ada is not None
    assert by_uid == ada
    assert str(ada.ref) == KEYS.reference("2001")
    assert isinstance(made.policy, Policy)
    assert made.policy.rule(ada.category, "book", "main") == made.policy.rules[1]
    blocked = made.patron(KEYS.reference("2002"))
    assert blocked is not None
    assert blocked.card is CardStatus.BLOCKED
    book = made.item(ItemId("3001"))
    assert book is not None
    assert book.title == "Dune, a novel"
    assert made.patron(KEYS.reference("2003")) is None
    assert made.item(ItemId("3003")) is None
    assert b"2001" not in (tmp_path / "snapshot.db").read_bytes()


def test_where_there_is_no_sheet_the_numbers_shape_decides(tmp_path: Path) -> None:
    takes = AcceptedNumbers(lambda card: KEYS.number(card) == "2009", lambda item: item == "3009")
    made = snapshot(tmp_path, CsvFiles(None, None), takes)
    asyncio.run(made.refresh(0))
    assert made.patron(KEYS.reference("2009")) is not None
    assert made.patron(KEYS.reference("04A1B2C3")) is None
    assert made.item(ItemId("3009")) is not None


@pytest.mark.parametrize(("said", "status"), [("no", "active"), ("0", "active"), ("否", "active"), ("Yes", "blocked")])
def test_a_card_that_is_said_not_to_be_blocked_is_not(tmp_path: Path, said: str, status: str) -> None:
    made = snapshot(tmp_path, sheets(tmp_path, f"number,blocked\n2001,{said}\n"))
    asyncio.run(made.refresh(0))
    patron = made.patron(KEYS.reference("2001"))
    assert patron is not None
    assert patron.card == CardStatus(status)


def test_a_sheet_is_read_anew_only_where_it_has_changed(tmp_path: Path) -> None:
    known = sheets(tmp_path)
    made = pages(known)
    first = asyncio.run(made.snapshot_page(""))
    assert first is not None
    second = asyncio.run(made.snapshot_page(first.mark))
    assert second is not None
    assert not second.more
    assert asyncio.run(made.snapshot_page(second.mark)) is None
    sheets(tmp_path, CARDS + "2003,,,,\n")
    changed = asyncio.run(made.snapshot_page(second.mark))
    assert changed is not None
    assert changed.whole
    assert len(changed.cards) == 4


def test_the_desk_goes_on_while_a_long_sheet_is_read(tmp_path: Path) -> None:
    threads = set()

    def reference(number: str) -> CardRef:
        threads.add(threading.get_ident())
        return KEYS.reference(number)

    asyncio.run(CsvPages(RULES, sheets(tmp_path), reference).snapshot_page(""))
    assert threads and threading.get_ident() not in threads


def test_a_long_sheet_comes_in_pages(tmp_path: Path) -> None:
    rows = "".join(f"{3_000_000 + number},Title {number}\n" for number in range(2 * ROWS + 1))
    made = snapshot(tmp_path, sheets(tmp_path, items="barcode,title\n" + rows))
    asyncio.run(made.refresh(0))
    last = made.item(ItemId(str(3_000_000 + 2 * ROWS)))
    assert last is not None
    assert last.title == f"Title {2 * ROWS}"


@pytest.mark.parametrize(
    ("cards", "told"),
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
def test_a_fault_is_told_by_file_and_line_and_what_was_known_stays(tmp_path: Path, cards: str, told: str) -> None:
    made = snapshot(tmp_path, sheets(tmp_path))
    asyncio.run(made.refresh(0))
    sheets(tmp_path, cards)
    with pytest.raises(SnapshotUnusable) as caught:
        asyncio.run(made.refresh(0))
    assert told in str(caught.value)
    assert made.patron(KEYS.reference("2001")) is not None


def test_a_sheet_that_is_gone_is_a_fault_that_the_technician_sees(tmp_path: Path) -> None:
    known = sheets(tmp_path)
    told: dict[PartName, str] = {}
    health = Health(lambda part, state: told.update({part: state.reason}))
    (tmp_path / "items.csv").unlink()

    async def ran() -> None:
        made = OpenSnapshot(tmp_path / "snapshot.db", pages(known), HandClock(NOON), health, NOBODY)
        running = asyncio.ensure_future(made.run(Away()))
        while told.get(PartName.SNAPSHOT) != "unusable_answer":
            await asyncio.sleep(0.01)
        running.cancel()

    asyncio.run(ran())
