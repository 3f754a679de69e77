"""Test that ACS Status (98) is obeyed and requested again, as a function may be forbidden for a while."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kiosk.central import Accepted, Refused, RetryLater
from kiosk.sync.sip2.exception_store import ExceptionKind
from lending.model import Block, Reason
from lending.transactions import Checkin, Checkout, ReturnMode
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.sip2.client_test import System
from tests.kiosk.sync.sip2.exception_store_test import ADA, borrow


def set_fault_mode(system: System, temper: str) -> None:
    assert system.simulator is not None
    system.simulator.orders.turn(temper, 1, system.library)


@run_async
async def test_refused_function_is_confirmed_by_a_new_acs_status(system: System, stand: Stand) -> None:
    """The ILS lends again while the connection is never idle; the next patron is served."""
    central = system.central()
    item = await borrow(central, stand)
    set_fault_mode(system, "forbids")
    await central.ping()
    act = Checkout(ADA, stand.free(), in_weeks())
    assert await one(central, stand.row(act)) == Refused(Block(Reason.CENTRAL_FORBIDS))
    assert isinstance(await one(central, stand.row(Checkin(item, ReturnMode.TRUSTED))), RetryLater)
    set_fault_mode(system, "calm")
    assert isinstance(await one(central, stand.row(Checkin(item, ReturnMode.TRUSTED))), Accepted)
    assert isinstance(await one(central, stand.row(act)), Accepted)


@run_async
async def test_offered_functions_follow_acs_status_on_a_busy_connection(system: System, stand: Stand) -> None:
    central = system.central()
    set_fault_mode(system, "forbids")
    await central.ping()
    assert not central.allows("checkout")
    set_fault_mode(system, "calm")
    keeping = asyncio.ensure_future(central._line.keep(1000.0, 0.01))
    while not central.allows("checkout"):
        await central.item(stand.free())
    keeping.cancel()
    assert central.allows("checkout")


@run_async
async def test_patron_debt_is_not_taken_for_a_loan_fee(system: System, stand: Stand) -> None:
    """A refusal may carry the amount that the patron owes; it is shown, and no agreement is asked for."""
    central, item = system.central(), stand.free()
    system.library.copies[item].rent = Decimal("2.50")
    system.library.patrons["1001"].fees = Decimal("7.00")
    answer = await one(central, stand.row(Checkout(ADA, item, in_weeks())))
    assert answer == Refused(Block(Reason.FEES, amount=Decimal("7.00"), currency="USD"))


@run_async
async def test_agreed_fee_is_asked_again_only_after_a_rise(system: System, stand: Stand) -> None:
    """A refusal after agreement has another reason, unless the fee has risen."""
    central = system.central()
    item = await borrow(central, stand)
    response = await central._line.ask(central._requests.checkout("1001", item, system.now(), None, happened=False))
    priced = type(response)("30", response.fixed, [*response.fields, ("BV", "2.50")])
    why = await central._refusal_reason("1001", item, priced, Decimal("2.50"))
    assert why == Block(Reason.CENTRAL_REFUSED)
    assert await central._refusal_reason("1001", item, priced, Decimal("2.00")) == Block(
        Reason.LOAN_COSTS, amount=Decimal("2.50")
    )


@run_async
async def test_untold_loan_already_answered_opens_an_exception(system: System, stand: Stand) -> None:
    """The answer is known when the row is sent again as untold."""
    central = system.central()
    row = stand.row(Checkout(ADA, stand.free(), in_weeks()))
    assert isinstance(await one(central, row), Accepted)
    assert not central.cases.stored_exceptions
    assert isinstance(await one(central, replace(row, untold=True)), Accepted)
    assert [each.kind for each in central.cases.urgent] == [ExceptionKind.UNTOLD]


@run_async
async def test_acs_status_reports_the_time_of_the_system(system: System) -> None:
    central, times = system.central(), list[datetime]()
    central.on_time = times.append
    await central.ping()
    (at,) = times
    assert abs(at - datetime.now(UTC)) < timedelta(days=1)
