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
from hub.core.encrypted_fields import EncryptedText
from hub.ils.imports import conflicts
from hub.ils.models import Conflict
from tests.hub.ils.imports.conflicts_test import overview_text, settle
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow
from tests.hub.ils.imports.scheduled_test import system
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World

__all__ = ["system"]
MOMO, EMMA = "30000000000998", "30000000000997"


def import_loans(system: IlsSheets, hours_ago: int, *rows: str) -> None:
    """Import a partial sheet of loans that was written this many hours ago."""
    path = system.loans(*rows)
    modified_at = time.time() - 3600 * hours_ago
    os.utime(path, (modified_at, modified_at))
    follow()


def import_items(system: IlsSheets, *barcodes: str) -> None:
    system.items(*(f"{each},book,main,Momo {each},Ende" for each in barcodes))
    follow()


@pytest.fixture
def changes(system: IlsSheets, world: World) -> IlsSheets:
    """Configure a partial sheet of loans, overwritten each time, and a full sheet of items."""
    system.source("loans", full=False)
    system.source("items", full=True)
    system.items()
    return system


def holders() -> dict[str, str]:
    return dict(Loan.objects.filter(state__in=Loan.OPEN).values_list("item__barcode", "patron__identifier"))


def test_newer_row_about_an_item_replaces_the_older(changes: IlsSheets) -> None:
    """The newer row has the lower line number."""
    import_loans(changes, 5, f"{LIN},{EMMA}", f"{ADA},{MOMO}")
    import_loans(changes, 2, f"{LIN},{MOMO}")
    assert sorted(conflicts.waiting().values_list("there", flat=True)) == [EMMA, MOMO]
    assert Conflict.objects.get(how="gone").row == ""
    import_items(changes, MOMO, EMMA)
    assert holders() == {MOMO: LIN, EMMA: LIN}
    assert not conflicts.waiting()


class Broken:
    """Query wrapper that fails whenever this item is read."""

    def __init__(self, barcode: str) -> None:
        self.barcode, self.asked = barcode, 0

    def __call__(self, execute: Any, sql: str, params: Sequence[object], many: bool, context: Any) -> object:
        if "catalogue_item" in sql and self.barcode in map(str, params or ()) and "SELECT" in sql[:8]:
            self.asked += 1
            raise DatabaseError(f"no such luck with {self.barcode}")
        return execute(sql, params, many, context)

    def here(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)


def test_row_with_a_hub_error_stays_and_does_not_stop_the_others(
    changes: IlsSheets, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    import_loans(changes, 5, f"{ADA},{EMMA}", f"{LIN},{MOMO}")
    changes.items(f"{MOMO},book,main,Momo,Ende")
    long_ago = dict.fromkeys(("written_at", "opened_at", "seen_at"), world.by.now - timedelta(days=60))
    Conflict.objects.create(source="old", reads="loans", key="x", line=1, wrong="nobodys", **long_ago)
    broken = Broken(EMMA)
    with broken.here():
        assert main(["follow"]) == 0
        assert "The hub failed on this row" in settle(Grace(), "again")
    assert broken.asked == 2
    assert holders() == {MOMO: LIN}
    assert [each.there for each in conflicts.waiting()] == [EMMA]
    errors = capsys.readouterr().err
    assert errors.count("hub error: DatabaseError") == 2 and EMMA not in errors
    assert "Not resolved" in settle(Grace(), "again"), "control: the database works again"


def test_row_encrypted_with_another_key_does_not_stop_the_others(changes: IlsSheets) -> None:
    import_loans(changes, 5, f"{ADA},{EMMA}", f"{LIN},{MOMO}")
    conflicts.waiting().filter(there=EMMA).update(row=EncryptedText("box1:AAAA"))
    import_items(changes, MOMO)
    assert holders() == {MOMO: LIN}
    assert "The hub failed on this row" in settle(Grace(), "again")


def test_ignored_row_is_kept_as_long_as_the_file_contains_it(system: IlsSheets, world: World) -> None:
    """The file stays unchanged for two months; the row that later left it is the control."""
    system.source("patrons", full=True)
    system.patrons("20000000000098,Max Invented,nobles,,")
    follow()
    settle(Grace(), "pass")
    world.advance(days=61)
    main(["follow"])
    assert Conflict.objects.get().how == "passed"
    system.patrons("20000000000098,Max Invented,nobles,,", "20000000000099,Mia Invented,adult,,")
    follow()
    assert not conflicts.waiting() and "1 in conflict" not in overview_text(Grace())
    system.patrons("20000000000099,Mia Invented,adult,,")
    follow()
    world.advance(days=31)
    main(["follow"])
    assert not Conflict.objects.exists()
