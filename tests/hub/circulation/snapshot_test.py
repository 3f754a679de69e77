"""Test the snapshot: every change, nothing else, and consistent as of one moment."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.catalogue.marc import DescribedTitle
from hub.catalogue.marc_import import save_titles
from hub.catalogue.models import Branch, Edition, Floor, Isbn, Item, ItemType, Title
from hub.circulation import cards, pins
from hub.circulation.models import (
    Card,
    ChangeMark,
    ClosedDay,
    Fee,
    Hold,
    Library,
    Loan,
    Patron,
    Rule,
    SnapshotChange,
    UnnumberedChange,
)
from hub.circulation.operations import accounts, fees, hold_queue, loan_changes
from hub.circulation.sheets.imports import PatronSheet
from hub.circulation.snapshot import changes, pages
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import read_snapshot
from lending import wire
from tests.hub.support.snapshot_reader import Reader
from tests.hub.support.world import ADA_UID, NOW, World, make_world


@pytest.fixture
def reader(world: World) -> Reader:
    """Return the reader of a kiosk that has read the whole snapshot."""
    kiosk_reader = Reader(world.device)
    assert kiosk_reader.poll()
    return kiosk_reader


def new_reader(world: World) -> Reader:
    """Return a new reader that reads the whole snapshot now."""
    kiosk_reader = Reader(world.device)
    kiosk_reader.poll()
    return kiosk_reader


def save(row: Patron | Item | Title | Library | Branch, **facts: object) -> None:
    """Save the row with these values, as the admin does."""
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()


CHANGES: dict[str, Callable[[World], object]] = {
    "a loan": lambda world: loan_changes.checkout(world.by, world.ada, world.dune),
    "a hold": lambda world: hold_queue.place(world.by, world.ada, world.emma.title, world.main),
    "a fee": lambda world: fees.charge(world.by, world.ada, str(Fee.Kind.LOST), Decimal(3)),
    "a lost item": lambda world: loan_changes.lose(world.by, world.dune),
    "a lost card": lambda world: accounts.set_card(world.by, Card.objects.all()[0], "lost"),
    "a blocked patron": lambda world: accounts.set_patron(world.by, world.ada, "blocked"),
    "a rule": lambda world: Rule.objects.create(item_type=world.book, days=7),
    "deleted rules": lambda world: Rule.objects.all().delete(),
    "a closed day": lambda world: ClosedDay.objects.create(day=date(2026, 12, 25)),
    "a branch": lambda world: Branch.objects.create(code="east", name="East"),
    "a renamed branch": lambda world: save(world.main, code="centre"),
    "the library": lambda world: save(Library.objects.get(), offline_cap=3),
    "a title": lambda world: save(Title.objects.get(title="Dune"), title="Dune, again"),
    "an item": lambda world: save(Item.objects.get(pk=world.dune.pk), call_number="X"),
    "an item with another barcode": lambda world: save(Item.objects.get(pk=world.dune.pk), barcode="777"),
    "a withdrawn item": lambda world: save(Item.objects.get(pk=world.dune.pk), condition="withdrawn"),
    "a deleted item": lambda world: Item.objects.get(pk=world.dune.pk).delete(),
    "a new item": lambda world: Item.objects.create(
        barcode="778", title=world.dune.title, type=world.book, branch=world.main
    ),
    "a patron": lambda world: save(Patron.objects.get(pk=world.ada.pk), expires=date(2030, 1, 1)),
    "a deleted patron": lambda world: Patron.objects.get(pk=world.lin.pk).delete(),
    "a deleted card": lambda world: Card.objects.get(hash=cards.hash_number(ADA_UID)).delete(),
    "a new card": lambda world: cards.enrol(world.lin, "04FFFFFF"),
    "a card moved to another patron": lambda world: Card.objects.filter(hash=cards.hash_number(ADA_UID)).update(
        patron=world.lin
    ),
    "a direct update": lambda world: Item.objects.filter(pk=world.dune.pk).update(call_number="X"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_is_sent_once_and_completely(world: World, reader: Reader, what: str) -> None:
    CHANGES[what](world)
    assert reader.poll()
    assert reader.same_as(new_reader(world))
    assert not reader.poll()


def test_checkout_sends_only_the_item_and_the_patrons_cards(world: World, reader: Reader) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    reader.poll()
    own = {cards.hash_number(ADA_UID), cards.hash_number(world.ada.identifier)}
    assert reader.received_ids == {world.dune.barcode, *own}
    assert [page.policy for page in reader.pages] == [None]
    assert reader.items[world.dune.barcode].holder == world.ada.ref
    assert all(reader.cards[each].loans == {"book": 1} for each in own)


def test_hold_updates_every_item_of_the_title(world: World, reader: Reader) -> None:
    Item.objects.create(barcode="779", title=world.emma.title, type=world.book, branch=world.main)
    reader.poll()
    hold_queue.place(world.by, world.ada, world.emma.title, world.main)
    reader.poll()
    assert reader.received_ids == {"779", world.emma.barcode}
    assert reader.items["779"].waiting == 1


def test_incremental_polls_match_a_full_read_after_random_operations(world: World, reader: Reader) -> None:
    """After random actions, a kiosk that fetched changes bit by bit has the same data as a new one."""
    chance = random.Random(11)
    slow = Reader(world.device)
    slow.poll()

    def act() -> None:
        patron, item = chance.choice([world.ada, world.lin]), chance.choice([world.dune, world.emma, world.utopia])
        match chance.randrange(7):
            case 0 | 1:
                loan_changes.checkout(world.by, patron, item)
            case 2:
                loan_changes.receive(world.by, item)
            case 3:
                hold_queue.place(world.by, patron, item.title, world.main)
            case 4:
                hold_queue.trap(world.by, item)
            case 5:
                loan_changes.lose(world.by, item)
            case _:
                for hold in Hold.objects.filter(patron=patron, state__in=Hold.OPEN)[:1]:
                    hold_queue.cancel(world.by, hold)

    for turn in range(120):
        act()
        reader.poll()
        if turn % 25 == 0:
            slow.poll()
            assert slow.same_as(reader)
    slow.poll()
    assert reader.same_as(slow)
    assert slow.same_as(new_reader(world))


def test_unchanged_poll_reads_no_library_table(world: World, reader: Reader) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert not reader.poll()
    tables = ("catalogue_item", "catalogue_title", "circulation_card", "circulation_loan", "circulation_snapshotchange")
    assert not any(f'FROM "{table}"' in each["sql"] for each in asked for table in tables)
    assert len(asked) <= 9, [each["sql"] for each in asked]


def test_changes_irrelevant_to_kiosks_are_not_sent(world: World, reader: Reader) -> None:
    pins.set_pin(world.ada, "4711")
    world.client().get("/api/v1/items/1")
    save(world.ada)
    save(world.main, return_place="B")
    assert not reader.poll()


def test_imported_record_is_sent(world: World, reader: Reader) -> None:
    """Records are written in bulk, without Django's signals."""
    Title.objects.filter(title="Dune").update(control_number="1")
    save_titles(
        [DescribedTitle(1, "1", "Dune, revised", "", "Herbert, Frank", "", "", "8", "813 XYZ", "eng", 1965, (), b"")]
    )
    assert reader.poll()
    assert reader.items[world.dune.barcode].title == "Dune, revised"


def test_imported_sheet_is_sent_and_its_dry_run_is_not(world: World, reader: Reader, tmp_path: Path) -> None:
    sheet = tmp_path / "patrons.csv"
    sheet.write_text("identifier,name,category,expires\n20000000000012,Ada Sample,adult,2031-01-01\n", encoding="utf-8")
    PatronSheet().run(sheet, really=False)
    assert not reader.poll()
    PatronSheet().run(sheet, really=True)
    assert reader.poll()
    assert reader.cards[cards.hash_number(ADA_UID)].expires == date(2031, 1, 1)


def many_items(world: World, count: int) -> None:
    Item.objects.bulk_create(
        Item(barcode=f"7{number:07}", title=world.dune.title, type=world.book, branch=world.main)
        for number in range(count)
    )


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "ENOUGH", 3000)
    monkeypatch.setattr(pages, "CHUNK", 10)


@pytest.mark.usefixtures("small_pages")
def test_changes_during_a_full_read_are_sent_at_its_end(world: World) -> None:
    many_items(world, 100)
    reader = Reader(world.device)
    assert reader.step()
    while reader.step():
        match len(reader.pages):
            case 2:
                loan_changes.checkout(world.by, world.ada, world.dune)
                Item.objects.get(barcode="70000001").delete()
            case 3:
                loan_changes.receive(world.by, world.dune)
                loan_changes.checkout(world.by, world.ada, world.emma)
    assert len(reader.pages) > 4
    assert [page.whole for page in reader.pages] == [True] + [False] * (len(reader.pages) - 1)
    assert reader.same_as(new_reader(world))


@pytest.mark.usefixtures("small_pages")
def test_item_changed_between_two_pages_is_sent_again(world: World, reader: Reader) -> None:
    many_items(world, 100)
    reader.pages.clear()
    assert reader.step()
    Item.objects.filter(barcode="70000099").update(call_number="late")
    Item.objects.filter(barcode="70000000").update(call_number="again")
    while reader.step():
        pass
    assert len(reader.pages) > 3
    assert not reader.is_restarted
    assert reader.same_as(new_reader(world))


def test_no_page_exceeds_the_wire_limit(world: World) -> None:
    """The titles have the maximum length and characters that take six bytes in JSON."""
    title = Title.objects.create(title="\x01" * 500, author="\x01" * 300, call_number="\x01" * 80)
    Item.objects.bulk_create(
        Item(barcode=f"7{number:07}", title=title, type=world.book, branch=world.main) for number in range(1200)
    )
    reader = new_reader(world)
    assert len(reader.pages) > 2
    assert max(reader.sizes) <= wire.MOST_SNAPSHOT_BYTES


@pytest.mark.parametrize("mark", ["1.0123456789abcdef", "nonsense", "1", "9" * 40, "1.2.3", "1.0123456789abcdef.c0.5"])
def test_unknown_mark_restarts_the_snapshot(world: World, reader: Reader, mark: str) -> None:
    reader.mark = mark
    assert reader.poll()
    assert reader.is_restarted
    assert reader.same_as(new_reader(world))


def test_kiosk_ahead_of_a_restored_hub_restarts_the_snapshot(world: World, reader: Reader) -> None:
    """The restored hub has made as many changes as it lost, so numbers alone match."""
    before = (
        list(SnapshotChange.objects.values("kind", "what", "number")),
        list(ChangeMark.objects.values("number", "token", "at")),
    )
    loan_changes.checkout(world.by, world.ada, world.dune)
    reader.poll()
    Loan.objects.all().delete()
    SnapshotChange.objects.all().delete()
    UnnumberedChange.objects.all().delete()
    ChangeMark.objects.all().delete()
    SnapshotChange.objects.bulk_create(SnapshotChange(**each) for each in before[0])
    ChangeMark.objects.bulk_create(ChangeMark(**each) for each in before[1])
    loan_changes.checkout(world.by, world.lin, world.emma)
    assert reader.poll()
    assert reader.is_restarted
    assert reader.same_as(new_reader(world))


def test_kiosk_offline_longer_than_marks_are_kept_restarts_the_snapshot(world: World, reader: Reader) -> None:
    other = new_reader(world)
    loan_changes.checkout(world.by, world.ada, world.dune)
    other.poll()
    world.advance(days=9)
    loan_changes.receive(world.by, world.dune)
    other.poll()
    assert not other.is_restarted, "its mark was the last one before a quiet week"
    world.advance(days=1)
    loan_changes.checkout(world.by, world.ada, world.dune)
    other.poll()
    assert not other.is_restarted
    assert reader.poll()
    assert reader.is_restarted
    assert ChangeMark.objects.count() <= 3


def test_too_many_changes_restart_the_snapshot(world: World, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST", 50)
    many_items(world, 100)
    assert reader.poll()
    assert reader.is_restarted
    assert (UnnumberedChange.objects.count(), SnapshotChange.objects.count(), ChangeMark.objects.count()) == (0, 0, 1)
    assert not reader.poll()


def test_repeated_change_of_an_item_keeps_one_row(world: World, reader: Reader) -> None:
    for _ in range(5):
        loan_changes.checkout(world.by, world.ada, world.dune)
        reader.poll()
        loan_changes.receive(world.by, world.dune)
        reader.poll()
    assert SnapshotChange.objects.filter(kind="item", what=world.dune.barcode).count() == 1


@pytest.fixture
def committed(transactional_db: None) -> World:
    """Return the small library, committed so that every connection sees it."""
    return make_world()


@pytest.mark.long
def test_hub_upgrade_restarts_the_snapshot(committed: World) -> None:
    """Changes are not recorded while a migration runs."""
    reader = new_reader(committed)
    call_command("migrate", "fleet", "zero", verbosity=0)
    assert not UnnumberedChange.objects.exclude(kind="all").exists()
    call_command("migrate", verbosity=0)
    committed.device = committed.add_kiosk("again")
    reader.device = committed.device
    assert reader.poll()
    assert reader.is_restarted
    loan_changes.checkout(committed.by, committed.ada, committed.dune)
    reader.poll()
    assert committed.dune.barcode in reader.received_ids


def test_triggers_can_be_installed_and_removed_repeatedly(committed: World) -> None:
    changes.TRIGGERS.install()
    changes.TRIGGERS.remove()
    Item.objects.filter(pk=committed.dune.pk).update(call_number="unseen")
    UnnumberedChange.objects.all().delete()
    changes.TRIGGERS.remove()
    changes.TRIGGERS.install()
    Item.objects.filter(pk=committed.dune.pk).update(call_number="seen")
    assert list(UnnumberedChange.objects.values_list("kind", "what")) == [("barcode", committed.dune.barcode)]


def test_full_read_sees_a_single_moment(committed: World) -> None:
    """A checkout happens between two pages: on SQLite it waits for the reader, on PostgreSQL it is hidden."""

    def borrows() -> None:
        loan_changes.checkout(committed.by, committed.ada, committed.dune)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with read_snapshot():
            assert Loan.objects.count() == 0
            lent = pool.submit(borrows)
            if connection.vendor == "postgresql":
                lent.result(30)
            assert Loan.objects.count() == 0
        lent.result(30)
    assert Loan.objects.count() == 1


def test_concurrent_polls_number_a_change_once(committed: World) -> None:
    reader = new_reader(committed)
    loan_changes.checkout(committed.by, committed.ada, committed.dune)

    def poll(_number: int) -> bytes | None:
        try:
            return pages.page(reader.mark, NOW, committed.main)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        polled = list(pool.map(poll, range(8)))
    assert len({*polled}) == 1
    assert ChangeMark.objects.count() == 2


def test_page_followed_by_a_new_change_is_not_the_last(committed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout happens after the changes were numbered and before they are read."""
    reader = new_reader(committed)
    loan_changes.checkout(committed.by, committed.ada, committed.dune)
    numbered = changes.number_changes

    def lends_after(now: datetime) -> ChangeMark:
        mark = numbered(now)
        loan_changes.checkout(committed.by, committed.lin, committed.emma)
        monkeypatch.setattr(pages, "number_changes", numbered)
        return mark

    monkeypatch.setattr(pages, "number_changes", lends_after)
    assert reader.poll()
    assert [page.more for page in reader.pages] == [True, False]
    assert reader.same_as(new_reader(committed))


def test_old_marks_are_deleted(world: World, reader: Reader) -> None:
    for _ in range(20):
        world.advance(days=1)
        Item.objects.filter(pk=world.dune.pk).update(call_number=str(hub_clock().now()))
        reader.poll()
    kept = hub_clock().now() - changes.KEPT - timedelta(days=1)
    assert ChangeMark.objects.count() <= 10
    assert all(mark.at >= kept for mark in ChangeMark.objects.all())


def test_changed_item_type_code_reaches_every_item(world: World, reader: Reader) -> None:
    ItemType.objects.filter(pk=world.book.pk).update(code="tome")
    assert reader.poll()
    assert reader.is_restarted
    assert {item.type for item in reader.items.values()} == {"tome"}


def test_titles_and_floors_of_the_kiosks_branch_are_sent(world: World, reader: Reader) -> None:
    """Search words and floors are sent on their own, without items or cards."""
    dune = world.dune.title
    assert reader.titles[dune.pk].title == "Dune" and "dune" in reader.titles[dune.pk].words.split()
    assert reader.items[world.dune.barcode].title_id == dune.pk
    assert set(reader.titles) == set(Title.objects.values_list("pk", flat=True)) and reader.floors == []
    floor = Floor.objects.create(branch=world.main, name="二楼", name_en="Second floor")
    Floor.objects.create(branch=Branch.objects.create(code="far", name="Far"), name="Elsewhere")
    floor.bays.create(code="14", x=1, y=2, width=1, height=4, first="813", last="823")
    assert reader.poll() and not reader.received_ids and not reader.is_restarted
    assert [(each.name["en"], [bay.code for bay in each.bays]) for each in reader.floors] == [("Second floor", ["14"])]
    Isbn.objects.create(title=dune, isbn13="9780441013593")
    assert reader.poll() and not reader.received_ids
    assert "9780441013593" in reader.titles[dune.pk].words.split()
    assert reader.titles == new_reader(world).titles


def test_deleted_title_is_removed(world: World, reader: Reader) -> None:
    lonely = Title.objects.create(title="Lonely")
    assert reader.poll() and reader.titles[lonely.pk].title == "Lonely"
    lonely.delete()
    assert reader.poll() and lonely.pk not in reader.titles
    assert reader.same_as(new_reader(world))


def test_online_edition_link_is_sent_until_the_edition_is_removed(world: World, reader: Reader, settings: Any) -> None:
    settings.PUBLIC, settings.PUBLIC_URL = True, "https://hub.example"
    edition = Edition.objects.create(title=world.dune.title, url="https://books.example/dune")
    assert reader.poll()
    assert reader.titles[world.dune.title_id].link == f"https://hub.example/p/read/{edition.pk}/"
    edition.removed = True
    edition.save()
    assert reader.poll() and reader.titles[world.dune.title_id].link == ""
