"""Test that a power cut at any step leaves security that agrees with the loan, or a report to staff."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.central import Accepted, Refused
from kiosk.desk.effects import Deliver, SwitchSecurity
from kiosk.desk.tag_ledger import InMemoryTagStore, TagFile, TagLedger
from kiosk.events import SecuritySwitched, Settled, SwitchResult, TagHandle
from kiosk.journal.journal import JournalFailed
from lending.model import Block, CardRef, ItemId, Reason
from lending.transactions import Act, Checkin, Checkout, ReturnMode, TagFinding, TagReport, TransactionId, Undo
from tests.kiosk.desk.central import NOON

DUNE, EMMA = ItemId("30001"), ItemId("30002")
LOAN = Checkout(CardRef("ada"), DUNE, NOON)
RETURN = Checkin(DUNE, ReturnMode.TRUSTED)
UNDO = Undo(TransactionId("1"))


class PowerCut(BaseException):
    """Ends the process."""


class Shop:
    """An item with its loan and its security, changed by the steps of a visit; power may be cut before any of them."""

    def __init__(self, folder: Path, *, lent: bool, cut: int) -> None:
        self.store = TagFile(folder)
        self.lent, self.secured = lent, not lent
        self.reports: list[TagReport] = []
        self._left = cut

    def step(self) -> None:
        if self._left == 0:
            raise PowerCut
        self._left -= 1

    async def deliver(self, act: Act) -> None:
        assert isinstance(act, TagReport)
        self.reports.append(act)

    def start(self) -> TagLedger:
        return TagLedger(self.store, self.deliver)

    async def submit(self, ledger: TagLedger, act: Act, on_pad: bool = False) -> None:
        task = Deliver(DUNE, act, on_pad=on_pad)
        self.step()
        await ledger.begin(1, task)
        self.step()
        self.lent = isinstance(act, Checkout)
        self.step()
        await ledger.end(task, Settled(DUNE, act, TransactionId("1"), Accepted()))

    async def switch(self, ledger: TagLedger, secured: bool, is_last: bool) -> None:
        task = SwitchSecurity(DUNE, (TagHandle(1),), secured, is_last)
        self.step()
        await ledger.begin(1, task)
        self.step()
        self.secured = secured
        self.step()
        await ledger.end(task, SecuritySwitched(DUNE, secured, SwitchResult.DONE))

    async def lend(self, ledger: TagLedger) -> None:
        await self.submit(ledger, LOAN, on_pad=True)
        await self.switch(ledger, secured=False, is_last=True)

    async def take_back(self, ledger: TagLedger) -> None:
        await self.switch(ledger, secured=True, is_last=False)
        await self.submit(ledger, RETURN)

    async def undo(self, ledger: TagLedger) -> None:
        await self.switch(ledger, secured=True, is_last=False)
        await self.submit(ledger, UNDO)

    @property
    def agrees(self) -> bool:
        return self.lent != self.secured


ERRANDS = {"loan": (False, Shop.lend), "return": (True, Shop.take_back), "undo": (True, Shop.undo)}


async def play(shop: Shop, errand: Callable[[Shop, TagLedger], object]) -> bool:
    """Play an errand; return whether the power was cut. Afterwards the kiosk starts again."""
    try:
        await errand(shop, shop.start())  # type: ignore[misc]
    except PowerCut:
        await shop.start().report(visit=0)
        return True
    return False


@pytest.mark.parametrize("errand", ERRANDS)
@pytest.mark.parametrize("cut", range(6))
def test_power_cut_at_any_step_is_reported_or_harmless(tmp_path: Path, errand: str, cut: int) -> None:
    lent, steps = ERRANDS[errand]
    shop = Shop(tmp_path, lent=lent, cut=cut)
    assert asyncio.run(play(shop, steps))
    assert shop.agrees or shop.reports == [TagReport(DUNE, TagFinding.UNCERTAIN)]
    assert not shop.store.items() and not list(tmp_path.iterdir())


@pytest.mark.parametrize("errand", ERRANDS)
def test_control_without_a_ledger_on_disk_some_cut_goes_unreported(tmp_path: Path, errand: str) -> None:
    lent, steps = ERRANDS[errand]
    missed = 0
    for cut in range(6):
        shop = Shop(tmp_path, lent=lent, cut=cut)
        shop.start = lambda shop=shop: TagLedger(InMemoryTagStore(), shop.deliver)  # type: ignore[method-assign,misc]
        asyncio.run(play(shop, steps))
        missed += not shop.agrees and not shop.reports
    assert missed


@pytest.mark.parametrize("errand", ERRANDS)
def test_uncut_errand_reports_nothing(tmp_path: Path, errand: str) -> None:
    lent, steps = ERRANDS[errand]
    shop = Shop(tmp_path, lent=lent, cut=99)

    async def whole() -> None:
        ledger = shop.start()
        await steps(shop, ledger)
        await ledger.report(visit=2)

    asyncio.run(whole())
    assert shop.agrees and not shop.reports and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("secured", "is_last", "after", "finding"),
    [
        (False, True, None, TagFinding.RINGS),
        (True, True, None, TagFinding.SILENT),
        (True, False, RETURN, TagFinding.SILENT),
        (True, False, None, TagFinding.RINGS),
    ],
    ids=["loan", "refused loan", "return", "return not submitted"],
)
@pytest.mark.parametrize("result", [SwitchResult.FAILED, SwitchResult.GONE])
def test_failed_switch_is_reported_when_the_visit_is_over(
    secured: bool, is_last: bool, after: Act | None, finding: TagFinding, result: SwitchResult, tmp_path: Path
) -> None:
    shop = Shop(tmp_path, lent=not secured, cut=99)

    async def visit() -> None:
        ledger = shop.start()
        task = SwitchSecurity(DUNE, (TagHandle(1),), secured, is_last)
        await ledger.begin(1, task)
        await ledger.report(visit=2)
        assert not shop.reports, "the pad is still at it"
        await ledger.end(task, SecuritySwitched(DUNE, secured, result))
        if after is not None:
            await shop.submit(ledger, after)
        await ledger.report(visit=1)
        assert not shop.reports, "the patron may still lay it down again"
        await ledger.report(visit=2)

    asyncio.run(visit())
    assert shop.reports == [TagReport(DUNE, finding)] and not list(tmp_path.iterdir())


def test_refused_return_of_an_item_on_loan_may_ring(tmp_path: Path) -> None:
    shop = Shop(tmp_path, lent=True, cut=99)

    async def visit() -> None:
        ledger = shop.start()
        await shop.switch(ledger, secured=True, is_last=False)
        task = Deliver(DUNE, RETURN)
        await ledger.begin(1, task)
        refused = Refused(Block(Reason.CENTRAL_REFUSED))
        await ledger.end(task, Settled(DUNE, RETURN, TransactionId("1"), refused))
        assert ledger.findings == {DUNE: TagFinding.RINGS}

    asyncio.run(visit())


def test_store_keeps_items_over_a_half_written_line(tmp_path: Path) -> None:
    store = TagFile(tmp_path)

    async def change() -> None:
        await store.add(DUNE)
        await store.add(EMMA)
        await store.remove(DUNE)
        with (tmp_path / "tags").open("ab") as file:
            file.write(b"-300")
        assert TagFile(tmp_path).items() == (EMMA,)
        await store.add(DUNE)
        assert TagFile(tmp_path).items() == (EMMA, DUNE)
        await store.remove(DUNE)
        await store.remove(EMMA)

    asyncio.run(change())
    assert not (tmp_path / "tags").exists()


@pytest.mark.parametrize("torn", [b"+3000", b"+30003", b"+30\xff03;\n", b"\0" * 512, b"+;\n"])
def test_line_torn_or_damaged_names_no_item(torn: bytes, tmp_path: Path) -> None:
    (tmp_path / "tags").write_bytes(b"+30002;\n" + torn)
    assert TagFile(tmp_path).items() == (EMMA,)


def test_unreadable_file_does_not_keep_the_kiosk_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "tags").mkdir()
    assert TagFile(tmp_path).items() == ()
    assert "Cannot read" in caplog.text


def test_store_on_a_missing_disk_stops_the_loan(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "gone", lent=False, cut=99)
    with pytest.raises(JournalFailed, match="gone"):
        asyncio.run(shop.lend(shop.start()))
    assert not shop.lent
