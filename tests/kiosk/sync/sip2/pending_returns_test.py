"""Test that a held-back return ends the loan that existed then, but no loan made at the ILS since."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from kiosk.benchmarks.sip2.faults import Days
from kiosk.benchmarks.sip2.faulty_connection import FaultyConnection
from kiosk.benchmarks.sip2.kiosk import KioskSettings, Sip2Kiosk
from kiosk.central import Accepted, Deferred, JournalRow, Outcome, Refused, SetAside
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.connection import Peer, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore
from kiosk.visit_player.proxy import serving
from lending.model import Account, Block, CardRef, ItemId, ItemStatus, Reason
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId, Undo
from lending.wire import encode
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running
from tests.kiosk.sync.sip2.exception_store_test import ADA, LIN, borrow
from tests.support.patience import PATIENCE


@pytest.fixture(params=["koha", "evergreen"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    with running(request.param) as system:
        yield system


async def return_provisionally(central: Sip2Client, stand: Stand, item: ItemId) -> None:
    assert isinstance(await one(central, stand.row(Checkin(item, ReturnMode.PROVISIONAL))), Accepted)


def lend_elsewhere(system: System, item: ItemId, number: str, *, days: int) -> None:
    """Check the item in at the staff desk and lend it to another patron."""
    copy, patron = system.library.copies[item], system.library.patrons[number]
    system.library.checkin(copy, system.now(), no_block=False)
    due = (system.now() + timedelta(days=days)).replace(hour=15, minute=59, second=0, microsecond=0)
    system.library.checkout(copy, patron, system.now(), agreed=False, no_block=True, due=due)


def holder(system: System, item: ItemId) -> str | None:
    loan = system.library.copies[item].loan
    return loan.patron if loan else None


def restarted_client(system: System) -> Sip2Client:
    """Return the client of a restarted kiosk, which has seen no loans."""
    return system.central(born=False)


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "unseen"])
@run_async
async def test_held_back_return_does_not_end_the_next_patrons_loan(
    system: System, stand: Stand, confirmed: bool
) -> None:
    item = await borrow(system.central(), stand)
    central = restarted_client(system)
    await return_provisionally(central, stand, item)
    lend_elsewhere(system, item, "1002", days=40)
    if confirmed:
        ExceptionStore(system.folder, KEYS).confirm([item])
    await central.look_after_returns()
    assert holder(system, item) == "1002"
    (case,) = central.cases.urgent
    assert (case.kind, case.reason, case.item) == (ExceptionKind.REFUSED, "lent_again", item)
    known = await central.item(item)
    assert known is not None
    assert known.status is ItemStatus.ON_LOAN


@run_async
async def test_held_back_return_does_not_end_a_loan_with_the_same_due_date(system: System, stand: Stand) -> None:
    """The borrower decides, if the kiosk has seen who it was."""
    central = system.central()
    item = await borrow(central, stand)
    loan = system.library.copies[item].loan
    assert loan
    await return_provisionally(central, stand, item)
    (case,) = central.cases.stored_exceptions
    assert case.number == "1001"
    due = loan.due
    system.library.checkin(system.library.copies[item], system.now(), no_block=False)
    system.library.checkout(
        system.library.copies[item],
        system.library.patrons["1002"],
        system.now(),
        agreed=False,
        no_block=True,
        due=due,
    )
    again = system.library.copies[item].loan
    assert again
    again.due = due
    ExceptionStore(system.folder, KEYS).confirm([item])
    await central.look_after_returns()
    assert holder(system, item) == "1002"
    assert [each.reason for each in central.cases.urgent] == ["lent_again"]


@run_async
async def test_checkout_after_a_held_back_return_keeps_the_new_loan(system: System, stand: Stand) -> None:
    """The book was returned here, lent at the staff desk, and is scanned again by the first patron."""
    central = system.central()
    item = await borrow(central, stand)
    await return_provisionally(central, stand, item)
    lend_elsewhere(system, item, "1002", days=40)
    assert isinstance(await one(central, stand.row(Checkout(ADA, item, in_weeks()))), Refused)
    assert holder(system, item) == "1002"


@run_async
async def test_held_back_return_ends_the_returned_loan(system: System, stand: Stand) -> None:
    """Control: the same loan is still open."""
    item = await borrow(system.central(), stand)
    central = restarted_client(system)
    await return_provisionally(central, stand, item)
    ExceptionStore(system.folder, KEYS).confirm([item])
    await central.look_after_returns()
    assert holder(system, item) is None
    assert not central.cases.stored_exceptions


def after_an_outage(stand: Stand, item: ItemId) -> JournalRow:
    """Row of a trusted return that could not be uploaded at once."""
    return stand.row(Checkin(item, ReturnMode.TRUSTED), no_block=True)


@run_async
async def test_return_after_an_outage_does_not_end_a_later_loan(system: System, stand: Stand) -> None:
    """Checkin (09) names no patron; the borrower at the time of the outage no longer has the item."""
    central = system.central()
    item = await borrow(central, stand)
    lend_elsewhere(system, item, "1002", days=40)
    assert await one(central, after_an_outage(stand, item)) == SetAside("lent_again")
    assert holder(system, item) == "1002"
    assert [(each.kind, each.reason) for each in central.cases.urgent] == [(ExceptionKind.REFUSED, "lent_again")]


def journal_row(central: Sip2Client, stand: Stand, item: ItemId, mode: ReturnMode = ReturnMode.TRUSTED) -> JournalRow:
    """Row of a return as stored in the journal, with the facts known at the time of the return."""
    act = Checkin(item, mode)
    return replace(stand.row(act, no_block=True), body=central.seal.close(encode(act)[1]))


@pytest.mark.parametrize("mode", [ReturnMode.TRUSTED, ReturnMode.PROVISIONAL])
@run_async
async def test_borrower_at_the_return_is_kept_with_the_row(system: System, stand: Stand, mode: ReturnMode) -> None:
    """While the row is queued the next patron views their account, and a restarted kiosk remembers no borrower."""
    if DIALECTS[system.dialect].titles_as_loans:
        pytest.skip("accounts of this dialect list titles only")
    central = system.central()
    seen, forgotten = await borrow(central, stand), await borrow(central, stand)
    waiting = [journal_row(central, stand, item, mode) for item in (seen, forgotten)]
    for item in (seen, forgotten):
        lend_elsewhere(system, item, "1002", days=40)
    assert seen in await loans(central, LIN)
    assert await one(central, waiting[0]) == SetAside("lent_again")
    assert await one(restarted_client(system), waiting[1]) == SetAside("lent_again")
    assert [holder(system, item) for item in (seen, forgotten)] == ["1002", "1002"]


@run_async
async def test_return_without_a_known_borrower_ends_the_current_loan(system: System, stand: Stand) -> None:
    """Negative control: the account is viewed later, and the loan still belongs to the same patron."""
    item = await borrow(system.central(), stand)
    central = restarted_client(system)
    row = journal_row(central, stand, item)
    await central.account(ADA)
    assert isinstance(await one(central, row), Accepted)
    assert holder(system, item) is None


@run_async
async def test_renewal_identifies_the_borrower(system: System, stand: Stand) -> None:
    """The renewal is all that this kiosk saw of the loan."""
    item = await borrow(system.central(), stand)
    central = restarted_client(system)
    system.ahead += timedelta(days=1)
    assert isinstance(await one(central, stand.row(Renew(ADA, item, in_weeks(6)))), Accepted)
    row = journal_row(central, stand, item)
    lend_elsewhere(system, item, "1002", days=40)
    assert await one(central, row) == SetAside("lent_again")
    assert holder(system, item) == "1002"


@run_async
async def test_return_after_an_outage_ends_the_returned_loan(system: System, stand: Stand) -> None:
    """Control: the same loan is open, seen by the kiosk or not."""
    central = system.central()
    item = await borrow(central, stand)
    assert isinstance(await one(central, after_an_outage(stand, item)), Accepted)
    assert holder(system, item) is None
    assert isinstance(await one(central, stand.row(Checkout(LIN, item, in_weeks()))), Accepted)
    assert isinstance(await one(restarted_client(system), after_an_outage(stand, item)), Accepted)
    assert holder(system, item) is None


ITEM = ItemId("300001")
RETURN = Checkin(ITEM, ReturnMode.TRUSTED)


@dataclass
class Outage:
    """A kiosk that saw Ada borrow the book and then lost its connection."""

    system: System
    kiosk: Sip2Kiosk
    wire: FaultyConnection

    async def borrow(self, number: str, unless: Block | None = None) -> TransactionId:
        act = Checkout(self.kiosk.central.reference(number), ITEM, in_weeks())
        return await deliver(self.kiosk, act, Refused if unless else Deferred, unless)

    async def return_item(self) -> None:
        await deliver(self.kiosk, RETURN, Deferred)

    async def reconnect(self) -> Sequence[str]:
        """Reconnect, upload everything, and return the events at the library."""
        self.wire.plug()
        async with asyncio.timeout(PATIENCE):
            while not self.kiosk.courier.is_settled or self.kiosk.courier.pending:
                await asyncio.sleep(0.01)
        return self.system.events(ITEM)


@asynccontextmanager
async def outage_at(system: System, folder: Path) -> AsyncIterator[Outage]:
    wire = FaultyConnection(lambda: asyncio.open_connection("127.0.0.1", system.port), Random(1), 0.0)
    async with serving(wire.serve) as port:
        with ThreadPoolExecutor(1) as executor:
            place = KioskSettings(folder / "kiosk", Peer("127.0.0.1", port), system.dialect, Timing(), PATIENCE)
            kiosk = Sip2Kiosk(place, Sip2Client, Days(), executor, Random(1))
            kiosk.start()
            await deliver(kiosk, Checkout(kiosk.central.reference("1001"), ITEM, in_weeks()), Accepted)
            wire.pull(silent=False)
            yield Outage(system, kiosk, wire)
            await kiosk.kill()


@pytest.mark.parametrize("killed", [False, True], ids=["running", "restarted"])
@run_async
async def test_borrower_during_an_outage_is_known_from_the_queue(system: System, tmp_path: Path, killed: bool) -> None:
    """Ada returns the item, and two more patrons borrow it in turn, all offline."""
    async with outage_at(system, tmp_path) as outage:
        await outage.return_item()
        for number in ("1002", "1999"):
            await outage.borrow(number)
            await outage.return_item()
        if killed:
            await outage.kiosk.kill()
            outage.kiosk.start()
        assert await outage.reconnect() == ["checkout", "checkin"] * 3
        assert not outage.kiosk.central.cases.stored_exceptions


@run_async
async def test_undone_loan_has_no_borrower(system: System, tmp_path: Path) -> None:
    """The undone loan of Lin must not hide the earlier loan of Ada."""
    async with outage_at(system, tmp_path) as outage:
        loan = await outage.borrow("1002")
        await deliver(outage.kiosk, Undo(loan), Deferred)
        await outage.return_item()
        assert "checkin" in await outage.reconnect()
    assert holder(system, ITEM) is None


@run_async
async def test_refused_loan_has_no_borrower(system: System, tmp_path: Path) -> None:
    async with outage_at(system, tmp_path) as outage:
        await outage.borrow("1002", Block(Reason.ON_LOAN_TO_OTHER))
        await outage.return_item()
        await outage.reconnect()
    assert holder(system, ITEM) is None


@run_async
async def test_earlier_return_clears_the_known_borrower(system: System, tmp_path: Path) -> None:
    """Only the kiosk's connection is down: staff lend the item to Ada at their desk, and Ada returns it here."""
    async with outage_at(system, tmp_path) as outage:
        await outage.borrow("1002")
        await outage.return_item()
        lend_elsewhere(system, ITEM, "1001", days=40)
        await outage.return_item()
        await outage.reconnect()
    assert holder(system, ITEM) is None


async def deliver(kiosk: Sip2Kiosk, act: Act, outcome: type[Outcome], unless: Block | None = None) -> TransactionId:
    id, result = await kiosk.courier.deliver(act, unless)
    assert isinstance(result, outcome), result
    return id


@run_async
async def test_next_patron_sees_the_loan_while_a_return_waits(system: System, stand: Stand) -> None:
    if DIALECTS[system.dialect].titles_as_loans:
        pytest.skip("accounts of this dialect list titles only")
    item = await borrow(system.central(), stand)
    central = restarted_client(system)
    await return_provisionally(central, stand, item)
    assert item not in await loans(central, ADA)
    lend_elsewhere(system, item, "1002", days=40)
    assert item in await loans(central, LIN)


async def loans(central: Sip2Client, card: CardRef) -> set[ItemId]:
    account = await central.account(card)
    assert isinstance(account, Account)
    return {each.id for each in account.loans}
