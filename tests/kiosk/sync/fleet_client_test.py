"""Test health reports and staff's instructions at a real hub, and that no other host can close a kiosk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
import uuid6

from kiosk.central import OutOfService
from kiosk.journal.journal import Carried, Counts, Gone, JournalFailed, JournalFault
from kiosk.journal.model import HeldRow, SealedTo
from kiosk.sync.cloned_kiosk import CloneWarnings
from kiosk.sync.enrolment import enrol
from kiosk.sync.fleet_client import EVERY, REVOKED, Facts, FleetClient, HubInstructions
from kiosk.sync.http import Reply
from kiosk.sync.identity import IdentityFile
from kiosk.sync.out_of_service import OutOfServiceStore
from kiosk.sync.request_signer import Signer
from kiosk.system.clock import VisitClock
from kiosk.system.health import READY, Condition, PartName, PartState
from lending.sealing import name_of
from lending.transactions import TransactionId
from tests.end_to_end.rotated_key_test import seal_key
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.demo_hub import DemoHub
from tests.kiosk.sync.fixed_reply_host import says, talking
from tests.kiosk.sync.patience import PATIENT
from tests.kiosk.sync.unknown_device import nobodys_signer
from tests.support.librarian import Librarian
from tests.support.patience import PATIENCE

NOBODY = "http://127.0.0.1:9"
"""Where no hub answers."""
NO_PAPER = PartState(Condition.FAULTY, "out_of_paper")


class Kiosk:
    """What a running kiosk is to its line to the hub."""

    def __init__(self, name: str, url: str, signer: Signer, state: Path) -> None:
        self.name = name
        self.clock = VisitClock(datetime.now(UTC))
        self.ahead = timedelta()
        """Of the machine's own clock."""
        self.parts = {PartName.CARD_READER: READY}
        self.counts = Counts(0, 0, 0)
        self.broken: JournalFailed | None = None
        self.heard: list[HubInstructions] = []
        self.carried = Carried("", 0)
        self.gone: list[Gone] = []
        self.sent_again: list[int] = []
        self.held: list[HeldRow] = []
        rows = self._carried, self._resend, lambda: self.clock.now() + self.ahead, self._held
        facts = Facts(lambda: self.parts, self._backlog, lambda: True, "b3f1", *rows)
        self.signer = signer
        kept = OutOfServiceStore(state), CloneWarnings(state)
        self.fleet = FleetClient(url, signer, self.clock, facts, *kept, self.heard.append, timing=PATIENT)

    async def _backlog(self) -> Counts:
        if self.broken is not None:
            raise self.broken
        return self.counts

    async def _carried(self) -> Carried:
        return self.carried

    async def _resend(self, since: int) -> list[Gone]:
        self.sent_again.append(since)
        return self.gone

    async def _held(self, before: int | None, most: int) -> list[HeldRow]:
        return [row for row in self.held if before is None or row.seq < before][:most]

    async def until(self, done: Callable[[], bool]) -> None:
        """Lets time pass at the kiosk until that is so."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, f"it never was: {self.heard}"
            self.clock.move(1.0)
            await asyncio.sleep(0.01)

    async def reports(self) -> HubInstructions:
        """Return the next instructions, after a whole round."""
        before = len(self.heard)
        self.clock.move(EVERY)
        await self.until(lambda: len(self.heard) > before)
        return self.heard[-1]

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
    return Kiosk(name, hub.url, Signer.of(state), state)


@run_async
async def test_staff_see_the_state_and_changes_are_reported_at_once(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    kiosk = enrolled(hub, tmp_path, "told")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        assert kiosk.heard == [HubInstructions()]
        page = staff.sees(staff.kiosk("told"))
        assert "Card reader Ready" in page
        assert "Nothing to upload" in page
        kiosk.parts[PartName.RECEIPT_PRINTER] = NO_PAPER
        kiosk.counts = Counts(2, 7, 1, oldest=kiosk.clock.now())
        kiosk.fleet.stir()
        await kiosk.until(lambda: len(kiosk.heard) > 1)
    page = staff.sees(staff.kiosk("told"))
    assert "Receipt printer out of paper" in page
    assert "2 waiting, the oldest for 1 minute" in page
    assert "1 transaction set aside" in page


@run_async
async def test_staff_calls_are_reported_until_acknowledged(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "helped")
    kiosk.fleet.call()
    kiosk.fleet.call("item_lost", unasked=True)
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        await kiosk.reports()
        seen = staff.sees("kiosks/")
        assert "helped, Main library: 2 staff calls" in seen
        assert "Refused 3 times, last: Lost" in seen
        staff.presses(f"{staff.kiosk('helped')}heard/")
        await kiosk.reports()
    assert "helped, Main library: " not in staff.sees("kiosks/")


@run_async
async def test_staff_can_close_reopen_and_identify_a_kiosk(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "closed")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        staff.presses(f"{staff.kiosk('closed')}close/", zh="正在搬迁", en="We are moving")
        assert await kiosk.reports() == HubInstructions(OutOfService("正在搬迁", "We are moving"))
        staff.presses(f"{staff.kiosk('closed')}reopen/")
        staff.presses(f"{staff.kiosk('closed')}identify/")
        assert await kiosk.reports() == HubInstructions(None, identify=True)


@run_async
async def test_closed_kiosk_stays_closed_after_an_offline_restart(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    closed = HubInstructions(OutOfService("正在搬迁", "We are moving"))
    kiosk = enrolled(hub, tmp_path, "restarted")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        staff.presses(f"{staff.kiosk('restarted')}close/", zh="正在搬迁", en="We are moving")
        assert await kiosk.reports() == closed
    alone = Kiosk("restarted", NOBODY, Signer.of(tmp_path), tmp_path)
    async with alone.running():
        await alone.until(lambda: bool(alone.heard))
    assert alone.heard == [closed]
    staff.presses(f"{staff.kiosk('restarted')}reopen/")
    back = Kiosk("restarted", hub.url, Signer.of(tmp_path), tmp_path)
    async with back.running():
        await back.until(lambda: len(back.heard) > 1)
    assert back.heard == [closed, HubInstructions()]
    opened = Kiosk("restarted", NOBODY, Signer.of(tmp_path), tmp_path)
    async with opened.running():
        await asyncio.sleep(0.1)
    assert opened.heard == [], "and it forgot"


@run_async
async def test_revoked_kiosk_learns_of_it_with_the_next_report(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "revoked")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        kiosk.fleet.call()
        staff.presses(f"{staff.kiosk('revoked')}revoke/")
        await kiosk.until(lambda: kiosk.heard[-1].closed is REVOKED)
        enrol(hub.url, hub.code("revoked"), tmp_path, timing=PATIENT)
        assert await kiosk.reports() == HubInstructions(), "enrolled anew it opens by itself"
    assert "revoked, Main library: 1 staff call" in staff.sees("kiosks/"), "a call outlasts all that"


@run_async
async def test_kiosk_adopts_a_rotated_seal_key(hub: DemoHub, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "sealing")
    before = kiosk.signer.identity
    kiosk.carried = Carried(str(uuid6.uuid7()), 0, [SealedTo(name_of(before.seal_key), 2, 3)])
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
        kiosk = Kiosk("nobody", talker.url, nobodys_signer(), tmp_path)
        before = kiosk.signer.identity
        async with kiosk.running():
            await kiosk.until(lambda: len(talker.heads) > 3)
        assert kiosk.signer.identity == before


FORGED = {
    "a foreign hub": says("200 OK", json.dumps({"wire": 1, "out_of_service": {"zh": "x", "en": "x"}}).encode()),
    "a revocation of nobody's": says("401 No", b'{"detail": "revoked"}'),
    "another's signature": says("200 OK", b'{"wire": 1}', Hub_Signature="ab" * 64),
    "a portal": says("302 Found", b"", Location="http://portal.example/"),
    "an error": says("500 Error", b"oops"),
    "nonsense": says("200 OK", b"<html>"),
}


@pytest.mark.parametrize("who", sorted(FORGED))
@run_async
async def test_unverified_instruction_is_ignored(who: str, tmp_path: Path) -> None:
    with talking(FORGED[who]) as talker:
        kiosk = Kiosk("nobody", talker.url, nobodys_signer(), tmp_path)
        async with kiosk.running():
            await kiosk.until(lambda: len(talker.heads) > 3)
        assert kiosk.heard == []


@run_async
async def test_offline_kiosk_keeps_the_newest_20_staff_calls(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    enrol(hub.url, hub.code("later"), tmp_path, timing=PATIENT)
    kiosk = Kiosk("later", NOBODY, Signer.of(tmp_path), tmp_path)
    async with kiosk.running():
        for _ in range(30):
            kiosk.fleet.call()
        await asyncio.sleep(0.1)
        assert kiosk.heard == []
    assert len(kiosk.fleet._calls) == 20, "the newest"


@run_async
async def test_unreadable_journal_does_not_stop_reports(hub: DemoHub, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "broken")
    kiosk.broken = JournalFailed(JournalFault.DAMAGED, tmp_path / "journal.db")
    kiosk.parts[PartName.JOURNAL] = PartState(Condition.FAULTY, "damaged")
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))


@run_async
async def test_rolled_back_hub_gets_rows_again_and_lost_rows_are_reported(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    """The kiosk has had answers up to row 120, and this hub does not know its journal."""
    kiosk = enrolled(hub, tmp_path, "ahead")
    kiosk.carried = Carried(str(uuid6.uuid7()), 120)
    rows = [TransactionId(str(uuid6.uuid7())) for _ in range(118)]
    kiosk.gone = [Gone(1, "deleted", last=2)] + [
        Gone(seq, "erased", id, "checkout", kiosk.clock.now()) for seq, id in enumerate(rows, start=3)
    ]
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        assert (kiosk.heard[0].known, kiosk.sent_again) == (0, []), "one answer is not believed"
        await kiosk.until(lambda: kiosk.heard[-1].known == 120)
        assert kiosk.sent_again == [1]
        for _ in range(5):
            await kiosk.reports()
    assert kiosk.sent_again == [1]
    page = staff.sees(staff.kiosk("ahead"))
    assert "Rows 1 to 2 lost: the kiosk no longer has them" in page
    assert "Rows 3 to 120 lost: the kiosk keeps their content for 1 day" in page
    assert "all up to number 120" in page


@run_async
async def test_hub_with_other_rows_under_the_same_numbers_gets_all_again(
    hub: DemoHub, staff: Librarian, tmp_path: Path
) -> None:
    """Its number says that nothing is missing: only the ids tell. Its warning stays known through a restart."""
    kiosk = enrolled(hub, tmp_path, "doubled")
    kiosk.carried = Carried(str(uuid6.uuid7()), 3)
    ids = [TransactionId(str(uuid6.uuid7())) for _ in range(5)]
    kiosk.gone = [Gone(seq, "erased", ids[seq - 1], "checkout", kiosk.clock.now()) for seq in (1, 2, 3)]
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard) and kiosk.heard[-1].known == 3)
        assert kiosk.sent_again == [1]
        kiosk.gone = []
        kiosk.held = [HeldRow(3, ids[3], None), HeldRow(2, ids[4], Gone(2, "erased", ids[4])), HeldRow(1, ids[0], None)]
        await kiosk.until(lambda: len(kiosk.sent_again) == 2)
        await kiosk.reports()
    assert kiosk.heard[-1].known == 3
    assert CloneWarnings(tmp_path).days == kiosk.heard[-1].cloned_kiosk != []
    assert "Rows 2 to 2 lost: the kiosk keeps their content for 1 day" in staff.sees(staff.kiosk("doubled"))


@run_async
async def test_held_rows_are_sent_only_to_hubs_that_accept_them(hub: DemoHub, tmp_path: Path) -> None:
    """A hub that was not updated yet refuses a report with a field that it does not know."""
    CloneWarnings(tmp_path).keep([date(2026, 11, 1)])
    kiosk = enrolled(hub, tmp_path, "updated-first")
    kiosk.held = [HeldRow(1, TransactionId(str(uuid6.uuid7())), None)]
    reports: list[dict[str, object]] = []
    post, read = kiosk.fleet._host.post, kiosk.fleet._read

    def sent(path: str, most: int, body: bytes, signed: bool) -> Reply:
        reports.append(json.loads(body))
        return post(path, most, body, signed)

    def as_an_older_hub(reply: Reply) -> HubInstructions:
        return replace(read(reply), compares=False)

    with mock.patch.object(kiosk.fleet._host, "post", sent):
        async with kiosk.running():
            with mock.patch.object(kiosk.fleet, "_read", as_an_older_hub):
                await kiosk.until(lambda: len(kiosk.heard) >= 1)
                await kiosk.reports()
            assert all(not {"held", "cloned_kiosk"} & set(each) for each in reports)
            await kiosk.reports()
            await kiosk.reports()
    assert ("held" in reports[-1], reports[-1]["cloned_kiosk"]) == (True, ["2026-11-01"]), "its warning was kept"


@run_async
async def test_hub_time_and_kiosk_clock_are_exchanged(hub: DemoHub, staff: Librarian, tmp_path: Path) -> None:
    kiosk = enrolled(hub, tmp_path, "ahead-of-time")
    kiosk.ahead = timedelta(days=3650)
    async with kiosk.running():
        await kiosk.until(lambda: bool(kiosk.heard))
        assert "Clock wrong" in staff.sees(staff.kiosk("ahead-of-time"))
    at = kiosk.heard[0].now
    assert at is not None
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=2)
