"""Test stocktaking: numbers of a handheld or an item pad against the shelf list of a floor."""

from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from hub.catalogue.models import Bay, Item
from hub.catalogue.shelves import bay_lookup
from hub.circulation.operations import loan_changes
from hub.staff import stocktaking
from hub.staff.stocktaking import Comparison
from tests.hub.catalogue.shelves.floors import a_book, a_floor
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def bay(code: str) -> Bay:
    found: Bay = Bay.objects.select_related("floor__branch").get(code=code)
    return found


def compared(codes: list[str], *items: Item) -> Comparison:
    first = bay(codes[0])
    floor = bay_lookup.floors_with_bays(first.floor.branch).select_related("branch").get(pk=first.floor_id)
    return stocktaking.compare(floor, [bay(code) for code in codes], [each.barcode for each in items])


def in_bay_two(world: World) -> list[Item]:
    return [a_book(world, f"book {n}", f"I247.57/{n}") for n in (3, 12, 20, 31)]


def test_item_that_was_not_read_is_missing_in_shelf_order(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    found = compared(["2"], shelf[2])
    assert [each.barcode for each in found.missing] == [shelf[at].barcode for at in (0, 1, 3)]
    assert {each.bay for each in found.missing} == {"2"}
    assert (found.right, found.misplaced, found.unexpected, found.away) == (1, (), (), 0)


def test_item_on_loan_is_not_missing(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    loan_changes.checkout(world.by, world.ada, shelf[0])
    found = compared(["2"], *shelf[1:])
    assert (found.right, found.missing, found.away) == (3, (), 1)


def test_item_on_loan_that_was_read_is_not_expected(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    loan_changes.checkout(world.by, world.ada, shelf[0])
    found = compared(["2"], *shelf)
    assert [(each.barcode, each.todo) for each in found.unexpected] == [
        (shelf[0].barcode, "On loan but on the shelf: check it in at the desk")
    ]
    assert (found.right, found.missing, found.away) == (3, (), 0)


def test_lost_and_withdrawn_items_are_not_missing(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    Item.objects.filter(pk=shelf[0].pk).update(condition=Item.Condition.LOST)
    Item.objects.filter(pk=shelf[1].pk).update(condition=Item.Condition.WITHDRAWN)
    assert [each.barcode for each in compared(["2"], shelf[2]).missing] == [shelf[3].barcode]
    found = compared(["2"], *shelf)
    assert [each.todo for each in found.unexpected] == ["Lost but found: check it in at the desk"]
    assert [each.todo for each in found.misplaced] == ["Withdrawn. Take it to the desk"]


def test_misplaced_item_is_sent_to_its_bay(world: World) -> None:
    a_floor(world)
    strange = a_book(world, "history", "K825.6/1")
    found = compared(["2"], strange)
    assert [(each.barcode, each.todo) for each in found.misplaced] == [(strange.barcode, "To bay 4, Floor 2, Main")]
    assert not compared(["4"], strange).misplaced


def test_page_reads_a_file_of_a_handheld(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    rows = ("barcode", shelf[0].barcode, f'"{shelf[1].barcode}"', shelf[0].barcode, "999")
    file = "".join(f"{each};10:02\r\n" for each in rows)
    upload = SimpleUploadedFile("shelf.csv", b"\xef\xbb\xbf" + file.encode())
    address = reverse("staff:stocktaking", args=(bay("2").floor_id,))
    page = words(Grace(role="clerk").client.post(address, {"bay": bay("2").pk, "file": upload}).content)
    for sentence in ("In place: 2.", "Misplaced: 1", "No copy has this barcode", "Missing: 2", "book 20", "book 31"):
        assert sentence in page, page
    assert (bay("2").walked, bay("2").wrong) == (3, 3)


@pytest.mark.parametrize("posted", [{}, {"numbers": "no number"}, {"numbers": "\n".join(map(str, range(20_001)))}])
def test_page_refuses_what_it_cannot_compare(world: World, posted: dict[str, str]) -> None:
    a_floor(world)
    address = reverse("staff:stocktaking", args=(bay("2").floor_id,))
    assert Grace().client.post(address, posted).status_code == 422


def test_shelf_reading_names_what_is_missing(world: World) -> None:
    a_floor(world)
    shelf = in_bay_two(world)
    scanned = {"barcodes": " ".join(each.barcode for each in shelf[:3])}
    page = words(Grace().client.post(reverse("staff:shelf_reading", args=(bay("2").pk,)), scanned).content)
    assert "All in order" in page and "Missing: 1" in page and "book 31" in page
