"""Test how long a patron waits for a slow SIP2 server, and how a late refusal is handled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from kiosk.benchmarks.sip2.faults import LOAN
from kiosk.benchmarks.sip2.kiosk import KioskSettings, Sip2Kiosk
from kiosk.central import Accepted, Deferred, Refused, SetAside
from kiosk.config import load
from kiosk.config.central import Sip2Central as Section
from kiosk.sip2_simulator.fault_modes import FAULT_MODES
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind
from kiosk.system.clock import SystemClock
from kiosk.wiring.sip2_connections import open_sip2
from lending.model import Block, FeeKind, ItemId, Reason
from lending.transactions import Checkout
from tests.kiosk.config.sip2_test import written
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import System, running, stand_of
from tests.kiosk.sync.sip2.connection_test import AT, serving, well
from tests.support.patience import PATIENCE

SLOW = 0.4
"""Seconds before each answer."""
ITEM = ItemId("300007")


@pytest.fixture
def system() -> Iterator[System]:
    with running("folio") as system:
        assert system.simulator is not None
        system.transcript = []
        system.simulator.log = system.transcript.append
        yield system


@asynccontextmanager
async def kiosk_at(system: System, folder: Path, patience: float) -> AsyncIterator[Sip2Kiosk]:
    executor = ThreadPoolExecutor(1)
    place = KioskSettings(folder / "kiosk", Peer("127.0.0.1", system.port), system.dialect, Timing(), patience)
    kiosk = Sip2Kiosk(place, Sip2Client, SystemClock(state=lambda: 0), executor, Random(1))
    kiosk.start()
    try:
        yield kiosk
    finally:
        await kiosk.kill()
        executor.shutdown()


async def slow_down(system: System, kiosk: Sip2Kiosk) -> None:
    """Wait until the kiosk is connected and idle, then slow the server down."""
    assert system.simulator is not None
    async with asyncio.timeout(PATIENCE):
        while len([each for each in system.transcript if " < 98" in each]) < 2 or not kiosk.courier.is_settled:
            await asyncio.sleep(0.01)
    system.simulator.orders.delay = SLOW


def add_fee(system: System, item: str = ITEM) -> None:
    system.library.copies[item].rent = Decimal("5.00")


def forced(system: System) -> list[str]:
    """Checkouts that were sent as no-block."""
    return [each for each in system.transcript if " > 11" in each and each.split(" > 11")[1][1] == "Y"]


@run_async
async def test_refusal_waits_for_its_reason(system: System, tmp_path: Path) -> None:
    """The reason needs two more requests, which together exceed the patience."""
    add_fee(system)
    async with kiosk_at(system, tmp_path, patience=2 * SLOW) as kiosk:
        await slow_down(system, kiosk)
        act = Checkout(kiosk.central.reference("1001"), ITEM, system.now() + LOAN)
        async with asyncio.timeout(PATIENCE):
            _, outcome = await kiosk.courier.deliver(act)
        assert outcome == Refused(Block(Reason.LOAN_COSTS, amount=Decimal("5.00"), currency="USD", fee=FeeKind.LOAN))
        assert forced(system) == []


@run_async
async def test_refusal_after_the_promise_is_never_sent_as_no_block(system: System, tmp_path: Path) -> None:
    add_fee(system)
    async with kiosk_at(system, tmp_path, patience=SLOW / 2) as kiosk:
        await slow_down(system, kiosk)
        act = Checkout(kiosk.central.reference("1001"), ITEM, system.now() + LOAN)
        id, outcome = await kiosk.courier.deliver(act)
        assert isinstance(outcome, Deferred)
        async with asyncio.timeout(PATIENCE):
            while kiosk.courier.pending:
                await asyncio.sleep(0.02)
        assert forced(system) == [] and system.events(ITEM) == []
        (case,) = kiosk.central.cases.stored_exceptions
        assert (case.id, case.kind, case.reason) == (id, ExceptionKind.REFUSED, "loan_costs")


@run_async
async def test_refused_row_stays_refused_as_no_block(system: System) -> None:
    add_fee(system)
    central, stand = system.central(), stand_of(system)
    row = stand.row(Checkout(central.reference("1001"), ITEM, in_weeks()))
    refused = await one(central, row)
    assert isinstance(refused, Refused) and refused.block.reason is Reason.LOAN_COSTS
    late = await one(central, replace(row, no_block=True))
    assert late == SetAside("loan_costs", refused.block)
    assert system.events(ITEM) == []


@run_async
async def test_refusal_without_an_available_reason_is_kept(system: System) -> None:
    add_fee(system)
    central, stand = system.central(), stand_of(system)
    simulator = system.simulator
    assert simulator is not None
    await central.ping()

    def hang_up(_id: object) -> None:
        central.close()
        simulator.orders.turn("down", 1, system.library)

    central.on_refusal = hang_up
    refused = await one(central, stand.row(Checkout(central.reference("1001"), ITEM, in_weeks())))
    assert refused == Refused(Block(Reason.CENTRAL_REFUSED))


@run_async
async def test_fee_on_an_accepted_no_block_row_opens_an_exception(system: System) -> None:
    add_fee(system)
    central, stand = system.central(), stand_of(system)
    row = stand.row(Checkout(central.reference("1001"), ITEM, in_weeks()), no_block=True)
    answer = await one(central, row)
    assert isinstance(answer, Accepted) and answer.fee == Decimal("5.00")
    (case,) = central.cases.stored_exceptions
    assert (case.id, case.kind, case.reason) == (row.id, ExceptionKind.FEE, "5.00")


@run_async
async def test_agreed_fee_opens_no_exception(system: System) -> None:
    add_fee(system)
    central, stand = system.central(), stand_of(system)
    act = Checkout(central.reference("1001"), ITEM, in_weeks(), fee=Decimal("5.00"))
    assert isinstance(await one(central, stand.row(act, no_block=True)), Accepted)
    assert not central.cases.stored_exceptions


@run_async
async def test_loan_confirmed_by_lookup_is_reported_to_the_desk(system: System, tmp_path: Path) -> None:
    """The answer to the checkout is lost; 17 and 63 show that the loan was made."""
    results: list[tuple[str, object]] = []
    async with kiosk_at(system, tmp_path, patience=SLOW) as kiosk:
        kiosk.courier._on_late = lambda of, outcome: results.append((of, outcome))
        await slow_down(system, kiosk)
        assert system.simulator is not None
        system.simulator.orders.delay = 0.0
        system.simulator.orders.temper = replace(FAULT_MODES["lost"], chance=1.0)
        id, outcome = await kiosk.courier.deliver(Checkout(kiosk.central.reference("1001"), ITEM, system.now() + LOAN))
        assert isinstance(outcome, Deferred)
        system.simulator.orders.turn("calm", 1, system.library)
        kiosk.courier._breaker.record_answer()
        async with asyncio.timeout(PATIENCE):
            while not results:
                await asyncio.sleep(0.02)
        assert system.events(ITEM) == ["checkout"]
    assert [(of, type(result)) for of, result in results] == [(id, Accepted)]


@run_async
async def test_late_loan_with_an_earlier_due_date_opens_an_exception(system: System, tmp_path: Path) -> None:
    async with kiosk_at(system, tmp_path, patience=SLOW / 2) as kiosk:
        await slow_down(system, kiosk)
        promised = system.now() + 2 * LOAN
        id, outcome = await kiosk.courier.deliver(Checkout(kiosk.central.reference("1001"), ITEM, promised))
        assert outcome == Deferred(promised)
        async with asyncio.timeout(PATIENCE):
            while kiosk.courier.pending:
                await asyncio.sleep(0.02)
        assert forced(system) == [] and system.events(ITEM) == ["checkout"]
        (case,) = kiosk.central.cases.stored_exceptions
        assert (case.id, case.kind, case.promised) == (id, ExceptionKind.DUE, promised)
        assert case.given is not None and case.given < promised


@run_async
async def test_fee_of_a_late_acceptance_opens_one_exception(tmp_path: Path) -> None:
    """Staff resolve the exception; resending the row opens no other."""
    lent = f"121NNY{AT}AOmain|AA1001|AB3001|AJFaust|AH20271225    235900|BV5.00|"
    async with serving(well(lent)) as server:
        system = System("koha", tmp_path, port=server.port)
        central = system.central()
        row = stand_of(system).row(Checkout(central.reference("1001"), ItemId("3001"), in_weeks()))
        assert isinstance(await one(central, row), Accepted) and not central.cases.stored_exceptions
        late = replace(row, no_block=True)
        assert isinstance(await one(central, late), Accepted)
        (case,) = central.cases.stored_exceptions
        assert (case.id, case.kind, case.reason) == (row.id, ExceptionKind.FEE, "5.00")
        central.cases.settle([case.id])
        assert isinstance(await one(central, late), Accepted) and not central.cases.stored_exceptions
        central.close()
        assert server.codes().count("11") == 1


@pytest.mark.parametrize(("patience", "answer"), [(4.0, 10.0), (10.0, 16.0), (30.0, 36.0)])
def test_answer_timeout_exceeds_the_patience_by_six_seconds(tmp_path: Path, patience: float, answer: float) -> None:
    """A refusal shortly after the patience must still arrive, or the row would be sent as no-block."""
    config = load(written(tmp_path, host="127.0.0.1", patience=patience))
    assert isinstance(config.central, Section)
    central = open_sip2(config, config.central, None, lambda: NOON)
    assert central._line._timing.answer == answer
