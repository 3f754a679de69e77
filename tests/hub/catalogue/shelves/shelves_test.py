"""Test bays and their ranges: locations, overlaps, gaps, and shelf reading."""

from __future__ import annotations

import json
from itertools import combinations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hub.catalogue.models import Bay, Floor, Item
from hub.catalogue.shelves import bay_lookup
from hub.circulation.operations import loan_changes
from hub.staff import shelf_reading
from lending.call_numbers import Scheme, ShelfPosition
from tests.hub.catalogue.shelves.floors import BAYS, a_book, a_floor
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


def bay(code: str) -> Bay:
    found: Bay = Bay.objects.select_related("floor").get(code=code)
    return found


def highlighted(page: bytes) -> list[str]:
    """Return the names of the highlighted bays on a page's maps."""
    parts = page.decode().split('<g class="lit"><title>')[1:]
    return [each.partition("<")[0] for each in parts]


@pytest.mark.parametrize(
    ("call_number", "code"),
    [("I247.5/9", "1"), ("I207.2/1", "1"), ("I247.57/12", "2"), ("I247.57/50", "2"), ("I712.45/1", "3"),
     ("TP312/2", "4")],
)  # fmt: skip
def test_title_page_highlights_the_bay_of_the_call_number(world: World, call_number: str, code: str) -> None:
    a_floor(world)
    book = a_book(world, "呼兰河传", call_number)
    page = Client(headers={"Accept-Language": "en"}).get(reverse("opac:title", args=(book.title_id,))).content
    assert highlighted(page) == [code]
    assert f"On the shelf Floor 2, bay {code} {call_number}" in words(page) and "Main 1 of 1 in" in words(page)


def test_item_without_a_bay_is_to_be_asked_for_at_the_desk(world: World) -> None:
    a_floor(world)
    for call_number in ("I247.57/51", "823 AUS"):
        book = a_book(world, call_number, call_number)
        page = Client(headers={"Accept-Language": "en"}).get(reverse("opac:title", args=(book.title_id,))).content
        assert highlighted(page) == [] and "ask staff for the location" in words(page)


def test_items_own_call_number_overrides_the_title(world: World) -> None:
    a_floor(world)
    book = a_book(world, "呼兰河传", "I247.57/12")
    Item.objects.filter(pk=book.pk).update(call_number="K825.6/1")
    assert [each.bays[0].code for each in bay_lookup.of_title(book.title)] == ["4"]


def test_review_lists_items_without_bay_invalid_call_numbers_and_overlaps(world: World) -> None:
    floor = a_floor(world)
    grace = Grace()
    a_book(world, "one", "I247.57/51"), a_book(world, "two", "8222 PEN"), a_book(world, "three", "I247.57/12")
    Item.objects.exclude(title__title__in=("one", "two", "three")).delete()
    assert bay_lookup.review(floor).homeless == [("I247.57/51", 1)]
    assert bay_lookup.review(floor).unsorted == [("8222 PEN", 1)]
    assert bay_lookup.review(floor).overlapping == []
    page = words(grace.client.get(reverse("shelves:floor", args=(floor.pk,))).content)
    assert "1 copy of this branch is in no bay: I247.57/51" in page and "8222 PEN" in page
    Bay.objects.filter(code="2").update(first="I247.5")
    page = words(grace.client.get(reverse("shelves:floor", args=(floor.pk,))).content)
    assert "Bays 1 and 2 overlap around I247.5 – I247.5" in page


def form_fields(**changed: list[str]) -> dict[str, list[str]]:
    """Return the editor's form fields as a browser sends them, with an empty last row."""
    columns = {
        "code": [each[0] for each in BAYS], "first": [each[3] for each in BAYS], "last": [each[4] for each in BAYS],
        "x": [str(each[1]) for each in BAYS], "y": ["2"] * 4, "width": ["2"] * 4, "height": ["6"] * 4, **changed,
    }  # fmt: skip
    return {name: [*cells, ""] for name, cells in columns.items()}


def test_changed_bays_are_saved_and_keep_their_identity(world: World) -> None:
    floor, grace = a_floor(world), Grace(role="librarian")
    Bay.objects.filter(code="1").update(walked=7)
    response = grace.client.post(
        reverse("shelves:bays", args=(floor.pk,)), form_fields(x=["5", "10", "16", "22"]), follow=True
    )
    assert "4 bays saved." in words(response.content)
    assert (bay("1").x, bay("1").walked) == (5, 7), "the bay keeps its row"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [({"x": ["29", "10", "16", "22"]}, "Bay 1 is outside the floor of 30 by 12 cells"),
     ({"x": ["4", "5", "16", "22"]}, "Bays 1 and 2 overlap"),
     ({"x": ["4", "-1", "16", "22"]}, "Bay 2: “Grid column” is not a number of cells"),
     ({"code": ["1", "1", "3", "4"]}, "Bay 1 is listed twice"),
     ({"code": ["1", "", "3", "4"]}, "Bay row 2: the name is missing"),
     ({"first": ["I9", "I247.57", "I247.58", "K"]}, "Bay 1: I9 – I247.5 runs backwards"),
     ({"first": ["813 AUS", "I247.57", "I247.58", "K"]}, "Bay 1: “813 AUS” is not a call number of this floor"),
     ({"first": ["", "I247.57", "I247.58", "K"]}, "Bay 1: it has an end but no start"),
     ({"width": ["0", "2", "2", "2"]}, "Bay 1 is outside the floor")],
)  # fmt: skip
def test_invalid_bay_is_named_and_nothing_saved(world: World, changed: dict[str, list[str]], fault: str) -> None:
    floor, grace = a_floor(world), Grace()
    before = list(Bay.objects.values_list())
    answer = grace.client.post(reverse("shelves:bays", args=(floor.pk,)), form_fields(**changed))
    assert answer.status_code == 422 and fault in words(answer.content), words(answer.content)
    assert list(Bay.objects.values_list()) == before


@pytest.mark.parametrize("form", ["csv", "json"])
def test_exported_bays_can_be_imported(world: World, form: str) -> None:
    floor, grace = a_floor(world), Grace()
    Bay.objects.filter(code="1").update(code="=1")
    before = list(Bay.objects.values_list("code", "x", "y", "width", "height", "first", "last"))
    raw = grace.client.get(reverse("shelves:export", args=(floor.pk, form))).content
    assert form == "json" or b"'=1" in raw, "no formula in a spreadsheet"
    Bay.objects.all().delete()
    file = SimpleUploadedFile(f"bays.{form}", raw)
    answer = grace.client.post(reverse("shelves:import_bays", args=(floor.pk,)), {"file": file}, follow=True)
    assert "4 bays saved." in words(answer.content)
    assert list(Bay.objects.values_list("code", "x", "y", "width", "height", "first", "last")) == before


@pytest.mark.parametrize(
    ("raw", "fault"),
    [(b"\x89PNG", "The heading lacks code"), (b"{", "not a bay list"), (b'{"bays": 3}', "not a bay list"),
     (b"code,x,y\r\n1,2,3\r\n", "The heading lacks width, height"),
     ("code,x,y,width,height\r\n甲,x,1,1,1".encode("gb18030"), "Bay 甲: “Grid column” is not a number of cells"),
     (json.dumps({"bays": [{"code": "9"}]}).encode(), "Bay 9: “Grid column” is not a number of cells")],
)  # fmt: skip
def test_unusable_file_is_refused_with_its_fault(world: World, raw: bytes, fault: str) -> None:
    floor, grace = a_floor(world), Grace()
    file = SimpleUploadedFile("bays", raw)
    answer = grace.client.post(reverse("shelves:import_bays", args=(floor.pk,)), {"file": file})
    assert answer.status_code == 422 and fault in words(answer.content), words(answer.content)
    assert Bay.objects.count() == 4


def test_floor_can_be_created_changed_and_removed(world: World) -> None:
    grace = Grace()
    new = {"branch": world.main.pk, "name": "一楼", "position": "1", "width": "20", "height": "10", "scheme": "clc"}
    assert "Draw its bays" in words(grace.client.post(reverse("shelves:new"), new, follow=True).content)
    floor = Floor.objects.get()
    grace.client.post(reverse("shelves:bays", args=(floor.pk,)), {
        "code": ["9"], "first": ["I"], "last": [""], "x": ["18"], "y": ["0"], "width": ["2"], "height": ["1"]
    })  # fmt: skip
    smaller = {"name": "一楼", "position": "1", "width": "19", "height": "10", "you_x": "0", "you_y": "0", "scheme": ""}
    answer = grace.client.post(reverse("shelves:settle", args=(floor.pk,)), smaller)
    assert "Bay 9 is outside the floor" in words(answer.content) and Floor.objects.get().width == 20
    assert "Remove them first" in words(grace.client.post(reverse("shelves:drop", args=(floor.pk,))).content)
    Bay.objects.all().delete()
    grace.client.post(reverse("shelves:drop", args=(floor.pk,)))
    assert not Floor.objects.exists()


def test_clerk_can_read_shelves_but_not_edit_floors(world: World) -> None:
    floor, clerk = a_floor(world), Grace(role="clerk")
    assert clerk.client.get(reverse("shelves:edit", args=(floor.pk,))).status_code == 403
    assert clerk.client.post(reverse("shelves:bays", args=(floor.pk,)), form_fields()).status_code == 403
    page = words(clerk.client.get(reverse("shelves:floor", args=(floor.pk,))).content)
    assert "Shelf reading" in page and "Draw" not in page
    found = clerk.client.get(reverse("shelves:floors") + "?q=I247.57/12").content
    assert highlighted(found) == ["2"]
    assert "no bay has this call number" in words(clerk.client.get(reverse("shelves:floors") + "?q=zzz").content)


def test_shelf_reading_reports_misplaced_and_unknown_items(world: World) -> None:
    a_floor(world)
    shelf = [a_book(world, f"book {n}", f"I247.57/{n}") for n in (3, 12, 20, 31)]
    strange, broken = a_book(world, "history", "K825.6/1"), a_book(world, "scribble", "???")
    loan_changes.checkout(world.by, world.ada, shelf[2])
    order = [shelf[0], shelf[3], shelf[1], strange, shelf[2], broken, shelf[0]]
    results = shelf_reading.check_order(bay("2"), [each.barcode for each in order] + ["999"])
    assert [each.state.value for each in results] == [
        "right", "moved", "right", "elsewhere", "right", "unsorted", "twice", "unknown",
    ]  # fmt: skip
    assert results[1].after == shelf[2].barcode and results[3].bays[0].code == "4"
    scanned = {"barcodes": "\n".join(each.barcode for each in order) + "\n999\n"}
    grace = Grace(role="clerk")
    page = words(grace.client.post(reverse("staff:shelf_reading", args=(bay("2").pk,)), scanned).content)
    assert "6 books to check" in page
    for sentence in (f"Shelve it after {shelf[2].barcode}", "To bay 4, Floor 2, Main", "No copy has this barcode",
                     "On loan but on the shelf", "Call number not valid"):  # fmt: skip
        assert sentence in page, page
    assert (bay("2").walked, bay("2").wrong) == (8, 6)
    assert bay("2").walked_at is not None


def test_shelf_in_order_reports_nothing(world: World) -> None:
    a_floor(world)
    shelf = [a_book(world, f"book {n}", f"I247.57/{n}") for n in (3, 12, 20, 31)]
    scanned = {"barcodes": " ".join(each.barcode for each in shelf)}
    page = words(Grace().client.post(reverse("staff:shelf_reading", args=(bay("2").pk,)), scanned).content)
    assert "All in order" in page
    scanned = {"barcodes": " ".join(["1"] * 501)}
    assert Grace().client.post(reverse("staff:shelf_reading", args=(bay("2").pk,)), scanned).status_code == 422


@given(st.lists(st.integers(0, 9), max_size=7))
def test_suggested_moves_are_minimal(numbers: list[int]) -> None:
    places = [ShelfPosition(Scheme.CLC, str(each)) for each in numbers]
    kept = shelf_reading.in_order(places)
    assert [numbers[each] for each in kept] == sorted(numbers[each] for each in kept) and kept == sorted(kept)
    longest = max(
        (
            size
            for size in range(len(numbers) + 1)
            for part in combinations(numbers, size)
            if list(part) == sorted(part)
        ),
    )
    assert len(kept) == longest
