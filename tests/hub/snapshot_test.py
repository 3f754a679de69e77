"""The snapshot is made when something has changed, not when somebody asks; and all of it is of one moment."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kiosk.hub.atomic import one_moment
from kiosk.hub.catalogue.marc import Described
from kiosk.hub.catalogue.models import Branch, Item, Title
from kiosk.hub.catalogue.shelve import shelved
from kiosk.hub.circulation import desk, pins
from kiosk.hub.circulation.models import Card, ClosedDay, Fee, Library, Loan, Patron, Rule
from kiosk.hub.circulation.patrons_csv import import_patrons
from kiosk.hub.circulation.snapshot import Shelf, Snapshot
from kiosk.hub.clock import hub_clock
from kiosk.hub.staff import standing
from tests.hub.world import NOW, World, make_world

SNAPSHOT = "/api/v1/snapshot"


def etag(world: World) -> str:
    return str(world.client().get(SNAPSHOT)["ETag"])


def made(world: World) -> bool:
    """Whether the library's rows are read for the next poll."""
    with CaptureQueriesContext(connection) as asked:
        etag(world)
    return any('FROM "catalogue_item"' in each["sql"] for each in asked)


def test_a_poll_without_any_change_reads_no_table_of_the_library(world: World) -> None:
    known = etag(world)
    with CaptureQueriesContext(connection) as asked:
        answer = world.client().get(SNAPSHOT, headers={"If-None-Match": known})
    assert answer.status_code == 304
    assert len(asked) <= 4, [each["sql"] for each in asked]


CHANGES: dict[str, Callable[[World], object]] = {
    "a loan": lambda world: desk.checkout(world.by, world.ada, world.dune),
    "a hold": lambda world: desk.place(world.by, world.ada, world.emma.title, world.main),
    "a fee": lambda world: desk.charge(world.by, world.ada, str(Fee.Kind.LOST), Decimal(3)),
    "a lost item": lambda world: desk.lose(world.by, world.dune),
    "a lost card": lambda world: standing.set_card(world.by, Card.objects.all()[0], "lost"),
    "a blocked patron": lambda world: standing.set_patron(world.by, world.ada, "blocked"),
    "a rule": lambda world: Rule.objects.create(item_type=world.book, days=7),
    "a rule that is gone": lambda world: Rule.objects.all().delete(),
    "a closed day": lambda world: ClosedDay.objects.create(day=date(2026, 12, 25)),
    "a branch": lambda world: Branch.objects.create(code="east", name="East"),
    "the library": lambda world: saved(Library.objects.get(), offline_cap=3),
    "a title": lambda world: saved(Title.objects.get(title="Dune"), title="Dune, again"),
    "an item": lambda world: saved(Item.objects.get(pk=world.dune.pk), call_number="X"),
    "a patron": lambda world: saved(Patron.objects.get(pk=world.ada.pk), expires=date(2030, 1, 1)),
}


def saved(row: Patron | Item | Title | Library, **facts: object) -> None:
    """As the admin saves it."""
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_that_kiosks_are_told_makes_it_anew(world: World, what: str) -> None:
    known = etag(world)
    CHANGES[what](world)
    assert etag(world) != known


def test_an_imported_record_makes_it_anew(world: World) -> None:
    """Records are written many at once, past Django's signals."""
    Title.objects.filter(title="Dune").update(control_number="1")
    known = etag(world)
    shelved([Described(1, "1", "Dune, revised", "", "Herbert, Frank", "", "", "8", "813 XYZ", "eng", 1965, (), b"")])
    assert etag(world) != known


def test_an_imported_sheet_makes_it_anew_and_its_dry_run_does_not(world: World, tmp_path: Path) -> None:
    sheet = tmp_path / "patrons.csv"
    sheet.write_text("identifier,name,category,expires\n20000000000012,Ada Sample,adult,2031-01-01\n", encoding="utf-8")
    etag(world)
    import_patrons(sheet, really=False)
    assert not made(world)
    import_patrons(sheet, really=True)
    assert made(world)


def test_what_no_kiosk_is_told_makes_nothing(world: World) -> None:
    etag(world)
    pins.set_pin(world.ada, "4711")
    world.client().get("/api/v1/items/1")
    world.ahead(minutes=5)
    assert not made(world)


def test_what_was_written_past_the_hub_is_told_within_the_hour(world: World) -> None:
    known = etag(world)
    Item.objects.filter(pk=world.dune.pk).update(call_number="X")
    assert etag(world) == known
    world.ahead(minutes=61)
    assert etag(world) != known


def test_a_change_that_changes_nothing_keeps_the_etag(world: World) -> None:
    known = etag(world)
    saved(world.ada)
    assert made(world)
    assert etag(world) == known


@pytest.fixture
def committed(transactional_db: None) -> Iterator[World]:
    """The small library, committed, so that every connection sees it."""
    yield make_world()
    hub_clock().set(datetime.now(UTC))


def test_what_is_read_in_one_moment_is_of_that_moment(committed: World) -> None:
    """Somebody borrows a book between two pages: SQLite lets her loan wait for the reader, PostgreSQL hides it."""

    def borrows() -> None:
        desk.checkout(committed.by, committed.ada, committed.dune)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with one_moment():
            assert Loan.objects.count() == 0
            lent = pool.submit(borrows)
            if connection.vendor == "postgresql":
                lent.result(30)
            assert Loan.objects.count() == 0
        lent.result(30)
    assert Loan.objects.count() == 1


def test_many_polls_at_once_make_it_once(committed: World) -> None:
    def poll(_number: int) -> Snapshot:
        try:
            return shelf.first(committed.kiosk.pk, NOW)
        finally:
            connection.close()

    shelf = Shelf()
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(poll, range(8)))
    assert len({id(each) for each in given}) == 1


def test_a_snapshot_in_which_something_changed_is_made_once_more(committed: World) -> None:
    """A book is lent after the items were read and before the feed's end is: the first try is not given out."""
    waiting = iter([lambda: desk.checkout(committed.by, committed.ada, committed.dune)])

    def lends_once(execute: Callable[..., object], sql: str, *given: object) -> object:
        found = execute(sql, *given)
        if 'FROM "catalogue_item"' in sql and (act := next(waiting, None)) is not None:
            act()
        return found

    with connection.execute_wrapper(lends_once):
        page = Shelf().first(committed.kiosk.pk, NOW).pages[0]
    items = {item["id"]: item for item in json.loads(page)["items"]}
    assert items[committed.dune.barcode]["status"] == "on_loan"
    assert [card["patron"].get("loans") for card in json.loads(page)["cards"]].count({"book": 1}) == 2
