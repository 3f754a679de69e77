"""Test full sheets: missing records are closed or marked, never deleted; partial sheets close nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hub.catalogue.models import Item
from hub.circulation.models import Hold, Loan, Patron
from hub.circulation.operations import loan_changes
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.csv_reader import FEW
from hub.ils.imports import conflicts, import_runner
from hub.ils.models import ImportRun
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.support.world import NOW, World

__all__ = ["system"]
ADA, LIN = "20000000000012", "20000000000020"


def patron_statuses() -> dict[str, str]:
    return dict(Patron.objects.values_list("identifier", "status"))


def follow() -> int:
    hub_clock().set(hub_clock().now() + timedelta(hours=1))
    return main(["follow"])


def test_patron_missing_from_a_full_sheet_is_blocked_until_listed_again(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons()
    assert follow() == 0
    system.patrons(without=(LIN,))
    assert follow() == 0
    assert patron_statuses() == {ADA: "active", LIN: "blocked"}
    assert ImportRun.objects.first().over == 1
    system.patrons("20000000000098,Max Invented,adult,,")
    follow()
    assert patron_statuses() == {ADA: "active", LIN: "active", "20000000000098": "active"}
    assert world.event_kinds().count("patron_status") == 2


def test_partial_sheet_blocks_no_patron(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=False)
    system.patrons()
    follow()
    system.patrons(without=(LIN,))
    follow()
    assert patron_statuses() == {ADA: "active", LIN: "active"}


def test_patron_registered_in_the_hub_is_not_blocked(system: IlsSheets, world: World) -> None:
    Patron.objects.create(identifier="T000000001", name="Mo Here", category=world.adult)
    system.source("patrons", full=True)
    for without in ((), (LIN,)):
        system.patrons(without=without)
        follow()
    assert patron_statuses() == {ADA: "active", LIN: "blocked", "T000000001": "active"}


def test_patron_blocked_by_staff_stays_blocked(system: IlsSheets, world: World) -> None:
    world.lin.status = "blocked"
    world.lin.save()
    system.source("patrons", full=True)
    for without in ((), (LIN,), ()):
        system.patrons(without=without)
        follow()
    assert patron_statuses()[LIN] == "blocked"


def test_full_sheet_with_a_conflict_blocks_no_patron_until_it_is_ignored(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons()
    follow()
    system.patrons("20000000000098,Max Invented,nobles,,", without=(LIN,))
    follow()
    assert patron_statuses() == {ADA: "active", LIN: "active"}
    conflicts.settle(conflicts.waiting().get(), "passed", "grace", NOW)
    assert main(["follow", "--source", "patrons"]) == 0
    assert patron_statuses() == {ADA: "active", LIN: "blocked"}
    assert not conflicts.waiting()


def test_item_missing_from_a_full_sheet_is_withdrawn_until_listed_again(system: IlsSheets, world: World) -> None:
    system.source("items", full=True)
    for without, condition in (((), "normal"), (("30000000000029",), "withdrawn"), ((), "normal")):
        system.items(without=without)
        follow()
        world.emma.refresh_from_db()
        assert world.emma.condition == condition
    assert Item.objects.count() == 3


def test_missing_hold_is_closed_unless_placed_in_the_hub(system: IlsSheets, world: World) -> None:
    world.place_hold(world.ada, world.utopia)
    system.source("holds", full=True)
    system.holds(f"{ADA},{world.dune.barcode}", f"{LIN},{world.dune.barcode}", f"{LIN},{world.emma.barcode}")
    follow()
    assert Hold.objects.filter(state="waiting").count() == 4
    loan_changes.checkout(world.by, world.lin, world.emma)
    system.holds(f"{ADA},{world.dune.barcode}")
    follow()
    states = {(each.patron.identifier, each.title.title): each.state for each in Hold.objects.all()}
    assert states == {
        (ADA, "Dune"): "waiting",
        (ADA, "Utopia"): "waiting",
        (LIN, "Dune"): "cancelled",
        (LIN, "Emma"): "collected",
    }
    system.holds(f"{ADA},{world.dune.barcode}", f"{LIN},{world.dune.barcode}")
    follow()
    assert Hold.objects.get(patron=world.lin, title=world.dune.title).state == "waiting"


def many(count: int) -> list[str]:
    return [f"21{number:012},Invented {number},adult,," for number in range(count)]


def test_truncated_sheet_is_refused_until_allowed(
    system: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    system.source("patrons", full=True)
    rows = many(4 * FEW)
    system.patrons(*rows)
    follow()
    system.patrons(*rows[: 2 * FEW])
    assert follow() == 1
    assert "lists 22 of the 42 patrons in the hub and would end 20" in capsys.readouterr().err
    assert set(patron_statuses().values()) == {"active"}
    assert follow() == 0 and set(patron_statuses().values()) == {"active"}, "the same file is not tried again"
    ImportRun.objects.filter(too_much=True).update(allowed_by="grace")
    assert follow() == 0
    assert sum(each == "blocked" for each in patron_statuses().values()) == 20
    assert not import_runner.failing()


def test_permission_applies_to_one_sheet_and_one_source(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    rows = many(4 * FEW)
    system.patrons(*rows)
    follow()
    system.patrons(*rows[: 2 * FEW])
    follow()
    ImportRun.objects.filter(too_much=True).update(allowed_by="grace")
    system.patrons()
    assert follow() == 1
    assert set(patron_statuses().values()) == {"active"}
    assert main(["follow", "--most-may-end"]) == 1, "needs one source"
    assert main(["follow", "--source", "patrons", "--most-may-end"]) == 0
    assert sum(each == "blocked" for each in patron_statuses().values()) == 40


def test_loan_missing_from_a_full_sheet_is_closed(system: IlsSheets, world: World, tmp_path: Path) -> None:
    system.source("loans", full=True)
    system.loans(f"{ADA},{world.dune.barcode}", f"{LIN},{world.emma.barcode}")
    follow()
    assert Loan.objects.filter(state="on_loan").count() == 2
    system.loans(f"{ADA},{world.dune.barcode}")
    follow()
    assert {each.item.barcode: each.state for each in Loan.objects.all()} == {
        world.dune.barcode: "on_loan",
        world.emma.barcode: "returned",
    }
