"""Test an ILS with a companion hub: the hub gets each transaction once, before its row is closed."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from kiosk.central import Accepted, JournalRow, Refused, RetryLater, SetAside
from kiosk.journal.errors import JournalFailed, JournalFault
from kiosk.journal.journal import Journal, State
from kiosk.sip2_simulator.dialects import DIALECTS
from kiosk.sync.courier import Courier
from kiosk.sync.hub_client import HubClient, pack_rows
from kiosk.sync.sip2.connection import Peer, Sip2Connection, Speech, Timing
from kiosk.sync.sip2.exception_store import ExceptionKind, ExceptionStore, StoredException
from kiosk.sync.sip2.requests import PROFILES, Requests, login
from kiosk.sync.sip2.with_hub import Sip2ClientWithHub
from kiosk.system.health import Health
from lending.model import CardRef, Item, ItemId, Patron, PatronRef
from lending.responses import ContactCheck
from lending.transactions import Act, Checkin, Checkout, Renew, ReturnMode, Undo
from lending.wire import decode, encode
from tests.kiosk.desk.bench import HandClock
from tests.kiosk.desk.central import NOON
from tests.kiosk.sip2_simulator.running_simulator import ZONE
from tests.kiosk.sync.bench import BookKeeper, run_async
from tests.kiosk.sync.central_contract import Stand, in_weeks, one
from tests.kiosk.sync.seal_keys import plain
from tests.kiosk.sync.sip2.client_test import ACCOUNT, KEYS, System
from tests.kiosk.sync.sip2.exception_store_test import ADA, LIN

TRUSTED = ReturnMode.TRUSTED


@dataclass
class Queue:
    """Queue for the hub in memory; `full` simulates a full disk."""

    rows: dict[str, Act] = field(default_factory=dict)
    as_sent: list[JournalRow] = field(default_factory=list)
    full: bool = False

    async def copy(self, row: JournalRow, act: Act) -> None:
        if self.full:
            raise JournalFailed(JournalFault.FULL, Path("hub.db"))
        if row.id not in self.rows:
            self.rows[row.id] = act
            self.as_sent.append(row)


def client_with_hub(system: System, queue: Queue, born: bool = True) -> Sip2ClientWithHub:
    identity = SimpleNamespace(identity=SimpleNamespace(card_key=bytes(32)))
    hub = HubClient("http://127.0.0.1:9", identity)  # type: ignore[arg-type]
    line = Sip2Connection(
        Peer("127.0.0.1", system.port), Speech(DIALECTS["koha"].charset), login(ACCOUNT), Timing(answer=5.0)
    )
    requests = Requests(ACCOUNT, system.now, ZONE)
    cases = ExceptionStore(system.folder, KEYS)
    central = Sip2ClientWithHub(hub, line, PROFILES["koha"], requests, KEYS, system.befores, lambda _: born, cases)
    central.queue = queue
    return central


@run_async
async def test_hub_receives_the_ils_due_date_and_its_own_card_reference(system: System, stand: Stand) -> None:
    queue = Queue()
    central = client_with_hub(system, queue)
    row = stand.row(Checkout(ADA, stand.free(), in_weeks(20)))
    answer = await one(central, row)
    assert isinstance(answer, Accepted)
    act = queue.rows[row.id]
    assert isinstance(act, Checkout)
    assert (act.card, act.due) == (central.hub.reference("1001"), answer.due)
    assert act.due != in_weeks(20)


@run_async
async def test_unreadable_due_date_is_marked_as_reckoned(system: System, stand: Stand) -> None:
    """For a loan and a renewal; the control is a readable date."""
    queue = Queue()
    central = client_with_hub(system, queue)
    lent = stand.row(Checkout(ADA, stand.free(), in_weeks(20)))
    for answer, reckoned in ((Accepted(due_text="5. Juni"), True), (Accepted(), True), (Accepted(NOON), False)):
        assert await central._before_close(lent, Checkout(ADA, ItemId("3001"), in_weeks(20)), answer) == answer
        (act,) = queue.rows.values()
        assert isinstance(act, Checkout) and act.reckoned is reckoned
        assert decode(*encode(act)) == act and ("reckoned" in encode(act)[1]) is reckoned
        queue.rows.clear()
        await central._before_close(lent, Renew(ADA, ItemId("3001"), in_weeks(20)), answer)
        (act,) = queue.rows.values()
        assert isinstance(act, Renew) and act.reckoned is reckoned and decode(*encode(act)) == act
        queue.rows.clear()


@run_async
async def test_refused_transaction_is_not_reported_to_the_hub(system: System, stand: Stand) -> None:
    queue = Queue()
    central = client_with_hub(system, queue)
    assert isinstance(
        await one(central, stand.row(Checkout(KEYS.reference("1003"), stand.free(), in_weeks()))), Refused
    )
    assert not queue.rows


@run_async
async def test_transaction_done_before_a_crash_is_reported_after_restart(system: System, stand: Stand) -> None:
    """The ILS has done the transaction; the resent row is not done twice and is queued for the hub."""
    item = stand.free()
    row = stand.row(Checkout(ADA, item, in_weeks()))
    assert isinstance(await one(system.central(), row), Accepted)
    queue = Queue()
    assert isinstance(await one(client_with_hub(system, queue, born=False), row), Accepted)
    assert system.events(item) == ["checkout"]
    assert list(queue.rows) == [row.id]


@run_async
async def test_full_hub_queue_keeps_the_row_open(system: System, stand: Stand) -> None:
    queue = Queue(full=True)
    central, item = client_with_hub(system, queue), stand.free()
    row = stand.row(Checkout(ADA, item, in_weeks()))
    assert isinstance(await one(central, row), RetryLater)
    queue.full = False
    assert isinstance(await one(central, row), Accepted)
    assert list(queue.rows) == [row.id]
    assert system.events(item) == ["checkout"]


@run_async
async def test_renewal_is_not_repeated_after_a_full_hub_queue(system: System, stand: Stand) -> None:
    queue = Queue()
    central, item = client_with_hub(system, queue), stand.free()
    await one(central, stand.row(Checkout(ADA, item, in_weeks())))
    queue.full = True
    row = stand.row(Renew(ADA, item, in_weeks(20)))
    for _try in range(3):
        assert isinstance(await one(central, row), RetryLater)
    queue.full = False
    assert isinstance(await one(central, row), Accepted)
    assert row.id in queue.rows
    assert system.events(item) == ["checkout", "renew"]


@run_async
async def test_transactions_are_reported_in_order(system: System, stand: Stand) -> None:
    queue = Queue()
    central, item, other = client_with_hub(system, queue), stand.free(), stand.free()
    lent = stand.row(Checkout(ADA, item, in_weeks()))
    undone = stand.row(Checkout(LIN, other, in_weeks()))
    response = stand.row(ContactCheck("right", card=ADA))
    system_rows = [
        lent,
        stand.row(Renew(ADA, item, in_weeks(5))),
        undone,
        stand.row(Undo(undone.id)),
        response,
        stand.row(Checkin(item, ReturnMode.TRUSTED)),
    ]
    for row in system_rows:
        assert isinstance(await one(central, row), Accepted)
    assert list(queue.rows) == [row.id for row in system_rows]
    assert queue.rows[response.id] == ContactCheck("right", card=central.hub.reference("1001"))


async def confirm_return(central: Sip2ClientWithHub, stand: Stand) -> JournalRow:
    """Borrow and return an item provisionally, and confirm it as staff; return the row of the return."""
    item = stand.free()
    await one(central, stand.row(Checkout(ADA, item, in_weeks())))
    scan = replace(stand.row(Checkin(item, ReturnMode.PROVISIONAL)), at=NOON, boot="b1", mono_ns=7)
    assert isinstance(await one(central, scan), Accepted)
    central.cases.confirm([item])
    return scan


def confirmed_rows(queue: Queue, scan: JournalRow) -> list[JournalRow]:
    """Rows of the confirmed return in the queue."""
    trusted = [each for each in queue.as_sent if queue.rows[each.id] == Checkin(item_of(queue, scan), TRUSTED)]
    return [each for each in trusted if each.id != scan.id]


def item_of(queue: Queue, scan: JournalRow) -> ItemId:
    act = queue.rows[scan.id]
    assert isinstance(act, Checkin)
    return act.item


@run_async
async def test_confirmed_return_is_reported_with_its_original_time(system: System, stand: Stand) -> None:
    queue = Queue()
    central = client_with_hub(system, queue)
    scan = await confirm_return(central, stand)
    assert not confirmed_rows(queue, scan)
    await central.look_after_returns()
    (row,) = confirmed_rows(queue, scan)
    assert (row.at, row.boot, row.mono_ns, row.trust) == (NOON, "b1", 7, scan.trust)
    assert not central.cases.stored_exceptions


@run_async
async def test_confirmed_return_is_reported_once_after_a_crash(system: System, stand: Stand) -> None:
    queue = Queue()
    central = client_with_hub(system, queue)
    scan = await confirm_return(central, stand)
    before = (system.folder / "cases").read_bytes()
    await central.look_after_returns()
    (system.folder / "cases").write_bytes(before)
    await client_with_hub(system, queue, born=False).look_after_returns()
    assert len(confirmed_rows(queue, scan)) == 1
    assert system.events(item_of(queue, scan)) == ["checkout", "checkin"]


@run_async
async def test_confirmed_return_is_reported_once_there_is_space(system: System, stand: Stand) -> None:
    queue = Queue()
    central = client_with_hub(system, queue)
    scan = await confirm_return(central, stand)
    queue.full = True
    await central.look_after_returns()
    assert [each.id for each in central.cases.stored_exceptions] == [scan.id]
    queue.full = False
    await central.look_after_returns()
    assert len(confirmed_rows(queue, scan)) == 1 and not central.cases.stored_exceptions
    assert system.events(item_of(queue, scan)) == ["checkout", "checkin"]


@run_async
async def test_item_is_not_lent_again_before_its_return_is_queued(system: System, stand: Stand) -> None:
    """Otherwise the hub would apply the return to the next loan."""
    queue = Queue()
    central = client_with_hub(system, queue)
    scan = await confirm_return(central, stand)
    queue.full = True
    row = stand.row(Checkout(LIN, item_of(queue, scan), in_weeks()))
    for _try in range(2):
        assert isinstance(await one(central, row), RetryLater)
    queue.full = False
    assert isinstance(await one(central, row), Accepted)
    assert [each.id for each in queue.as_sent][-2:] == [confirmed_rows(queue, scan)[0].id, row.id]
    assert system.events(item_of(queue, scan)) == ["checkout", "checkin", "checkout"]


@run_async
async def test_hub_accepts_a_confirmed_return_of_an_older_kiosk(system: System, stand: Stand) -> None:
    """The exception was stored by an older version, without a boot id."""
    queue = Queue()
    central = client_with_hub(system, queue)
    item = stand.free()
    scan = stand.row(Checkin(item, ReturnMode.PROVISIONAL))
    old = StoredException(scan.id, ExceptionKind.RETURN, NOON, "checkin", item, confirmed=True)
    central.cases.note(old)
    await central.look_after_returns()
    (row,) = queue.as_sent
    (sent,) = json.loads(pack_rows([replace(row, seq=1)], elsewhere=True)[0])["rows"]
    assert (sent["id"], sent["boot"], sent["kind"]) == (row.id, old.id, "checkin")
    assert row.id != old.id


@run_async
async def test_hub_supplies_data_missing_from_sip2(system: System, stand: Stand) -> None:
    central, item = client_with_hub(system, Queue()), stand.free()
    facts: Any = SimpleNamespace(
        patron=lambda card: Patron(PatronRef("p-1"), "child") if card == ADA else None,
        item=lambda each: Item(each, "Dune", author="F. Herbert", type="dvd") if each == item else None,
    )
    central.facts = facts
    patron, known = await central.patron(ADA), await central.item(item)
    assert isinstance(patron, Patron) and known is not None
    assert (patron.category, patron.ref) == ("child", PatronRef("p-1"))
    assert (known.title, known.author, known.type) == ("Dune", "F. Herbert", "dvd")


@run_async
async def test_hub_queue_keeps_row_ids_after_restarts(tmp_path: Path, stand: Stand) -> None:
    """A repetition has no effect, even after a restart; the hub gets the transaction under the id on the receipt."""
    path = tmp_path / "hub.db"
    Journal.create(path)
    row = stand.row(Checkout(CardRef("1" * 64), ItemId("3001"), in_weeks()))
    act = Checkout(CardRef("0" * 64), ItemId("3001"), in_weeks(9))
    for _start in range(2):
        keeper = BookKeeper()
        with ThreadPoolExecutor(1) as executor:
            journal = Journal.open(path)
            courier = Courier(
                journal, keeper, HandClock(NOON), Health(lambda *_: None), lambda _: None, executor, Random(1)
            )
            await courier.copy(row, act)
            await courier.copy(row, act)
            assert [each.id for each in journal.pending()] == [row.id]
            executor.submit(journal.close_file).result()
    journal = Journal.open(path)
    (kept,) = journal.pending()
    journal.close(row.id, State.ACCEPTED, "{}", "", NOON)
    journal.resend(1)
    (again,) = journal.pending()
    journal.close_file()
    (sent_again,) = json.loads(pack_rows([again], elsewhere=True)[0])["rows"]
    assert sent_again["result_shown"], "also when it is resent"
    assert json.loads(pack_rows([again])[0])["rows"][0]["result_shown"]
    assert (kept.id, kept.at, kept.boot, kept.seq) == (row.id, row.at, row.boot, 1)
    sent = json.loads(pack_rows([kept], elsewhere=True)[0])
    assert sent["elsewhere"] is True
    (only,) = sent["rows"]
    assert (only["no_block"], only["result_shown"], "untold" in only) == (True, True, False)
    promised = json.loads(pack_rows([replace(kept, no_block=True)], elsewhere=True)[0])
    assert "result_shown" not in promised["rows"][0]
    assert decode(kept.kind, plain(kept)) == act


@run_async
@pytest.mark.parametrize("later", [True, False])
async def test_return_after_an_outage_does_not_end_a_loan_due_later(system: System, stand: Stand, later: bool) -> None:
    """The kiosk has seen no borrower; the negative control is the due date that the hub knew."""
    item = stand.free()
    await one(client_with_hub(system, Queue()), stand.row(Checkout(ADA, item, in_weeks())))
    loan = system.library.copies[item].loan
    assert loan is not None
    queue = Queue()
    central = client_with_hub(system, queue, born=True)
    known = Item(item, "Dune", due=loan.due - timedelta(days=3) if later else loan.due)
    facts: Any = SimpleNamespace(patron=lambda _card: None, item=lambda _item: known)
    central.facts = facts
    answer = await one(central, replace(stand.row(Checkin(item, TRUSTED)), no_block=True))
    assert isinstance(answer, SetAside if later else Accepted)
    assert (system.library.copies[item].loan is not None, bool(queue.rows)) == (later, not later)


@run_async
async def test_due_date_known_at_the_return_is_kept_with_the_row(system: System, stand: Stand) -> None:
    """The hub learns of the next loan while the row is still queued."""
    item = stand.free()
    await one(client_with_hub(system, Queue()), stand.row(Checkout(ADA, item, in_weeks())))
    loan = system.library.copies[item].loan
    assert loan is not None
    central = client_with_hub(system, Queue())
    known = {item: Item(item, "Dune", due=loan.due - timedelta(days=3))}
    facts: Any = SimpleNamespace(patron=lambda _card: None, item=known.get)
    central.facts = facts
    act = Checkin(item, TRUSTED)
    row = replace(stand.row(act, no_block=True), body=central.seal.close(encode(act)[1]))
    known[item] = Item(item, "Dune", due=loan.due)
    assert isinstance(await one(central, row), SetAside)
    assert system.library.copies[item].loan is not None
