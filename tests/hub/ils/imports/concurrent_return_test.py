"""Test a sheet of loans imported during a return at a kiosk: one return event, or two without locks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.circulation.models import Loan
from hub.circulation.operations import loan_changes
from hub.circulation.sheets import loans_sync
from hub.circulation.sheets.loans_sync import compare_sheet
from hub.core.clock import hub_clock
from lending.transactions import ReturnMode
from tests.hub.circulation.loans_sync_test import row
from tests.hub.circulation.migration_test import LIN, LOANS, sheet
from tests.hub.support.two_processes import Pair, two_processes
from tests.hub.support.world import NOW, World, make_world

PROGRAM = """
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from lending.transactions import ReturnMode
from hub.catalogue.models import Branch, Item
from hub.circulation.operations import loan_changes as desk
from hub.circulation.sheets import loans_sync as loans_elsewhere
from hub.circulation.operations.context import Actor as By
from hub.circulation.sheets.loans_sync import follow_loans
from hub.circulation.models import Loan


def follow(at, path):
    follow_loans(Path(path), True, at - timedelta(hours=1), True)


def follow_unheld(at, path):
    loan = Loan.objects.select_related("patron", "item").get()
    stops("has read")
    with transaction.atomic():
        loans_elsewhere._end(loan, at - timedelta(hours=1))


def back(at, path):
    desk.checkin(By(branch=Branch.objects.get(code="main"), now=at), Item.objects.get(barcode=path), ReturnMode.TRUSTED)


ACTS = {"follow": follow, "follow unheld": follow_unheld, "back": back}


def stops(word):
    tell(word)
    sys.stdin.readline()


def stopping(execute, sql, *rest):
    global stop
    if stop and sql.startswith('UPDATE "circulation_loan"'):
        stop = False
        stops("has read")
    return execute(sql, *rest)


tell("ready")
for line in sys.stdin:
    act, at, path = line.rstrip("\\n").split("|")
    stop = act == "follow"
    with connection.execute_wrapper(stopping):
        ACTS[act](datetime.fromisoformat(at), path)
    connection.close()
    tell("done")
"""


@pytest.fixture(scope="module")
def processes(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(PROGRAM, tmp_path_factory.mktemp("state")) as both:
        yield both


@pytest.fixture
def loaned_item(transactional_db: None) -> World:
    """Return a library where Ada has Emma for two days; the ILS sheet, an hour old, lacks the loan."""
    world = make_world()
    hub_clock().set(NOW)
    loan_changes.checkout(world.by, world.ada, world.emma)
    world.advance(days=2)
    return world


def return_during_import(processes: Pair, world: World, command: str, path: Path, within: float) -> bool:
    """Return the item after the import has read the loan; report whether the return finished before the write."""
    importer, kiosk = processes
    at = hub_clock().now().isoformat()
    importer.send(f"{command}|{at}|{path}")
    assert importer.read_line() == "has read"
    kiosk.send(f"back|{at}|{world.emma.barcode}")
    early_reply = kiosk.read_line(within)
    importer.send("")
    assert importer.read_line() == "done"
    assert early_reply or kiosk.read_line() == "done"
    assert Loan.objects.get().state == Loan.State.RETURNED
    return early_reply == "done"


def test_return_during_an_import_is_recorded_once(processes: Pair, loaned_item: World, tmp_path: Path) -> None:
    assert not return_during_import(processes, loaned_item, "follow", sheet(tmp_path, LOANS), 0.3)
    assert loaned_item.event_kinds().count("checkin") == 1


@pytest.mark.long
def test_without_the_lock_the_return_is_recorded_twice(processes: Pair, loaned_item: World, tmp_path: Path) -> None:
    assert return_during_import(processes, loaned_item, "follow unheld", sheet(tmp_path, LOANS), 60)
    assert loaned_item.event_kinds().count("checkin") == 2


def test_changes_between_comparison_and_write_are_respected(world: World, tmp_path: Path) -> None:
    """Emma is returned and Dune lent in between; the sheet, which lists neither loan, closes none."""
    hub_clock().set(NOW)
    loan_changes.checkout(world.by, world.ada, world.emma)
    world.advance(days=2)
    taken = hub_clock().now() - timedelta(hours=1)
    found = compare_sheet(sheet(tmp_path, LOANS, row(LIN, world.utopia.barcode)), taken, full=True)
    loan_changes.checkin(world.by, world.emma, ReturnMode.TRUSTED)
    loan_changes.checkout(world.by, world.ada, world.dune)
    Loan.objects.filter(item=world.dune).update(checked_out_at=taken - timedelta(hours=1))
    plan = loans_sync.take(found, True, taken)
    assert (plan.added, plan.over) == (1, 0)
    assert sorted(Loan.objects.filter(state="on_loan").values_list("item__barcode", flat=True)) == sorted(
        (world.dune.barcode, world.utopia.barcode)
    )
    assert world.event_kinds() == ["checkout", "checkin", "checkout", "loan_taken_over"]
