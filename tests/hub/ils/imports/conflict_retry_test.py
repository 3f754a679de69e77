"""Test the retry of conflicting rows: in order, and a failing one does not stop the others."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection

from hub.circulation.models import Loan
from hub.cli import main
from hub.core.encrypted_fields import Box
from hub.ils.imports import conflicts
from hub.ils.models import Conflict
from tests.hub.ils.imports.conflicts_test import clicks, seen
from tests.hub.ils.imports.ils_sheets import Written
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

__all__ = ["system"]
MOMO, EMMA = "30000000000998", "30000000000997"


def written(system: Written, hours_ago: int, *rows: str) -> None:
    """A sheet of changes, written so long ago by this machine's clock, is read."""
    path = system.loans(*rows)
    then = time.time() - 3600 * hours_ago
    os.utime(path, (then, then))
    follow()


def comes(system: Written, *barcodes: str) -> None:
    system.items(*(f"{each},book,main,Momo {each},Ende" for each in barcodes))
    follow()


@pytest.fixture
def changes(system: Written, world: World) -> Written:
    """Sheets of changes, which are written over; and all items."""
    system.source("loans", full=False)
    system.source("items", full=True)
    system.items()
    return system


def holders() -> dict[str, str]:
    return dict(Loan.objects.filter(state__in=Loan.OPEN).values_list("item__barcode", "patron__identifier"))


def test_of_two_rows_about_one_copy_the_younger_counts_and_the_older_is_gone(changes: Written) -> None:
    """The younger one stands in the earlier line."""
    written(changes, 5, f"{LIN},{EMMA}", f"{ADA},{MOMO}")
    written(changes, 2, f"{LIN},{MOMO}")
    assert sorted(conflicts.waiting().values_list("there", flat=True)) == [EMMA, MOMO]
    assert Conflict.objects.get(how="gone").row == ""
    comes(changes, MOMO, EMMA)
    assert holders() == {MOMO: LIN, EMMA: LIN}
    assert not conflicts.waiting()


class Broken:
    """The database refuses to lend this copy."""

    def __init__(self, barcode: str) -> None:
        self.barcode, self.asked = barcode, 0

    def __call__(self, execute: Any, sql: str, params: Sequence[object], many: bool, context: Any) -> object:
        if "catalogue_item" in sql and self.barcode in map(str, params or ()) and "SELECT" in sql[:8]:
            self.asked += 1
            raise DatabaseError(f"no such luck with {self.barcode}")
        return execute(sql, params, many, context)

    def here(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)


def test_a_row_at_which_the_hub_fails_waits_on_and_stops_no_other_row_and_no_letting_go(
    changes: Written, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    written(changes, 5, f"{ADA},{EMMA}", f"{LIN},{MOMO}")
    changes.items(f"{MOMO},book,main,Momo,Ende")
    long_ago = dict.fromkeys(("written_at", "opened_at", "seen_at"), world.by.now - timedelta(days=60))
    Conflict.objects.create(source="old", reads="loans", key="x", line=1, wrong="nobodys", **long_ago)
    broken = Broken(EMMA)
    with broken.here():
        assert main(["follow"]) == 0
        assert "The hub failed on this row" in clicks(Grace(), "again")
    assert broken.asked == 2
    assert holders() == {MOMO: LIN}
    assert [each.there for each in conflicts.waiting()] == [EMMA]
    told = capsys.readouterr().err
    assert told.count("hub error: DatabaseError") == 2 and EMMA not in told
    assert "Not resolved" in clicks(Grace(), "again"), "the control: the database answers again"


def test_a_row_that_was_sealed_with_another_key_stops_nobody(changes: Written) -> None:
    written(changes, 5, f"{ADA},{EMMA}", f"{LIN},{MOMO}")
    conflicts.waiting().filter(there=EMMA).update(row=Box("box1:AAAA"))
    comes(changes, MOMO)
    assert holders() == {MOMO: LIN}
    assert "The hub failed on this row" in clicks(Grace(), "again")


def test_what_staff_let_pass_is_kept_for_as_long_as_the_file_has_it(system: Written, world: World) -> None:
    """The file does not change for two months. The control is the row that has left it meanwhile."""
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    clicks(Grace(), "pass")
    world.ahead(days=61)
    main(["follow"])
    assert Conflict.objects.get().how == "passed"
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert not conflicts.waiting() and "1 in conflict" not in seen(Grace())
    system.patrons("20000000000099,Mia Invented,adult,,")
    follow()
    world.ahead(days=31)
    main(["follow"])
    assert not Conflict.objects.exists()
