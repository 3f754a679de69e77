"""Test health reports and staff's instructions at a real hub, and that no other host can close a kiosk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
import uuid6

from kiosk.central import OutOfService
from kiosk.journal.journal import Counts, JournalFailed, JournalFault, UnsendableRow, UploadWatermark
from kiosk.journal.model import HeldRow, SealedTo
from kiosk.sync.enrolment import enrol
from kiosk.sync.fleet_client import EVERY, REVOKED, Facts, FleetClient, HubInstructions, OutOfServiceStore
from kiosk.sync.http import Reply
from kiosk.sync.identity import IdentityFile
from kiosk.sync.request_signer import Signer
from kiosk.sync.rollback_detector import CloneWarnings
from kiosk.sync.settings_store import SettingsStore
from kiosk.system.clock import VisitClock
from kiosk.system.health import READY, Condition, PartName, PartState
from lending.sealing import name_of
from lending.transactions import TransactionId
from tests.end_to_end.rotated_key_test import seal_key
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.sync.unknown_device import unknown_signer
from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE

NO_HUB = "http://127.0.0.1:9"
"""URL without a hub."""
NO_PAPER = PartState(Condition.FAULTY, "out_of_paper")
FORGED = {
    "an unsigned closing": says("200 OK", json.dumps({"wire": 1, "out_of_service": {"words": {"en": "x"}}}).encode()),
    "an unsigned revocation": says("401 No", b'{"detail": "revoked"}'),
    "another signature": says("200 OK", b'{"wire": 1}', Hub_Signature="ab" * 64),
    "a portal": says("302 Found", b"", Location="http://portal.example/"),
    "an error": says("500 Error", b"oops"),
    "nonsense": says("200 OK", b"<html>"),
}
MOVING = OutOfService({"zh": "正在搬迁", "en": "We are moving"})


class Kiosk:
    """A running kiosk as seen by its fleet client."""

    def __init__(self, name: str, url: str, signer: Signer, state: Path) -> None:
        self.name = name
        self.clock = VisitClock(datetime.now(UTC))
        self.ahead = timedelta()
        """Error of the machine's clock."""
        self.parts = {PartName.CARD_READER: READY}
        self.counts = Counts(0, 0, 0)
        self.broken: JournalFailed | None = None
        self.received: list[HubInstructions] = []
        self.carried = UploadWatermark("", 0)
        self.gone: list[UnsendableRow] = []
        self.sent_again: list[int] = []
        self.held: list[HeldRow] = []
        rows = self._carried, self._resend, lambda: self.clock.now() + self.ahead, self._held
        facts = Facts(lambda: self.parts, self._backlog, lambda: True, "b3f1", *rows)
        self.signer = signer
        settings = SettingsStore(state, signer.identity, lambda values: "", lambda values: [])
        stores = OutOfServiceStore(state), CloneWarnings(state), settings
        self.fleet = FleetClient(url, signer, self.clock, facts, *stores, self.received.append, timing=PATIENT)

    async def _backlog(self) -> Counts:
        if self.broken is not None:
            raise self.broken
        return self.counts

    async def _carried(self) -> UploadWatermark:
        return self.carried

    async def _resend(self, since: int) -> list[UnsendableRow]:
        self.sent_again.append(since)
        return self.gone

    async def _held(self, before: int | None, most: int) -> list[HeldRow]:
        return [row for row in self.held if before is None or row.seq < before][:most]

    async def until(self, done: Callable[[], bool]) -> None:
        """Move the kiosk's clock until the condition holds."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"condition not reached: {self.received}"
            self.clock.move(1.0)
            await asyncio.sleep(0.01)

    async def reports(self) -> HubInstructions:
        """Return the instructions of the next report."""
        before = len(self.received)
        self.clock.move(EVERY)
        await self.until(lambda: len(self.received) > before)
        return self.received[-1]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.ensure_future(self.fleet.run())
        try:
            yield
            assert not task.done(), task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.fleet.close()


@pytest.fixture
def staff(hub: DemoHub) -> Iterator[Librarian]:
    librarian = Librarian(hub.url, hub.own)
    yield librarian
    librarian.close()


def enrolled(hub: DemoHub, state: Path, name: str) -> Kiosk:
    enrol(hub.url, hub.code(name), state, timing=PATIENT)
    return Kiosk(name, hub.url, Signer.load(state), state)


@run_async
async def test_staff_see_the_state_and_changes_are_reported_at_once(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    kiosk = enrolled(hub, tmp_path, "reporting")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        assert kiosk.received == [HubInstructions()]
        page = staff.page(staff.kiosk("reporting"))
        assert "Card reader Ready" in page
        assert "Nothing to upload" in page
        kiosk.parts[PartName.RECEIPT_PRINTER] = NO_PAPER
        kiosk.counts = Counts(2, 7, 1, oldest=kiosk.clock.now())
        kiosk.fleet.stir()
        await kiosk.until(lambda: len(kiosk.received) > 1)
    page = staff.page(staff.kiosk("reporting"))
    assert "Receipt printer out of paper" in page
    assert "2 waiting, the oldest for 1 minute" in page
    assert "1 transaction set aside" in page


@run_async
async def test_staff_calls_are_reported_until_acknowledged(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "helped")
    kiosk.fleet.call()
    kiosk.fleet.call("item_lost", unasked=True)
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        await kiosk.reports()
        seen = staff.page("kiosks/")
        assert "helped, Main library: 2 staff calls" in seen
        assert "Refused 3 times, last: Lost" in seen
        staff.post(f"{staff.kiosk('helped')}heard/")
        await kiosk.reports()
    assert "helped, Main library: " not in staff.page("kiosks/")


@run_async
async def test_staff_can_close_reopen_and_identify_a_kiosk(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "closed")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        staff.post(f"{staff.kiosk('closed')}close/", closing_zh="正在搬迁", closing_en="We are moving")
        assert await kiosk.reports() == HubInstructions(OutOfService({"zh": "正在搬迁", "en": "We are moving"}))
        staff.post(f"{staff.kiosk('closed')}reopen/")
        staff.post(f"{staff.kiosk('closed')}identify/")
        assert await kiosk.reports() == HubInstructions(None, identify=True)


@run_async
async def test_closed_kiosk_stays_closed_after_an_offline_restart(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    closed = HubInstructions(OutOfService({"zh": "正在搬迁", "en": "We are moving"}))
    kiosk = enrolled(hub, tmp_path, "restarted")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        staff.post(f"{staff.kiosk('restarted')}close/", closing_zh="正在搬迁", closing_en="We are moving")
        assert await kiosk.reports() == closed
    alone = Kiosk("restarted", NO_HUB, Signer.load(tmp_path), tmp_path)
    async with alone.running():
        await alone.until(lambda: bool(alone.received))
    assert alone.received == [closed]
    staff.post(f"{staff.kiosk('restarted')}reopen/")
    back = Kiosk("restarted", hub.url, Signer.load(tmp_path), tmp_path)
    async with back.running():
        await back.until(lambda: len(back.received) > 1)
    assert back.received == [closed, HubInstructions()]
    opened = Kiosk("restarted", NO_HUB, Signer.load(tmp_path), tmp_path)
    async with opened.running():
        await asyncio.sleep(0.1)
    assert opened.received == [], "the stored instruction was removed"


@run_async
async def test_revocation_arrives_with_the_next_report(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "revoked")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        kiosk.fleet.call()
        staff.post(f"{staff.kiosk('revoked')}revoke/")
        await kiosk.until(lambda: kiosk.received[-1].closed is REVOKED)
        enrol(hub.url, hub.code("revoked"), tmp_path, timing=PATIENT)
        assert await kiosk.reports() == HubInstructions(), "a new enrolment reopens the kiosk"
    assert "revoked, Main library: 1 staff call" in staff.page("kiosks/"), "the staff call is kept"


@run_async
async def test_kiosk_adopts_a_rotated_seal_key(hub: DemoHub, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "sealing")
    before = kiosk.signer.identity
    kiosk.carried = UploadWatermark(str(uuid6.uuid7()), 0, [SealedTo(name_of(before.seal_key), 2, 3)])
    async with kiosk.running():
        await kiosk.reports()
        assert kiosk.signer.identity == before
        assert seal_key(hub.own, "rotate").returncode == 0
        await kiosk.until(lambda: kiosk.signer.identity != before)
        key = kiosk.signer.identity.seal_key
        await kiosk.reports()
    assert kiosk.signer.identity == replace(before, seal_key=key) == IdentityFile(tmp_path).load()
    listed = seal_key(hub.own, "list").stdout
    assert f"{name_of(key)}  seal_key  current: kiosks encrypt to it" in listed
    assert "sealing: 2 rows waiting, 3 kept (told" in listed


@run_async
async def test_seal_key_with_a_forged_signature_is_ignored(tmp_path: Path) -> None:
    forged = says("200 OK", json.dumps({"wire": 1, "seal_key": "ef" * 32}).encode(), Hub_Signature="ab" * 64)
    with talking(forged) as talker:
        kiosk = Kiosk("unknown", talker.url, unknown_signer(), tmp_path)
        before = kiosk.signer.identity
        async with kiosk.running():
            await kiosk.until(lambda: len(talker.heads) > 3)
        assert kiosk.signer.identity == before


@pytest.mark.parametrize("case", sorted(FORGED))
@run_async
async def test_unverified_instruction_is_ignored(case: str, tmp_path: Path) -> None:
    with talking(FORGED[case]) as talker:
        kiosk = Kiosk("unknown", talker.url, unknown_signer(), tmp_path)
        async with kiosk.running():
            await kiosk.until(lambda: len(talker.heads) > 3)
        assert kiosk.received == []


@run_async
async def test_offline_kiosk_keeps_the_newest_20_staff_calls(hub: DemoHub, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("later"), tmp_path, timing=PATIENT)
    kiosk = Kiosk("later", NO_HUB, Signer.load(tmp_path), tmp_path)
    async with kiosk.running():
        for _ in range(30):
            kiosk.fleet.call()
        await asyncio.sleep(0.1)
        assert kiosk.received == []
    assert len(kiosk.fleet._calls) == 20, "only the newest calls are kept"


@run_async
async def test_unreadable_journal_does_not_stop_reports(hub: DemoHub, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "broken")
    kiosk.broken = JournalFailed(JournalFault.DAMAGED, tmp_path / "journal.db")
    kiosk.parts[PartName.JOURNAL] = PartState(Condition.FAULTY, "damaged")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))


@run_async
async def test_rolled_back_hub_gets_rows_again_and_lost_rows_are_reported(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    """The kiosk has answers up to row 120, and the hub does not know its journal."""
    kiosk = enrolled(hub, tmp_path, "ahead")
    kiosk.carried = UploadWatermark(str(uuid6.uuid7()), 120)
    rows = [TransactionId(str(uuid6.uuid7())) for _ in range(118)]
    kiosk.gone = [UnsendableRow(1, "deleted", last=2)] + [
        UnsendableRow(seq, "erased", id, "checkout", kiosk.clock.now()) for seq, id in enumerate(rows, start=3)
    ]
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        assert (kiosk.received[0].known, kiosk.sent_again) == (0, []), "one report is not enough"
        await kiosk.until(lambda: kiosk.received[-1].known == 120)
        assert kiosk.sent_again == [1]
        for _ in range(5):
            await kiosk.reports()
    assert kiosk.sent_again == [1]
    page = staff.page(staff.kiosk("ahead"))
    assert "Rows 1 to 2 lost: the kiosk no longer has them" in page
    assert "Rows 3 to 120 lost: the kiosk keeps their content for 1 day" in page
    assert "all up to number 120" in page


@run_async
async def test_hub_with_other_rows_under_the_same_numbers_gets_all_again(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    """The sequence number shows no gap; only the ids differ. The hub's warning survives a restart."""
    kiosk = enrolled(hub, tmp_path, "doubled")
    kiosk.carried = UploadWatermark(str(uuid6.uuid7()), 3)
    ids = [TransactionId(str(uuid6.uuid7())) for _ in range(5)]
    kiosk.gone = [UnsendableRow(seq, "erased", ids[seq - 1], "checkout", kiosk.clock.now()) for seq in (1, 2, 3)]
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received) and kiosk.received[-1].known == 3)
        assert kiosk.sent_again == [1]
        kiosk.gone = []
        kiosk.held = [
            HeldRow(3, ids[3], None),
            HeldRow(2, ids[4], UnsendableRow(2, "erased", ids[4])),
            HeldRow(1, ids[0], None),
        ]
        await kiosk.until(lambda: len(kiosk.sent_again) == 2)
        await kiosk.reports()
    assert kiosk.received[-1].known == 3
    assert CloneWarnings(tmp_path).days == kiosk.received[-1].cloned_kiosk != []
    assert "Rows 2 to 2 lost: the kiosk keeps their content for 1 day" in staff.page(staff.kiosk("doubled"))


@run_async
async def test_held_rows_are_sent_only_to_hubs_with_support(hub: DemoHub, tmp_path: Path) -> None:
    """An older hub refuses a report with unknown fields."""
    CloneWarnings(tmp_path).keep([date(2026, 11, 1)])
    kiosk = enrolled(hub, tmp_path, "updated-first")
    kiosk.held = [HeldRow(1, TransactionId(str(uuid6.uuid7())), None)]
    reports: list[dict[str, object]] = []
    post, read = kiosk.fleet._host.post, kiosk.fleet._read

    def record(path: str, most: int, body: bytes, signed: bool) -> Reply:
        reports.append(json.loads(body))
        return post(path, most, body, signed)

    def as_an_older_hub(reply: Reply) -> HubInstructions:
        return replace(read(reply), compares=False)

    with mock.patch.object(kiosk.fleet._host, "post", record):
        async with kiosk.running():
            with mock.patch.object(kiosk.fleet, "_read", as_an_older_hub):
                await kiosk.until(lambda: len(kiosk.received) >= 1)
                await kiosk.reports()
            assert all(not {"held", "cloned_kiosk"} & set(each) for each in reports)
            await kiosk.reports()
            await kiosk.reports()
    assert ("held" in reports[-1], reports[-1]["cloned_kiosk"]) == (True, ["2026-11-01"]), "the stored warning is sent"


@run_async
async def test_hub_time_and_kiosk_clock_are_exchanged(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "ahead-of-time")
    kiosk.ahead = timedelta(days=3650)
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.received))
        assert "Clock wrong" in staff.page(staff.kiosk("ahead-of-time"))
    at = kiosk.received[0].now
    assert at is not None
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=2)


@pytest.mark.parametrize("closed", [MOVING, OutOfService({}), REVOKED])
def test_instruction_is_stored_and_removed(tmp_path: Path, closed: OutOfService) -> None:
    assert OutOfServiceStore(tmp_path).closed is None
    OutOfServiceStore(tmp_path).keep(closed)
    assert OutOfServiceStore(tmp_path).closed == closed
    OutOfServiceStore(tmp_path).keep(None)
    assert OutOfServiceStore(tmp_path).closed is None
    assert list(tmp_path.iterdir()) == []


def test_latest_message_is_kept(tmp_path: Path) -> None:
    store = OutOfServiceStore(tmp_path)
    for closed in (MOVING, REVOKED, OutOfService({"zh": "明天恢复", "en": "Back tomorrow"})):
        store.keep(closed)
    assert OutOfServiceStore(tmp_path).closed == OutOfService({"zh": "明天恢复", "en": "Back tomorrow"})


def test_unchanged_instruction_is_not_written_again(tmp_path: Path) -> None:
    store = OutOfServiceStore(tmp_path)
    store.keep(MOVING)
    (written,) = tmp_path.iterdir()
    before = written.stat().st_ino
    OutOfServiceStore(tmp_path).keep(OutOfService({"zh": "正在搬迁", "en": "We are moving"}))
    store.keep(MOVING)
    assert written.stat().st_ino == before


@pytest.mark.parametrize("content", [b"", b"\x00\x00", b"[]", b'{"zh": 1}', "书".encode("gb18030")])
def test_damaged_file_is_ignored_until_the_hub_repeats_the_instruction(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    OutOfServiceStore(tmp_path).keep(MOVING)
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    caplog.clear()
    store = OutOfServiceStore(tmp_path)
    assert store.closed is None
    assert "until the hub says otherwise" in caplog.text
    store.keep(MOVING)
    assert OutOfServiceStore(tmp_path).closed == MOVING


def test_write_failure_is_logged_once_and_retried(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "state"
    store = OutOfServiceStore(folder)
    with caplog.at_level(logging.WARNING):
        store.keep(MOVING)
        store.keep(MOVING)
    assert len(caplog.records) == 1
    folder.mkdir()
    store.keep(MOVING)
    assert OutOfServiceStore(folder).closed == MOVING
