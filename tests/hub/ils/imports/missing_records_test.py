"""Test full sheets: missing records are closed or marked, never deleted; partial sheets close nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from hub.catalogue.models import Item
from hub.circulation import operations
from hub.circulation.models import Hold, Loan, Patron
from hub.cli import main
from hub.core.clock import hub_clock
from hub.csv_sheets.truncation_guard import FEW
from hub.ils.imports import conflicts, import_runner
from hub.ils.models import ImportRun
from tests.hub.ils.imports.ils_sheets import Written
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.support.world import NOW, World

__all__ = ["system"]
ADA, LIN = "20000000000012", "20000000000020"


def standing() -> dict[str, str]:
    return dict(Patron.objects.values_list("identifier", "status"))


def follow() -> int:
    hub_clock().set(hub_clock().now() + timedelta(hours=1))
    return main(["follow"])


def test_a_patron_whom_a_full_sheet_names_no_more_borrows_no_more_until_it_names_them_again(
    system: Written, world: World
) -> None:
    system.source("patrons", full=True)
    system.patrons()
    assert follow() == 0
    system.patrons(without=(LIN,))
    assert follow() == 0
    assert standing() == {ADA: "active", LIN: "blocked"}
    assert ImportRun.objects.first().over == 1
    system.patrons("20000000000098,Max Invented,adult,,")
    follow()
    assert standing() == {ADA: "active", LIN: "active", "20000000000098": "active"}
    assert world.happened().count("patron_status") == 2


def test_a_sheet_of_changes_ends_nobody(system: Written, world: World) -> None:
    """The control."""
    system.source("patrons", full=False)
    system.patrons()
    follow()
    system.patrons(without=(LIN,))
    follow()
    assert standing() == {ADA: "active", LIN: "active"}


def test_whoever_was_registered_here_is_missing_from_no_sheet(system: Written, world: World) -> None:
    Patron.objects.create(identifier="T000000001", name="Mo Here", category=world.adult)
    system.source("patrons", full=True)
    for without in ((), (LIN,)):
        system.patrons(without=without)
        follow()
    assert standing() == {ADA: "active", LIN: "blocked", "T000000001": "active"}


def test_whom_staff_have_blocked_stays_blocked_though_the_sheet_names_them_again(system: Written, world: World) -> None:
    world.lin.status = "blocked"
    world.lin.save()
    system.source("patrons", full=True)
    for without in ((), (LIN,), ()):
        system.patrons(without=without)
        follow()
    assert standing()[LIN] == "blocked"


def test_a_full_sheet_with_a_row_that_contradicts_ends_nobody_until_staff_let_it_pass(
    system: Written, world: World
) -> None:
    system.source("patrons", full=True)
    system.patrons()
    follow()
    system.patrons("20000000000098,Max Invented,nobles,,", without=(LIN,))
    follow()
    assert standing() == {ADA: "active", LIN: "active"}
    conflicts.settle(conflicts.waiting().get(), "passed", "grace", NOW)
    assert main(["follow", "--source", "patrons"]) == 0
    assert standing() == {ADA: "active", LIN: "blocked"}
    assert not conflicts.waiting()


def test_a_copy_that_is_named_no_more_is_withdrawn_and_comes_back(system: Written, world: World) -> None:
    system.source("items", full=True)
    for without, condition in (((), "normal"), (("30000000000029",), "withdrawn"), ((), "normal")):
        system.items(without=without)
        follow()
        world.emma.refresh_from_db()
        assert world.emma.condition == condition
    assert Item.objects.count() == 3


def test_a_hold_that_is_named_no_more_is_ended_and_one_that_was_placed_here_stays(
    system: Written, world: World
) -> None:
    world.waits(world.ada, world.utopia)
    system.source("holds", full=True)
    system.holds(f"{ADA},{world.dune.barcode}", f"{LIN},{world.dune.barcode}", f"{LIN},{world.emma.barcode}")
    follow()
    assert Hold.objects.filter(state="waiting").count() == 4
    operations.checkout(world.by, world.lin, world.emma)
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


def test_a_sheet_that_was_cut_off_is_refused_until_somebody_says_so(
    system: Written, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    system.source("patrons", full=True)
    rows = many(4 * FEW)
    system.patrons(*rows)
    follow()
    system.patrons(*rows[: 2 * FEW])
    assert follow() == 1
    assert "lists 22 of the 42 patrons in the hub and would end 20" in capsys.readouterr().err
    assert set(standing().values()) == {"active"}
    assert follow() == 0 and set(standing().values()) == {"active"}, "the same file is not tried again"
    ImportRun.objects.filter(too_much=True).update(allowed_by="grace")
    assert follow() == 0
    assert sum(each == "blocked" for each in standing().values()) == 20
    assert not import_runner.failing()


def test_what_was_allowed_holds_for_that_sheet_alone(system: Written, world: World) -> None:
    system.source("patrons", full=True)
    rows = many(4 * FEW)
    system.patrons(*rows)
    follow()
    system.patrons(*rows[: 2 * FEW])
    follow()
    ImportRun.objects.filter(too_much=True).update(allowed_by="grace")
    system.patrons()
    assert follow() == 1
    assert set(standing().values()) == {"active"}
    assert main(["follow", "--most-may-end"]) == 1, "of one source"
    assert main(["follow", "--source", "patrons", "--most-may-end"]) == 0
    assert sum(each == "blocked" for each in standing().values()) == 40


def test_loans_end_by_the_same_rule(system: Written, world: World, tmp_path: Path) -> None:
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
