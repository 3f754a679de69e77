"""Test two simultaneous uploads with real connections and locks: one loan, one answer."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test import Client

from hub.catalogue.models import Item
from hub.circulation.apps import no_obstacle
from hub.circulation.intake.apply_transaction import UploadContext
from hub.circulation.intake.transaction_intake import TransactionIntake
from hub.circulation.models import CirculationEvent, Kiosk, Loan, Patron, Transaction
from hub.circulation.operations import loan_changes
from hub.circulation.operations.context import OperationResult
from hub.core.clock import hub_clock
from hub.fleet import enrolment
from hub.fleet.models import Device as Kept
from tests.hub.support.device import Device, enrol, enrolled_device
from tests.hub.support.world import LIN_UID, NOW, World, make_world
from tests.support.patience import PATIENCE

Result = TypeVar("Result")


class Execute(Protocol):
    def __call__(self, sql: str, *rest: object) -> object: ...


@pytest.fixture
def world(transactional_db: None) -> World:
    """Return the small library, committed so that every connection sees it."""
    return make_world()


def concurrently(*operations_to_run: Callable[[], Result]) -> list[Result]:
    """Run the operations in threads that start at the same moment, each with its own connection."""
    gate = threading.Barrier(len(operations_to_run))

    def run(act: Callable[[], Result]) -> Result:
        try:
            gate.wait(PATIENCE)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(operations_to_run)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, act) for act in operations_to_run]]


def test_concurrent_uploads_of_one_row_create_one_loan(world: World) -> None:
    for item in (world.dune, world.emma, world.utopia):
        row = world.checkout(item)
        answers = concurrently(*[lambda row=row: world.upload(row) for _ in range(4)])
        done = [answer for answer in answers if answer["outcome"] == "accepted"]
        assert done
        assert all(answer == done[0] for answer in done)
        assert {answer["outcome"] for answer in answers} <= {"accepted", "again"}
        assert world.upload(row) == done[0]
        assert len(world.loans(item)) == 1
    assert Transaction.objects.count() == 3


def test_concurrent_checkouts_of_one_item_at_two_kiosks_create_one_loan(world: World) -> None:
    back = world.add_kiosk("back")
    own, theirs = world.checkout(world.dune), {**world.checkout(world.dune, LIN_UID), "seq": 1}

    def final_result(row: dict[str, object], of: Device) -> str:
        for _ in range(50):
            answer = world.post(row, by=of).json()["answers"][0]
            if answer["outcome"] != "again":
                return str(answer["reason"] or answer["outcome"])
        return "again"

    outcomes = concurrently(lambda: final_result(own, world.device), lambda: final_result(theirs, back))
    assert sorted(outcomes) == ["accepted", "on_loan_to_other"]
    assert Loan.objects.count() == 1


def test_transaction_id_sent_by_two_kiosks_stays_with_the_kiosk_stored_first(world: World) -> None:
    """The other kiosk's row is stored between this kiosk's check and its write."""
    back = world.add_kiosk("back")
    own = world.checkin(world.dune, no_block=True)
    theirs = {**world.checkin(world.emma, no_block=True), "id": own["id"], "seq": 1}
    others: list[dict[str, object]] = []

    def other() -> None:
        others.append(world.post(theirs, by=back).json()["answers"][0])
        connection.close()

    def before_ours(execute: Execute, sql: str, *rest: object) -> object:
        if "FOR UPDATE" in sql and '"catalogue_item"' in sql and not others:
            come = threading.Thread(target=other)
            come.start()
            come.join(PATIENCE)
        return execute(sql, *rest)

    if connection.vendor == "sqlite":
        other()
    with connection.execute_wrapper(before_ours):
        (ours,) = TransactionIntake(world.kiosk, UploadContext(NOW), no_obstacle).take([own])
    assert (others[0]["outcome"], ours.outcome) == ("accepted", "set_aside")
    assert world.upload(own)["outcome"] == "set_aside"
    assert world.post(theirs, by=back).json()["answers"][0] == others[0]
    assert Transaction.objects.get().kiosk.name == "back"
    assert [case.kind for case in world.open_cases()] == ["conflict"]


def test_feed_events_are_numbered_without_gaps_under_concurrent_writes(world: World) -> None:
    def borrow_and_return(item: object) -> None:
        for _ in range(5):
            loan_changes.checkout(world.by, world.ada, item)  # type: ignore[arg-type]
            loan_changes.receive(world.by, item)  # type: ignore[arg-type]

    concurrently(*[lambda item=item: borrow_and_return(item) for item in (world.dune, world.emma)])
    assert list(CirculationEvent.objects.values_list("id", flat=True)) == list(range(1, 21))


def test_rows_after_a_locked_kiosk_row_are_deferred_in_order(world: World) -> None:
    """Another upload of the same kiosk is running: PostgreSQL locks the kiosk's row, SQLite the file."""
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Kiosk.objects.select_for_update().get(pk=world.kiosk.pk)
            locked.set()
            done.wait(PATIENCE)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert locked.wait(PATIENCE)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 20")
    exchange = TransactionIntake(world.kiosk, UploadContext(NOW), no_obstacle)
    taking = exchange.take([world.checkout(world.dune), world.checkout(world.emma)])
    waiting = [next(taking)]
    done.set()  # The lock is free for the second row, which is deferred to keep the order.
    other.join(PATIENCE)
    waiting += taking
    assert [(answer.outcome, answer.after) for answer in waiting] == [("again", 1.0), ("again", 1.0)]
    assert Loan.objects.count() == 0


@contextmanager
def conflicting_transaction(world: World) -> Iterator[None]:
    """Lock the item in another transaction, which on PostgreSQL then locks the patron: a deadlock."""
    held, wants = threading.Event(), threading.Event()

    def cross() -> None:
        with transaction.atomic():
            Item.objects.select_for_update().get(pk=world.dune.pk)
            held.set()
            wants.wait(PATIENCE)
            if connection.vendor == "postgresql":
                # PostgreSQL then cancels the transaction under test.
                connection.cursor().execute(f"SET LOCAL deadlock_timeout = '{PATIENCE:.0f}s'")
                Patron.objects.select_for_update().get(pk=world.ada.pk)
        connection.close()

    def release_other(execute: Execute, sql: str, *rest: object) -> object:
        """Let the other transaction continue once this one waits for its lock."""
        if connection.vendor == "sqlite" and sql.startswith("BEGIN"):
            try:
                return execute(sql, *rest)
            finally:
                wants.set()
        if "FOR UPDATE" in sql and '"catalogue_item"' in sql:
            wants.set()
        return execute(sql, *rest)

    other = threading.Thread(target=cross)
    other.start()
    assert held.wait(PATIENCE)
    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 1")
    with connection.execute_wrapper(release_other), mock.patch("hub.core.retrying_transaction.PATIENCE", PATIENCE):
        yield
    other.join(PATIENCE)


def test_upload_is_retried_after_a_deadlock(world: World) -> None:
    with conflicting_transaction(world):
        answers = list(
            TransactionIntake(world.kiosk, UploadContext(NOW), no_obstacle).take([world.checkout(world.dune)])
        )
    assert [answer.outcome for answer in answers] == ["accepted"]
    assert len(world.loans(world.dune)) == 1


def test_staff_checkout_is_retried_after_a_deadlock(world: World) -> None:
    with conflicting_transaction(world):
        done = loan_changes.checkout(world.by, world.ada, world.dune)
    assert isinstance(done, OperationResult)
    assert len(world.loans(world.dune)) == 1
    assert world.event_kinds() == ["checkout"]


def test_enrolment_code_used_concurrently_enrols_one_device(world: World) -> None:
    for _ in range(3):
        Kept.objects.all().delete()
        code, _until = enrolment.new_code(world.kiosk, hub_clock().now())
        keys = [bytes([number]) * 32 for number in range(4)]
        statuses = concurrently(*[lambda code=code, key=key: enrol(code, key).status_code for key in keys])
        assert sorted(statuses) == [200, 403, 403, 403]
        assert Kept.objects.count() == 1


def test_request_counter_used_concurrently_is_accepted_once(world: World) -> None:
    device = enrolled_device(world.kiosk)
    for counter in (10, 20, 30):
        claim = device.claim("GET", "/api/v1/items/1", counter=counter).header
        ask = Client(headers={"Authorization": claim})
        statuses = concurrently(*[lambda ask=ask: ask.get("/api/v1/items/1").status_code for _ in range(4)])
        assert sorted(statuses) == [401, 401, 401, 404]
