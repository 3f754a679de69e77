"""Test an item on loan that a full sheet no longer contains: its loan continues and ends normally."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.circulation.models import CirculationEvent, InHouseUse, Loan, Patron
from hub.circulation.operations import sightings
from hub.core.clock import hub_clock
from hub.outreach.patrons.erasure import erase
from lending import wire
from lending.model import Block, ItemStatus, Reason
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow, system
from tests.hub.staff.staff_client import Grace
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import World

__all__ = ["system"]


@pytest.fixture
def with_withdrawn_loan(system: IlsSheets, world: World) -> IlsSheets:
    """Import sheets in which Emma is withdrawn while on loan to Ada."""
    system.source("items", full=True)
    system.source("loans", full=True)
    system.items()
    system.loans(f"{ADA},{world.emma.barcode}", f"{ADA},{world.dune.barcode}")
    follow()
    system.items(without=(world.emma.barcode,))
    follow()
    world.emma.refresh_from_db()
    assert world.emma.condition == "withdrawn"
    return system


def status_for_kiosk(world: World, barcode: str) -> ItemStatus | None:
    answer = world.client().get(f"/api/v1/items/{barcode}")
    if answer.status_code == 404:
        return None
    return wire.item_from(wire.parse(wire.WireItem, answer.content)).status


def snapshot_items(world: World) -> set[str]:
    reader = Reader(world.device)
    reader.poll()
    return set(reader.items)


def test_withdrawn_item_on_loan_stays_known_to_kiosks_until_returned(
    with_withdrawn_loan: IlsSheets, world: World
) -> None:
    """Otherwise the return could not be recorded."""
    barcode = world.emma.barcode
    assert Loan.objects.get(item=world.emma).state == "on_loan"
    assert status_for_kiosk(world, barcode) is ItemStatus.ON_LOAN and barcode in snapshot_items(world)
    assert "On loan, withdrawn" in Grace().page("items")
    reader = Reader(world.device)
    reader.poll()
    assert world.upload(world.checkin(world.emma, "trusted"))["outcome"] == "accepted"
    assert Loan.objects.get(item=world.emma).state == "returned"
    assert status_for_kiosk(world, barcode) is None and barcode not in snapshot_items(world)
    reader.poll()
    assert barcode not in reader.items
    assert status_for_kiosk(world, world.utopia.barcode) is ItemStatus.ON_SHELF, "control"


def test_loan_of_a_withdrawn_item_follows_the_sheet(with_withdrawn_loan: IlsSheets, world: World) -> None:
    with_withdrawn_loan.loans(f"{ADA},{world.emma.barcode}")
    assert follow() == 0
    assert {each.item.barcode: each.state for each in Loan.objects.all()} == {
        world.emma.barcode: "on_loan",
        world.dune.barcode: "returned",
    }
    with_withdrawn_loan.loans()
    assert follow() == 0
    assert Loan.objects.get(item=world.emma).state == "returned"


def test_item_just_returned_by_a_sheet_is_not_in_house_use(with_withdrawn_loan: IlsSheets, world: World) -> None:
    """Staff returned it in the ILS and scan it here; another item and a later scan are the controls."""
    with_withdrawn_loan.loans(f"{ADA},{world.emma.barcode}")
    follow()
    back = Loan.objects.get(item=world.dune).closed_at
    assert back is not None
    hub_clock().set(back + timedelta(minutes=20))
    assert sightings.use_in_house(world.by, world.dune) == Block(Reason.NOTHING_TO_UNDO)
    assert not InHouseUse.objects.exists()
    sightings.use_in_house(world.by, world.utopia)
    world.advance(hours=2)
    sightings.use_in_house(world.by, world.dune)
    assert [each.item.barcode for each in InHouseUse.objects.order_by("pk")] == [
        world.utopia.barcode,
        world.dune.barcode,
    ]
    assert CirculationEvent.objects.filter(kind="used_in_house").count() == 2


def test_patron_erased_only_in_the_hub_returns_as_a_new_patron(system: IlsSheets, world: World) -> None:
    """Staff are warned of this before the erasure; a patron erased in the ILS too does not return."""
    system.source("patrons", full=True)
    system.patrons()
    assert follow() == 0
    before = world.lin.ref
    assert not erase(before, hub_clock().now())
    system.patrons("20000000000098,Max Invented,adult,,")
    assert follow() == 0
    again = Patron.objects.get(identifier=LIN)
    assert again.ref != before and again.status == "active"
    assert not erase(again.ref, hub_clock().now())
    system.patrons(without=(LIN,))
    assert follow() == 0
    assert not Patron.objects.filter(identifier=LIN).exists()
