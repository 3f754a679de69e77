"""Test End Patron Session (35): sent after the visit's last answer if supported; no patron waits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from kiosk.benchmarks.sip2.kiosk import KioskSettings, Sip2Kiosk
from kiosk.central import Accepted, Outcome
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.message import Sip2Message, read
from kiosk.sync.sip2.response_mapping import takes
from kiosk.system.clock import SystemClock
from kiosk.wiring.connections import report_ended_visits
from lending.model import Block, Patron
from lending.transactions import Checkout, TransactionId
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks
from tests.kiosk.sync.sip2.client_test import KEYS, System, stand_of
from tests.kiosk.sync.sip2.connection_test import AT, FAUST, Reply, Says, line, serving, silent, well
from tests.support.patience import PATIENCE

ADA, LIN = KEYS.reference("1001"), KEYS.reference("1002")
KNOWN = f"64{' ' * 14}000{AT}{'0000' * 6}AOmain|AA1001|AEAda|BLY|"
Delivery = asyncio.Future[tuple[TransactionId, Outcome]]
ENDED = f"36Y{AT}AOmain|AA1001|"


def transcript(system: System) -> list[str]:
    """Return a live list of message directions and codes, with the card of each 35."""
    assert system.simulator is not None
    messages: list[str] = []

    def note(text: str) -> None:
        if found := re.search(r" ([<>]) (\d\d)(?:.*?\|AA(\d+))?", text):
            way, code, card = found.groups()
            messages.append(f"{way}{code}{card if code == '35' else ''}")

    system.simulator.log = note
    return messages


async def end_visit(central: Sip2Client) -> None:
    central.forget()
    await central.parting.say()


@run_async
async def test_end_session_is_sent_once_for_each_patron_of_the_visit(system: System) -> None:
    messages, central = transcript(system), system.central()
    await central.account(ADA)
    await central.check_pin(ADA, "1234")
    await central.patron(LIN)
    await end_visit(central)
    assert sorted(messages[messages.index("<64") :][-4:]) == ["<36", "<36", ">351001", ">351002"]
    count = len(messages)
    await end_visit(central)
    assert len(messages) == count
    central.close()


@run_async
async def test_visit_without_a_patron_sends_no_end_session(system: System) -> None:
    messages, central = transcript(system), system.central()
    await central.item(stand_of(system).free())
    await end_visit(central)
    assert not [each for each in messages if each.startswith(">35")]
    central.close()


@run_async
async def test_number_that_cannot_be_sent_is_skipped(system: System) -> None:
    messages, central = transcript(system), system.central()
    await central.patron(ADA)
    for strange in ("1|001", "林\x07"):
        assert isinstance(await central.patron(KEYS.reference(strange)), Block)
    await end_visit(central)
    assert [each for each in messages if each.startswith(">35")] == [">351001"]
    central.close()


@run_async
async def test_end_session_is_not_sent_during_the_next_visit(system: System) -> None:
    messages, central = transcript(system), system.central()
    await central.patron(ADA)
    central.forget()
    await central.patron(LIN)
    await central.parting.say()
    assert not [each for each in messages if each.startswith(">35")]
    central.close()


@pytest.mark.parametrize(
    ("bx", "dialect", "says"),
    [
        ("YYYYYYYYYYYYYYYY", "koha", True),
        ("YYYYYYYYYYYYYYYY", "strict", True),
        ("YYYYYYYYNYYYYYYY", "koha", False),
        ("YYYYYYYY", "koha", True),
        ("", "strict", False),
    ],
)
@run_async
async def test_end_session_support_follows_bx_or_the_profile(tmp_path: Path, bx: str, dialect: str, says: bool) -> None:
    async with serving(well(KNOWN), well(ENDED), status=f"98YYYYNY010003{AT}2.00AOmain|BX{bx}|") as server:
        central = System(dialect, tmp_path, port=server.port).central()
        assert isinstance(await central.patron(ADA), Patron)
        await end_visit(central)
        central.close()
        assert ("35" in server.codes()) is says


def not_understood(_: str, __: int | None) -> Reply:
    return b"96AZFEF6\r"


@pytest.mark.parametrize("says", [silent, not_understood, well(FAUST)])
@run_async
async def test_unanswered_end_session_is_not_repeated_and_delays_no_patron(tmp_path: Path, says: Says) -> None:
    async with serving(well(KNOWN), says, well(KNOWN)) as server:
        central = System("koha", tmp_path, port=server.port).central()
        await central.patron(ADA)
        await end_visit(central)
        async with asyncio.timeout(Timing().answer / 2):
            assert isinstance(await central.patron(ADA), Patron)
        await end_visit(central)
        central.close()
        assert server.codes().count("35") == 1
        assert server.codes().count("63") == 2


@run_async
async def test_end_session_opens_no_connection() -> None:
    async with serving(well(ENDED)) as server:
        talks = line(server)
        assert await talks.tell(Sip2Message("35", {"date": AT}, (("AO", "main"), ("AA", "1001"))), 0.1)
        assert server.connections == 0


class FastClock(SystemClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / 100)


@asynccontextmanager
async def kiosk_at(system: System, folder: Path) -> AsyncIterator[Sip2Kiosk]:
    executor = ThreadPoolExecutor(1)
    place = KioskSettings(folder / "kiosk", Peer("127.0.0.1", system.port), "koha", Timing(), PATIENCE)
    kiosk = Sip2Kiosk(place, Sip2Client, SystemClock(state=lambda: 0), executor, Random(1))
    kiosk.start()
    try:
        yield kiosk
    finally:
        await kiosk.kill()
        executor.shutdown()


async def visit(system: System, kiosk: Sip2Kiosk) -> Sequence[Delivery]:
    """Start two checkouts that are still pending when the patron leaves."""
    assert system.simulator is not None
    card, stand = kiosk.central.reference("1001"), stand_of(system)
    await kiosk.central.patron(card)
    system.simulator.orders.delay = 0.1
    acts = [Checkout(card, stand.free(), in_weeks()) for _ in range(2)]
    deliveries = [asyncio.ensure_future(kiosk.courier.deliver(each)) for each in acts]
    async with asyncio.timeout(PATIENCE):
        while kiosk.courier.watermark + len(kiosk.courier.pending) < 2:
            await asyncio.sleep(0.01)
    kiosk.central.forget()
    return deliveries


@run_async
async def test_end_session_waits_for_the_last_checkout_answer(system: System, tmp_path: Path) -> None:
    messages = transcript(system)
    async with kiosk_at(system, tmp_path) as kiosk:
        saying = asyncio.ensure_future(report_ended_visits(kiosk.central, kiosk.courier, FastClock(state=lambda: 0)))
        acts = await visit(system, kiosk)
        assert all(isinstance(outcome, Accepted) for _, outcome in await asyncio.gather(*acts))
        async with asyncio.timeout(PATIENCE):
            while ">351001" not in messages:
                await asyncio.sleep(0.01)
        saying.cancel()
        with suppress(asyncio.CancelledError):
            await saying
    assert messages.count("<12") == 2
    assert "<12" not in messages[messages.index(">351001") :]


@run_async
async def test_immediate_end_session_falls_between_two_checkouts(system: System, tmp_path: Path) -> None:
    """Negative control of the previous test."""
    messages = transcript(system)
    async with kiosk_at(system, tmp_path) as kiosk:
        acts = await visit(system, kiosk)
        await kiosk.central.parting.say()
        await asyncio.gather(*acts)
    assert "<12" in messages[messages.index(">351001") :]


def test_short_bx_does_not_decide_on_end_session() -> None:
    status = read(f"98YYYYNY010003{AT}2.00AOmain|BXYYYYYYYY|")
    assert takes(status, "end_session") is None
    assert takes(None, "end_session") is None
