"""A kiosk borrows while staff merge the patron's two records: real connections and locks, on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from hub.circulation.intake import apply_transaction
from hub.circulation.models import Card, CirculationEvent, Loan, Patron
from hub.circulation.operations import context
from hub.core.retrying_transaction import atomic
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.staff.merging.merge import merge
from tests.hub.support.world import LIN_UID, World, make_world
from tests.support.patience import PATIENCE

STAFF = RecordSource(Source.STAFF, "grace")
HELD = 0.3
"""Seconds for which the merge holds its locks, so that the kiosk's transaction waits for them."""


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def in_thread(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> Future[Any]:
    def run() -> Any:
        try:
            return act()
        finally:
            connection.close()

    return pool.submit(run)


def merge_while(world: World, act: Callable[[], Any]) -> Any:
    """Begin `act` while the merge holds its locks; return its result."""
    begun = threading.Event()

    @atomic
    def hold_the_merge() -> None:
        merge(world.by, STAFF, world.ada.pk, world.lin.pk, ())
        begun.set()
        time.sleep(HELD)

    def after() -> Any:
        assert begun.wait(PATIENCE)
        return act()

    with ThreadPoolExecutor(2) as pool:
        waiting = in_thread(pool, after)
        in_thread(pool, hold_the_merge).result(PATIENCE)
        return waiting.result(PATIENCE)


def test_loan_that_waits_for_the_merge_reaches_the_record_that_stays(world: World) -> None:
    row = world.checkout(world.dune, LIN_UID, no_block=True)
    assert merge_while(world, lambda: world.upload(row))["outcome"] == "accepted"
    assert [each.patron_id for each in world.loans(world.dune)] == [world.ada.pk]
    assert world.upload(row)["outcome"] == "accepted" and Loan.objects.count() == 1
    assert not world.open_cases()


def test_patron_found_before_the_merge_alone_would_refuse_that_loan(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: without the second look at the card, the loan that waited is refused on PostgreSQL."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite begins the kiosk's transaction after the merge")
    monkeypatch.setattr(apply_transaction, "lock_card", lambda hashed: next(iter(context._card(hashed)), None))
    row = world.checkout(world.dune, LIN_UID, no_block=True)
    merge_while(world, lambda: world.upload(row))
    assert not world.loans(world.dune)


def test_loans_at_a_kiosk_during_the_merge_are_each_made_once(world: World) -> None:
    """Whether a row comes before the merge, waits for it or comes after it: one loan, and of the one who stays."""
    items = (world.dune, world.emma, world.utopia)
    rows = [world.checkout(item, LIN_UID, no_block=True) for item in items]
    outcomes: list[list[str]] = []

    def borrow() -> None:
        for row in rows:
            outcomes.append([_final(world, row) for _ in range(2)])
            time.sleep(0.01)

    with ThreadPoolExecutor(2) as pool:
        borrowing = in_thread(pool, borrow)
        in_thread(pool, lambda: merge(world.by, STAFF, world.ada.pk, world.lin.pk, ())).result(PATIENCE)
        borrowing.result(PATIENCE)
    assert outcomes == [["accepted", "accepted"]] * 3
    assert [[each.patron_id for each in world.loans(item)] for item in items] == [[world.ada.pk]] * 3
    assert not Patron.objects.filter(pk=world.lin.pk).exists()
    assert set(Card.objects.values_list("patron", flat=True)) == {world.ada.pk}
    carry()
    assert set(CirculationEvent.objects.values_list("data__patron", flat=True)) == {world.ada.ref}
    assert not Person.objects.exclude(ref=world.ada.ref).exists()


def _final(world: World, row: dict[str, Any]) -> str:
    for _ in range(50):
        outcome = str(world.upload(row)["outcome"])
        if outcome != "again":
            return outcome
    return "again"
