"""Test ten thousand loans of one patron: some are shown, and none is lent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from kiosk.central import Accepted
from kiosk.sip2_simulator.answers import MOST
from kiosk.sip2_simulator.library import Copy, Loan
from kiosk.sync.sip2.queries import MOST_SHOWN
from lending.model import Account, ItemId
from lending.transactions import Checkout
from tests.kiosk.sync.central_contract import in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of

ADA = KEYS.reference("1001")
LAST = ItemId("999999")


@pytest.fixture(params=["koha", "evergreen"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    with running(request.param) as system:
        assert system.simulator is not None
        system.simulator.orders.turn("many-loans", 1, system.library)
        yield system


def test_account_lists_some_loans_and_counts_all(system: System) -> None:
    async def fetch() -> Account:
        central = system.central()
        account = await central.account(ADA)
        central.close()
        assert isinstance(account, Account)
        return account

    account = asyncio.run(fetch())
    assert len(account.loans) == MOST_SHOWN
    assert account.patron.loans == {"": MOST}


def test_loan_at_the_end_of_a_long_list_is_found_after_a_restart(system: System) -> None:
    """It is on the last of about a hundred pages."""
    for barcode in list(system.library.copies)[:-1000]:
        system.library.copies[barcode].loan = None
    system.library.add(Copy(LAST, "The last one", loan=Loan("1001", datetime(2099, 1, 1, tzinfo=UTC))))

    async def upload() -> object:
        central = system.central(born=False)
        answer = await one(central, stand_of(system).row(Checkout(ADA, LAST, in_weeks()), no_block=True))
        central.close()
        return answer

    assert isinstance(asyncio.run(upload()), Accepted)
    assert system.events(LAST) == []
