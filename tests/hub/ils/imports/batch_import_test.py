"""Test that a large sheet blocks no kiosk: only differences are written, in small transactions."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.catalogue.models import Branch, Item
from hub.circulation import pins
from hub.circulation.models import Hold, Patron
from hub.cli import main
from hub.ils.imports import import_runner
from hub.ils.models import ImportRun
from tests.hub.ils.imports.ils_sheets import IlsSheets
from tests.hub.ils.imports.missing_records_test import ADA, LIN, follow, many, patron_statuses, system
from tests.hub.support.world import World

__all__ = ["system"]
COUNT = 30


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reduce the batch size to 7 rows."""
    monkeypatch.setattr(import_runner, "SOME", 7)
    monkeypatch.setattr(import_runner, "PAUSE", 0.0)
    yield


def copies(count: int, title: str = "Invented") -> list[str]:
    return [f"39{number:012},book,main,{title} {number},Nobody" for number in range(count)]


def last_run_counts() -> tuple[int, int, int, int]:
    run = ImportRun.objects.first()
    return run.added, run.updated, run.same, run.bad


@pytest.mark.parametrize("what", ["patrons", "items"])
def test_unchanged_rows_cost_few_queries(system: IlsSheets, world: World, what: str) -> None:
    """The first import is the control."""
    system.source(what, full=True)
    rows = many(COUNT) if what == "patrons" else copies(COUNT)
    write = system.patrons if what == "patrons" else system.items
    write(*rows)
    with CaptureQueriesContext(
        connection,
    ) as first:
        assert follow() == 0
    existing = 2 if what == "patrons" else 3
    assert last_run_counts() == (COUNT, 0, existing, 0)
    write(*rows, "")
    with CaptureQueriesContext(connection) as again:
        assert follow() == 0
    assert last_run_counts() == (0, 0, COUNT + existing, 0)
    assert len(again) < 60 < 3 * COUNT < len(first)


@pytest.mark.parametrize("what", ["patrons", "items"])
def test_changed_rows_are_updated(system: IlsSheets, world: World, what: str) -> None:
    system.source(what, full=True)
    if what == "patrons":
        system.patrons(*many(COUNT))
        follow()
        system.patrons(
            *many(COUNT)[:-2], "21000000000028,Another Name,adult,,", "21000000000029,Invented 29,adult,2030-01-01,"
        )
    else:
        system.items(*copies(COUNT))
        follow()
        system.items(
            *copies(COUNT)[:-2],
            "39000000000028,book,main,Another Title,Nobody",
            "39000000000029,book,main,Invented 29,Somebody",
        )
    assert follow() == 0
    added, updated, _same, bad = last_run_counts()
    assert (added, updated, bad) == (0, 2, 0)
    if what == "patrons":
        assert Patron.objects.get(identifier="21000000000028").name == "Another Name"
        assert str(Patron.objects.get(identifier="21000000000029").expires) == "2030-01-01"
    else:
        assert Item.objects.get(barcode="39000000000028").title.title == "Another Title"


def test_duplicate_identifier_is_a_fault_across_batches(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=False)
    system.patrons(*many(COUNT), "21000000000000,Invented Again,adult,,")
    assert follow() == 0
    assert last_run_counts() == (COUNT, 0, 2, 1)
    assert Patron.objects.get(identifier="21000000000000").name == "Invented 0"


def test_sheet_that_ends_too_much_writes_nothing(system: IlsSheets, world: World) -> None:
    system.source("patrons", full=True)
    system.patrons(*many(4 * COUNT))
    follow()
    system.patrons(*(f"22{number:012},New {number},adult,," for number in range(COUNT)))
    assert follow() == 1
    assert not Patron.objects.filter(identifier__startswith="22").exists()
    assert set(patron_statuses().values()) == {"active"}
    assert main(["follow", "--source", "patrons", "--most-may-end"]) == 0
    assert Patron.objects.filter(identifier__startswith="22").count() == COUNT


def test_each_batch_of_rows_is_committed_before_the_pause(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows visible at a pause were committed."""
    seen: list[int] = []

    def pause(_seconds: float) -> None:
        seen.append(Patron.objects.filter(identifier__startswith="21").count())

    monkeypatch.setattr("hub.ils.imports.import_runner.time.sleep", pause)
    system.source("patrons", full=True)
    system.patrons(*many(COUNT))
    assert follow() == 0
    assert len(seen) >= COUNT // 7
    assert all(0 < after - before <= 7 for before, after in zip([0, *seen], seen, strict=False))


def test_pins_are_compared_once_in_small_batches(
    system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []
    pauses: list[float] = []
    is_pin = pins.is_pin

    def counted_is_pin(patron: Patron, pin: str) -> bool:
        compared.append(pin)
        return is_pin(patron, pin)

    monkeypatch.setattr(import_runner, "WITH_PINS", 3)
    monkeypatch.setattr(pins, "is_pin", counted_is_pin)
    monkeypatch.setattr("hub.ils.imports.import_runner.time.sleep", pauses.append)
    system.source("patrons", full=True)
    path = system.patrons(*many(8))
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{head},pin", *(f"{row},{2000 + number}" for number, row in enumerate(rows))]
    for added, updated in ((8, 2), (0, 0)):
        compared.clear()
        pauses.clear()
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.utime(path, (time.time() - 3600 + len(lines), time.time() - 3600 + len(lines)))
        assert follow() == 0
        assert last_run_counts() == (added, updated, 10 - added - updated, 0)
        assert sorted(compared) == sorted(str(2000 + number) for number in range(10))
        assert len(pauses) == 4
        lines.append("")


def test_invalid_pin_is_a_fault_in_a_batch(system: IlsSheets, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One patron exists unchanged, the other is new; a valid PIN is the control."""
    monkeypatch.setattr(import_runner, "WITH_PINS", 3)
    system.source("patrons", full=True)
    path = system.patrons(*many(8))
    assert follow() == 0
    head, *rows = path.read_text(encoding="utf-8").splitlines()
    for pin, bad in (("12ab", 2), ("1234", 0)):
        pin_rows = [f"{row},{pin if number == 8 else 2000 + number}" for number, row in enumerate(rows)]
        pin_rows.insert(5, f"21000000000090,Invented 90,adult,,,{pin}")
        path.write_text("\n".join([f"{head},pin", *pin_rows]) + "\n", encoding="utf-8")
        os.utime(path, (time.time() - 3600, time.time() - 3600))
        assert follow() == 0
        assert last_run_counts()[3] == bad
        assert Patron.objects.filter(identifier="21000000000090").exists() is not bool(bad)
        assert pins.is_pin(Patron.objects.get(identifier="21000000000001"), "2003")


@pytest.fixture
def with_holds(system: IlsSheets, world: World) -> IlsSheets:
    """Return sheets in which Ada has many holds, one of them ready."""
    system.source("items", full=True)
    system.source("holds", full=True)
    system.items(*copies(COUNT))
    write_holds(system)
    return system


def write_holds(system: IlsSheets, *other: str, without: int = 0) -> None:
    """Write the sheet of holds, with `other` in place of its first rows and `without` rows left out."""
    rows = [f"{ADA},main,2026-11-02 09:00,39{number:012},waiting," for number in range(COUNT)]
    rows[0] = f"{ADA},main,2026-11-02 09:00,39{0:012},ready,2026-12-24"
    rows[: len(other)] = other
    heading = "patron_identifier,pickup,placed_at,item_barcode,state,until"
    lines = "\n".join([heading, *rows[without:]])
    (system.folder / "holds.csv").write_text(f"{lines}\n", encoding="utf-8")
    os.utime(system.folder / "holds.csv", (time.time() - 3600 - without - len(other),) * 2)


def test_unchanged_holds_cost_few_queries(with_holds: IlsSheets) -> None:
    """The first import is the control."""
    with CaptureQueriesContext(connection) as first:
        assert follow() == 0
    assert last_run_counts() == (COUNT, 0, 0, 0)
    path = with_holds.folder / "holds.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    os.utime(path, (time.time() - 3000,) * 2)
    with CaptureQueriesContext(connection) as again:
        assert follow() == 0
    assert last_run_counts() == (0, 0, COUNT, 0)
    assert len(again) < 60 < 3 * COUNT < len(first)
    assert Hold.objects.filter(state="ready").count() == 1


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        (f"{ADA},main,2026-11-03 09:00,39{1:012},waiting,", (0, 1, COUNT - 1, 0)),
        (f"{ADA},west,2026-11-02 09:00,39{1:012},waiting,", (0, 1, COUNT - 1, 0)),
        (f"{LIN},main,2026-11-02 09:00,39{1:012},waiting,", (1, 0, COUNT - 1, 0)),
        (f"{ADA},main,2026-11-02 09:00,39{1:012},ready,", (0, 0, COUNT - 1, 1)),
        (f"{ADA},nowhere,2026-11-02 09:00,39{1:012},waiting,", (0, 0, COUNT - 1, 1)),
        (f"{ADA},main,2999-01-01 09:00,39{1:012},waiting,", (0, 0, COUNT - 1, 1)),
    ],
)
def test_changed_hold_is_updated_added_or_rejected(
    with_holds: IlsSheets, row: str, counts: tuple[int, int, int, int]
) -> None:
    Branch.objects.create(code="west", name="West")
    assert follow() == 0
    write_holds(with_holds, f"{ADA},main,2026-11-02 09:00,39{0:012},ready,2026-12-24", row)
    assert follow() == 0
    assert last_run_counts() == counts


def test_ready_hold_needs_an_expiry_date(with_holds: IlsSheets) -> None:
    assert follow() == 0
    write_holds(with_holds, f"{ADA},main,2026-11-02 09:00,39{0:012},ready,")
    assert follow() == 0
    assert last_run_counts() == (0, 0, COUNT - 1, 1)


def test_hold_missing_from_a_full_sheet_is_closed(with_holds: IlsSheets) -> None:
    assert follow() == 0
    write_holds(with_holds, without=3)
    assert follow() == 0
    assert (last_run_counts(), ImportRun.objects.first().over) == ((0, 0, COUNT - 3, 0), 3)
    assert Hold.objects.filter(state__in=Hold.OPEN).count() == COUNT - 3


def test_each_batch_of_holds_is_committed_before_the_pause(
    with_holds: IlsSheets, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr("hub.ils.imports.import_runner.time.sleep", lambda _: seen.append(Hold.objects.count()))
    assert follow() == 0
    held = sorted({each for each in seen if each})
    assert len(held) >= COUNT // 7
    assert all(0 < after - before <= 7 for before, after in zip([0, *held], held, strict=False))
