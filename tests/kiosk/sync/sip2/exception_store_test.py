"""Test exceptions at a kiosk without a hub: stored before the row is closed, sealed, resolved by staff."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.central import Accepted, JournalRow, Refused, RetryLater, SetAside
from kiosk.sync.sip2.client import Sip2Client
from kiosk.sync.sip2.device_keys import DeviceKeys
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, StoredException
from lending.model import Account, Block, CardRef, FeeKind, ItemId, ItemStatus, Reason
from lending.transactions import (
    Act,
    Checkin,
    Checkout,
    Renew,
    ReturnMode,
    TagFinding,
    TagReport,
    TransactionId,
    Undo,
)
from tests.kiosk.desk.central import NOON
from tests.kiosk.sync.bench import run_async
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.sip2.client_test import KEYS, System

ADA = KEYS.reference("1001")
LIN = KEYS.reference("1002")


async def borrow(central: Sip2Client, stand: Stand, card: CardRef = ADA) -> ItemId:
    item = stand.free()
    assert isinstance(await one(central, stand.row(Checkout(card, item, in_weeks()))), Accepted)
    return item


def promised(stand: Stand, act: Act) -> JournalRow:
    return stand.row(act, no_block=True)


@run_async
async def test_refused_promise_opens_an_exception(system: System, stand: Stand) -> None:
    central = system.central()
    item = await borrow(central, stand, LIN)
    row = promised(stand, Checkout(ADA, item, in_weeks()))
    assert await one(central, row) == SetAside("on_loan_to_other", Block(Reason.ON_LOAN_TO_OTHER))
    (case,) = central.cases.urgent
    assert (case.id, case.kind, case.item, case.number, case.reason) == (
        row.id,
        ExceptionKind.REFUSED,
        item,
        "1001",
        "on_loan_to_other",
    )
    await one(system.central(born=False), row)
    assert len(central.cases.stored_exceptions) == 1


@pytest.mark.sip2_fact("G43")
@run_async
async def test_earlier_due_date_than_promised_opens_an_exception(system: System, stand: Stand) -> None:
    """The simulator chooses the due date of a renewal itself."""
    central = system.central()
    item = await borrow(central, stand)
    row = promised(stand, Renew(ADA, item, in_weeks(20)))
    assert isinstance(await one(central, row), Accepted)
    (case,) = central.cases.urgent
    assert case.kind is ExceptionKind.DUE
    assert case.promised == in_weeks(20).replace(microsecond=0) or case.promised is not None
    assert case.given is not None
    assert case.given < case.promised
    agreed = promised(stand, Checkout(LIN, stand.free(), in_weeks()))
    assert isinstance(await one(central, agreed), Accepted)
    assert len(central.cases.urgent) == 1


@run_async
async def test_later_due_date_than_promised_opens_no_exception(system: System, stand: Stand) -> None:
    """Some systems add the renewal period to the old due date."""
    central = system.central()
    item = await borrow(central, stand)
    for act in (Renew(ADA, item, in_weeks(1)), Checkout(LIN, stand.free(), in_weeks(1))):
        soon = replace(act, due=act.due.replace(hour=1))
        system.library.copies[act.item].days = 60
        assert isinstance(await one(central, promised(stand, soon)), Accepted)
    assert [each for each in central.cases.urgent if each.item == item] == []


@run_async
async def test_untold_loan_opens_an_exception(system: System, stand: Stand) -> None:
    central = system.central()
    row = replace(stand.row(Checkout(ADA, stand.free(), in_weeks())), untold=True)
    assert isinstance(await one(central, row), Accepted)
    assert [each.kind for each in central.cases.urgent] == [ExceptionKind.UNTOLD]


@run_async
async def test_provisional_return_waits_for_staff_confirmation(system: System, stand: Stand) -> None:
    central = system.central()
    item = await borrow(central, stand)
    row = stand.row(Checkin(item, ReturnMode.PROVISIONAL))
    assert isinstance(await one(central, row), Accepted)
    await central.look_after_returns()
    assert "checkin" not in system.events(item)
    returned = await central.item(item)
    account = await central.account(ADA)
    assert returned is not None
    assert returned.status is ItemStatus.HANDED_IN
    assert isinstance(account, Account)
    assert item not in {each.id for each in account.loans}
    ExceptionStore(system.folder, KEYS).confirm([item])
    await central.look_after_returns()
    done = next(each for each in system.library.events if (each.did, each.barcode) == ("checkin", item))
    assert abs(done.at - row.at) < timedelta(seconds=1)
    assert not central.cases.stored_exceptions


@run_async
async def test_return_checked_in_at_the_ils_resolves_itself(system: System, stand: Stand) -> None:
    central = system.central()
    item = await borrow(central, stand)
    await one(central, stand.row(Checkin(item, ReturnMode.PROVISIONAL)))
    system.library.checkin(system.library.copies[item], system.now(), no_block=False)
    await central.look_after_returns()
    assert not central.cases.stored_exceptions
    assert system.events(item).count("checkin") == 1


@pytest.mark.parametrize("mode", [ReturnMode.TRUSTED, ReturnMode.BIN])
@run_async
async def test_trusted_or_bin_return_is_sent_at_once(system: System, stand: Stand, mode: ReturnMode) -> None:
    central = system.central()
    item = await borrow(central, stand)
    assert isinstance(await one(central, stand.row(Checkin(item, mode))), Accepted)
    assert system.events(item) == ["checkout", "checkin"]


@run_async
async def test_function_forbidden_by_acs_status_is_refused_or_retried(system: System, stand: Stand) -> None:
    central = system.central()
    item = await borrow(central, stand)
    assert system.simulator is not None
    system.simulator.orders.turn("forbids", 1, system.library)
    await central.ping()
    assert not central.allows("checkout")
    act = Checkout(ADA, stand.free(), in_weeks())
    assert await one(central, stand.row(act)) == Refused(Block(Reason.CENTRAL_FORBIDS))
    assert isinstance(await one(central, promised(stand, act)), RetryLater)
    assert isinstance(await one(central, stand.row(Checkin(item, ReturnMode.TRUSTED))), RetryLater)
    assert system.events(item) == ["checkout"]


@pytest.mark.sip2_fact("G39")
@run_async
async def test_fee_is_asked_first_and_the_agreed_fee_is_sent(system: System, stand: Stand) -> None:
    central, item = system.central(), stand.free()
    system.library.copies[item].rent = Decimal("2.50")
    act = Checkout(ADA, item, in_weeks())
    assert await one(central, stand.row(act)) == Refused(
        Block(Reason.LOAN_COSTS, amount=Decimal("2.50"), currency="USD", fee=FeeKind.LOAN)
    )
    assert system.events(item) == []
    agreed = replace(act, fee=Decimal("2.50"))
    assert isinstance(await one(central, stand.row(agreed)), Accepted)
    assert system.events(item) == ["checkout"]


def test_file_reveals_nothing_without_the_key(system: System, stand: Stand, tmp_path: Path) -> None:
    central = system.central()

    async def fill() -> str:
        item = await borrow(central, stand, LIN)
        await one(central, promised(stand, Checkout(ADA, item, in_weeks())))
        central.close()
        return item

    item = asyncio.run(fill())
    raw = (system.folder / "cases").read_text()
    assert item not in raw
    assert "1001" not in raw
    assert "on_loan" not in raw
    assert (system.folder / "cases").stat().st_mode & 0o077 == 0


def make_exception(name: str, kind: ExceptionKind = ExceptionKind.REFUSED, item: str = "3001") -> StoredException:
    return StoredException(TransactionId(name), kind, NOON, "checkout", item)


def test_concurrent_processes_lose_no_exception(tmp_path: Path) -> None:
    """Two changes can have the same modification time."""
    kiosk, command = ExceptionStore(tmp_path, KEYS), ExceptionStore(tmp_path, KEYS)
    kiosk.note(make_exception("one"))
    assert [each.id for each in kiosk.stored_exceptions] == ["one"]
    step = (tmp_path / "cases").stat().st_mtime_ns
    command.note(make_exception("two"))
    os.utime(tmp_path / "cases", ns=(step, step))
    kiosk.note(make_exception("three"))
    assert [each.id for each in ExceptionStore(tmp_path, KEYS).stored_exceptions] == ["one", "two", "three"]
    command.settle(["one"])
    os.utime(tmp_path / "cases", ns=(step, step))
    assert [each.id for each in kiosk.stored_exceptions] == ["two", "three"]


@pytest.mark.parametrize(
    "line", [b"x25519:0000000000000000:AAAA\n", b"x25519:\xff\x00\x85\xe9\n"], ids=["foreign key", "damaged"]
)
def test_unreadable_line_is_kept_unchanged(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "cases").write_bytes(line)
    cases = ExceptionStore(tmp_path, KEYS)
    assert not cases.stored_exceptions
    cases.note(make_exception("one"))
    cases.settle(["one"])
    assert (tmp_path / "cases").read_bytes() == line


@run_async
async def test_confirmed_return_does_not_end_the_next_patrons_loan(system: System, stand: Stand) -> None:
    """The last confirmed book is lent again while the first ones are being checked in."""
    central = system.central()
    items = [await borrow(central, stand) for _ in range(6)]
    for item in items:
        await one(central, stand.row(Checkin(item, ReturnMode.PROVISIONAL)))
    ExceptionStore(system.folder, KEYS).confirm(items)
    out = stand.row(Checkout(LIN, items[-1], in_weeks()))
    _, answer = await asyncio.gather(central.look_after_returns(), one(central, out))
    assert isinstance(answer, Accepted)
    assert system.events(items[-1]) == ["checkout", "checkin", "checkout"]
    assert not central.cases.stored_exceptions


@run_async
async def test_unrecorded_exception_keeps_the_row_queued(system: System, stand: Stand) -> None:
    """The disk is full: the row waits, and the exception is stored once there is space."""
    central = system.central()
    item = await borrow(central, stand, LIN)
    returned = await borrow(central, stand)
    back = stand.row(Checkin(returned, ReturnMode.PROVISIONAL))
    folder = system.folder / "full"
    central.cases = ExceptionStore(folder, KEYS)
    row = promised(stand, Checkout(ADA, item, in_weeks()))
    assert isinstance(await one(central, row), RetryLater)
    assert isinstance(await one(central, back), RetryLater)
    folder.mkdir()
    assert isinstance(await one(central, row), SetAside)
    assert isinstance(await one(central, back), Accepted)
    assert [each.kind for each in central.cases.stored_exceptions] == [ExceptionKind.REFUSED, ExceptionKind.RETURN]


@run_async
async def test_finding_about_a_tag_is_kept_for_staff(system: System, stand: Stand) -> None:
    central = system.central()
    row = stand.row(TagReport(ItemId("3001"), TagFinding.RINGS))
    assert isinstance(await one(central, row), Accepted)
    assert isinstance(await one(central, row), Accepted)
    (case,) = central.cases.urgent
    assert (case.id, case.kind, case.item, case.number, case.reason) == (row.id, ExceptionKind.TAG, "3001", "", "rings")


@run_async
async def test_row_sealed_with_another_key_opens_an_exception(system: System, stand: Stand) -> None:
    central = system.central()
    act = Checkout(ADA, stand.free(), in_weeks())
    row = replace(promised(stand, act), body=DeviceKeys(bytes(32)).close("{}"))
    assert await one(central, row) == SetAside("unreadable")
    (case,) = central.cases.urgent
    assert (case.id, case.act, case.item, case.reason) == (row.id, "checkout", "", "unreadable")


class CountingKeys(DeviceKeys):
    opened = 0
    closed = 0

    def open(self, body: str) -> str:
        self.opened += 1
        return super().open(body)

    def close(self, body: str) -> str:
        self.closed += 1
        return super().close(body)


def test_each_exception_is_sealed_and_opened_once(tmp_path: Path) -> None:
    """The cost of one exception does not grow with their number."""
    keys = CountingKeys(bytes(range(32)))
    cases = ExceptionStore(tmp_path, keys)
    for number in range(60):
        cases.note(make_exception(str(number), ExceptionKind.RETURN, f"3{number:03}"))
        assert cases.pending_return(f"3{number:03}") is not None
    cases.settle([str(number) for number in range(30)])
    cases.confirm(["3059"])
    assert len(cases.stored_exceptions) == 30
    assert (keys.opened, keys.closed) == (61, 61)


def test_line_cut_by_a_power_failure_damages_no_other(tmp_path: Path) -> None:
    cases = ExceptionStore(tmp_path, KEYS)
    cases.note(make_exception("one"))
    with (tmp_path / "cases").open("ab") as file:
        file.write(b"x25519:broken off")
    cases.note(make_exception("two"))
    assert [each.id for each in ExceptionStore(tmp_path, KEYS).stored_exceptions] == ["one", "two"]
    cases.settle(["one"])
    assert (tmp_path / "cases").read_bytes().startswith(b"x25519:broken off\n")


def test_exception_without_later_fields_is_read(tmp_path: Path) -> None:
    """An older version did not store the due date."""
    facts = {
        "id": "one", "kind": "return", "at": NOON.isoformat(), "act": "checkin", "item": "3001", "number": "",
        "promised": None, "given": None, "reason": "", "confirmed": False,
    }  # fmt: skip
    (tmp_path / "cases").write_text(KEYS.close(json.dumps(facts)) + "\n")
    assert ExceptionStore(tmp_path, KEYS).pending_return("3001") == StoredException(
        TransactionId("one"), ExceptionKind.RETURN, NOON, "checkin", "3001"
    )


@run_async
async def test_undo_does_not_end_another_patrons_loan(system: System, stand: Stand) -> None:
    """Two patrons want one copy: the promised loan is refused, and undoing it is accepted."""
    central = system.central()
    item = await borrow(central, stand, LIN)
    row = promised(stand, Checkout(ADA, item, in_weeks()))
    assert isinstance(await one(central, row), SetAside)
    assert await one(central, stand.row(Undo(row.id))) == Accepted()
    assert system.events(item) == ["checkout"]
