"""Test that a held-back return ends the loan that existed then, and none made at the ILS since."""

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
from kiosk.visit_player.loopback_port import serving
from lending.model import Account, Block, CardRef, ItemId, ItemStatus, Reason
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, TransactionId, Undo
from lending.wire import encode
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System, running, stand_of
from tests.kiosk.sync.sip2.exception_store_test import ADA, LIN, lent
from tests.support.patience import PATIENCE


@pytest.fixture(params=["koha", "evergreen"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    with running(request.param) as made:
        yield made


@pytest.fixture
def stand(system: System) -> Stand:
    return stand_of(system)


async def handed_in(central: Sip2Client, stand: Stand, item: ItemId) -> None:
    assert isinstance(await one(central, stand.row(Checkin(item, ReturnMode.PROVISIONAL))), Accepted)


def lent_elsewhere(system: System, item: ItemId, number: str, *, days: int) -> None:
    """Check the item in at the staff desk and lend it to another patron."""
    copy, patron = system.library.copies[item], system.library.patrons[number]
    system.library.checkin(copy, system.now(), no_block=False)
    due = (system.now() + timedelta(days=days)).replace(hour=15, minute=59, second=0, microsecond=0)
    system.library.checkout(copy, patron, system.now(), agreed=False, no_block=True, due=due)


def holder(system: System, item: ItemId) -> str | None:
    loan = system.library.copies[item].loan
    return loan.patron if loan else None


def without_memory(system: System) -> Sip2Client:
    """A restarted kiosk, which has seen no loans."""
    return system.central(born=False)


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "unseen"])
@run_async
async def test_held_back_return_does_not_end_the_next_patrons_loan(
    system: System, stand: Stand, confirmed: bool
) -> None:
    item = await lent(system.central(), stand)
    central = without_memory(system)
    await handed_in(central, stand, item)
    lent_elsewhere(system, item, "1002", days=40)
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
    """Then the borrower decides, if the kiosk has seen who that was."""
    central = system.central()
    item = await lent(central, stand)
    loan = system.library.copies[item].loan
    assert loan
    await handed_in(central, stand, item)
    (case,) = central.cases.all
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
    """It was handed in here, lent at the desk, and is before the scanner again: the loan is another patron's."""
    central = system.central()
    item = await lent(central, stand)
    await handed_in(central, stand, item)
    lent_elsewhere(system, item, "1002", days=40)
    assert isinstance(await one(central, stand.row(Checkout(ADA, item, in_weeks()))), Refused)
    assert holder(system, item) == "1002"


@run_async
async def test_held_back_return_ends_the_returned_loan(system: System, stand: Stand) -> None:
    """The control: what differs in nothing goes as ever."""
    item = await lent(system.central(), stand)
    central = without_memory(system)
    await handed_in(central, stand, item)
    ExceptionStore(system.folder, KEYS).confirm([item])
    await central.look_after_returns()
    assert holder(system, item) is None
    assert not central.cases.all


def after_an_outage(stand: Stand, item: ItemId) -> JournalRow:
    """It was believed at once, and could not be handed over."""
    return stand.row(Checkin(item, ReturnMode.TRUSTED), no_block=True)


@run_async
async def test_return_after_an_outage_does_not_end_a_later_loan(system: System, stand: Stand) -> None:
    """Checkin (09) names no patron; the borrower at the time of the outage no longer has the item."""
    central = system.central()
    item = await lent(central, stand)
    lent_elsewhere(system, item, "1002", days=40)
    assert await one(central, after_an_outage(stand, item)) == SetAside("lent_again")
    assert holder(system, item) == "1002"
    assert [(each.kind, each.reason) for each in central.cases.urgent] == [(ExceptionKind.REFUSED, "lent_again")]


def agreed(central: Sip2Client, stand: Stand, item: ItemId, mode: ReturnMode = ReturnMode.TRUSTED) -> JournalRow:
    """The row of a return as the journal has it: with what was known when the book was put down."""
    act = Checkin(item, mode)
    return replace(stand.row(act, no_block=True), body=central.seal.close(encode(act)[1]))


@pytest.mark.parametrize("mode", [ReturnMode.TRUSTED, ReturnMode.PROVISIONAL])
@run_async
async def test_borrower_at_the_return_is_kept_with_the_row(system: System, stand: Stand, mode: ReturnMode) -> None:
    """While the row is queued the next patron views their account, and a restarted kiosk remembers no borrower."""
    if DIALECTS[system.dialect].titles_as_loans:
        pytest.skip("its lists hold titles")
    central = system.central()
    seen, forgotten = await lent(central, stand), await lent(central, stand)
    waiting = [agreed(central, stand, item, mode) for item in (seen, forgotten)]
    for item in (seen, forgotten):
        lent_elsewhere(system, item, "1002", days=40)
    assert seen in await loans(central, LIN)
    assert await one(central, waiting[0]) == SetAside("lent_again")
    assert await one(without_memory(system), waiting[1]) == SetAside("lent_again")
    assert [holder(system, item) for item in (seen, forgotten)] == ["1002", "1002"]


@run_async
async def test_return_without_a_known_borrower_ends_the_current_loan(system: System, stand: Stand) -> None:
    """Negative control: the patron has viewed their account since, and the returned loan is theirs."""
    item = await lent(system.central(), stand)
    central = without_memory(system)
    row = agreed(central, stand, item)
    await central.account(ADA)
    assert isinstance(await one(central, row), Accepted)
    assert holder(system, item) is None


@run_async
async def test_renewal_identifies_the_borrower(system: System, stand: Stand) -> None:
    """This kiosk saw nothing else of the patron's loan."""
    item = await lent(system.central(), stand)
    central = without_memory(system)
    system.ahead += timedelta(days=1)
    assert isinstance(await one(central, stand.row(Renew(ADA, item, in_weeks(6)))), Accepted)
    row = agreed(central, stand, item)
    lent_elsewhere(system, item, "1002", days=40)
    assert await one(central, row) == SetAside("lent_again")
    assert holder(system, item) == "1002"


@run_async
async def test_return_after_an_outage_ends_the_returned_loan(system: System, stand: Stand) -> None:
    """The control, and one of a loan of which the kiosk has seen nothing: it counts as the one."""
    central = system.central()
    item = await lent(central, stand)
    assert isinstance(await one(central, after_an_outage(stand, item)), Accepted)
    assert holder(system, item) is None
    assert isinstance(await one(central, stand.row(Checkout(LIN, item, in_weeks()))), Accepted)
    assert isinstance(await one(without_memory(system), after_an_outage(stand, item)), Accepted)
    assert holder(system, item) is None


ITEM = ItemId("300001")
BACK = Checkin(ITEM, ReturnMode.TRUSTED)


@dataclass
class Outage:
    """A kiosk that saw Ada borrow the book; from then on its line is down."""

    system: System
    kiosk: Sip2Kiosk
    wire: FaultyConnection

    async def lent(self, number: str, unless: Block | None = None) -> TransactionId:
        act = Checkout(self.kiosk.central.reference(number), ITEM, in_weeks())
        return await agreed_at(self.kiosk, act, Refused if unless else Deferred, unless)

    async def back(self) -> None:
        await agreed_at(self.kiosk, BACK, Deferred)

    async def over(self) -> Sequence[str]:
        """The line is up again, and all was handed over: what the library has done."""
        self.wire.plug()
        async with asyncio.timeout(PATIENCE):
            while not self.kiosk.courier.is_settled or self.kiosk.courier.pending:
                await asyncio.sleep(0.01)
        return self.system.events(ITEM)


@asynccontextmanager
async def in_an_outage(system: System, folder: Path) -> AsyncIterator[Outage]:
    wire = FaultyConnection(lambda: asyncio.open_connection("127.0.0.1", system.port), Random(1), 0.0)
    async with serving(wire.serve) as port:
        with ThreadPoolExecutor(1) as pen:
            place = KioskSettings(folder / "kiosk", Peer("127.0.0.1", port), system.dialect, Timing(), PATIENCE)
            kiosk = Sip2Kiosk(place, Sip2Client, Days(), pen, Random(1))
            kiosk.start()
            await agreed_at(kiosk, Checkout(kiosk.central.reference("1001"), ITEM, in_weeks()), Accepted)
            wire.pull(silent=False)
            yield Outage(system, kiosk, wire)
            await kiosk.kill()


@pytest.mark.parametrize("killed", [False, True], ids=["runs on", "started anew"])
@run_async
async def test_borrower_during_an_outage_is_known_from_the_queue(system: System, tmp_path: Path, killed: bool) -> None:
    """Ada hands it in, and two more have it one after the other, while the system hears of nothing."""
    async with in_an_outage(system, tmp_path) as outage:
        await outage.back()
        for number in ("1002", "1999"):
            await outage.lent(number)
            await outage.back()
        if killed:
            await outage.kiosk.kill()
            outage.kiosk.start()
        assert await outage.over() == ["checkout", "checkin"] * 3
        assert not outage.kiosk.central.cases.all


@run_async
async def test_undone_loan_has_no_borrower(system: System, tmp_path: Path) -> None:
    """Ada has it, as the kiosk saw; that Lin had it for a moment is over."""
    async with in_an_outage(system, tmp_path) as outage:
        loan = await outage.lent("1002")
        await agreed_at(outage.kiosk, Undo(loan), Deferred)
        await outage.back()
        assert "checkin" in await outage.over()
    assert holder(system, ITEM) is None


@run_async
async def test_refused_loan_has_no_borrower(system: System, tmp_path: Path) -> None:
    async with in_an_outage(system, tmp_path) as outage:
        await outage.lent("1002", Block(Reason.ON_LOAN_TO_OTHER))
        await outage.back()
        await outage.over()
    assert holder(system, ITEM) is None


@run_async
async def test_earlier_return_clears_the_known_borrower(system: System, tmp_path: Path) -> None:
    """Only the kiosk's connection is down: staff lend the item to Ada at their desk, and Ada returns it here."""
    async with in_an_outage(system, tmp_path) as outage:
        await outage.lent("1002")
        await outage.back()
        lent_elsewhere(system, ITEM, "1001", days=40)
        await outage.back()
        await outage.over()
    assert holder(system, ITEM) is None


async def agreed_at(kiosk: Sip2Kiosk, act: Act, outcome: type[Outcome], unless: Block | None = None) -> TransactionId:
    id, heard = await kiosk.courier.deliver(act, unless)
    assert isinstance(heard, outcome), heard
    return id


@run_async
async def test_next_patron_sees_the_loan_while_a_return_waits(system: System, stand: Stand) -> None:
    if DIALECTS[system.dialect].titles_as_loans:
        pytest.skip("its lists hold titles")
    item = await lent(system.central(), stand)
    central = without_memory(system)
    await handed_in(central, stand, item)
    assert item not in await loans(central, ADA)
    lent_elsewhere(system, item, "1002", days=40)
    assert item in await loans(central, LIN)


async def loans(central: Sip2Client, card: CardRef) -> set[ItemId]:
    account = await central.account(card)
    assert isinstance(account, Account)
    return {each.id for each in account.loans}
