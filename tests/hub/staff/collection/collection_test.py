"""Test the pages on which staff keep titles and items: adding, correcting, withdrawing, and the undo of each."""

from __future__ import annotations

import io
import re

import pytest
from django.urls import reverse
from pymarc import Field, Indicators, Record, Subfield

from hub.catalogue.marc_import import import_marc
from hub.catalogue.models import Branch, Isbn, Item, Title
from hub.catalogue.search.index import find
from hub.circulation.models import Hold, Library, Patron, UnnumberedChange
from hub.circulation.operations import hold_queue, loan_changes
from hub.core.clock import hub_clock
from hub.staff.collection.forms import ItemForm
from hub.staff.collection.urls import urlpatterns as collection_urls
from hub.staff.ils_redirect import ILS_ACTS
from hub.staff.uploads.urls import urlpatterns as upload_urls
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

ISBN = "9787544291170"
GIFT = {"isbns": ISBN, "title": "百年孤独", "author": "加西亚·马尔克斯", "call_number": "I775.45/1", "clc": "I775.45"}


@pytest.fixture
def librarian(world: World) -> Grace:
    return Grace(role="librarian")


def get(grace: Grace, view: str, *args: object, query: str = "") -> str:
    return words(grace.client.get(reverse(f"collection:{view}", args=args) + query).content)


def post(grace: Grace, view: str, /, *args: object, **fields: object) -> str:
    """Post a form and return the text of the page that follows; `grace.undo()` then undoes it."""
    response = grace.client.post(reverse(f"collection:{view}", args=args), fields, follow=True)
    assert response.status_code in (200, 422), response
    grace.last = response.content.decode()
    return words(response.content)


def item_fields(world: World, barcode: str, prefix: str = "", **changed: object) -> dict[str, object]:
    fields = {"type": world.book.pk, "branch": world.main.pk, "call_number": "", "barcode": barcode, **changed}
    return {f"{prefix}{name}": value for name, value in fields.items()}


def add_gift(grace: Grace, world: World, barcode: str = "90001") -> str:
    return post(grace, "add", **GIFT, **item_fields(world, barcode, "item-"))


def test_gift_book_is_added_with_its_barcode_and_undone(librarian: Grace, world: World) -> None:
    assert "“百年孤独” added" in add_gift(librarian, world)
    item = Item.objects.get(barcode="90001")
    assert (item.title.isbns.get().isbn13, item.title.subject, item.branch) == (ISBN, "I", world.main)
    assert item.title.pk in find("百年孤独").titles and item.title.pk in find(ISBN).titles
    assert "Undone" in librarian.undo()
    assert not Item.objects.filter(barcode="90001").exists() and not Title.objects.filter(title="百年孤独").exists()
    assert not find("百年孤独").titles


def test_added_item_is_sent_to_kiosks(librarian: Grace, world: World) -> None:
    UnnumberedChange.objects.all().delete()
    add_gift(librarian, world)
    assert UnnumberedChange.objects.filter(what="90001").exists()


def test_title_without_an_item_is_added(librarian: Grace, world: World) -> None:
    post(librarian, "add", **GIFT, **item_fields(world, "", "item-"))
    assert Title.objects.get(title="百年孤独").items.count() == 0


def test_isbn_of_an_imported_marc_record_leads_to_adding_an_item(librarian: Grace, world: World) -> None:
    record = Record(force_utf8=True)
    record.add_field(Field("001", data="sup-1"))
    record.add_field(Field("020", Indicators(" ", " "), [Subfield("a", ISBN)]))
    record.add_field(Field("245", Indicators("0", "0"), [Subfield("a", "From the supplier")]))
    import_marc(io.BytesIO(record.as_marc()), lambda: None)
    title = Title.objects.get(title="From the supplier")
    page = librarian.client.get(reverse("collection:add"), {"isbn": "978-7-5442-9117-0"}).content.decode()
    url = reverse("collection:new_item", args=(title.pk,))
    assert url in page and "In the catalogue already" in page
    assert "Item 90002 added" in post(librarian, "new_item", title.pk, **item_fields(world, "90002"))
    assert Item.objects.get(barcode="90002").title == title
    assert "Undone" in librarian.undo() and not Item.objects.filter(barcode="90002").exists()
    assert "next import of the same record replaces" in get(librarian, "edit_title", title.pk)


def test_unknown_isbn_fills_the_form_and_a_wrong_one_is_named(librarian: Grace) -> None:
    page = librarian.client.get(reverse("collection:add"), {"isbn": ISBN}).content.decode()
    assert f'value="{ISBN}"' in page and "No title with this ISBN yet" in page
    assert "its check digit is wrong" in get(librarian, "add", query="?isbn=9787544291171")


@pytest.mark.parametrize(
    ("barcode", "why"),
    [
        ("dune", "has this barcode already"),
        (ISBN, "This is an ISBN"),
        ("90_001", "Use letters, digits"),
        (" ", "Scan or enter the barcode"),
    ],
)
def test_barcode_that_cannot_be_used_is_refused(librarian: Grace, world: World, barcode: str, why: str) -> None:
    barcode, count = world.dune.barcode if barcode == "dune" else barcode, Item.objects.count()
    assert why in post(librarian, "new_item", world.dune.title_id, **item_fields(world, barcode))
    assert Item.objects.count() == count


def test_isbn_of_another_title_is_refused(librarian: Grace, world: World) -> None:
    Isbn.objects.create(title=world.dune.title, isbn13=ISBN)
    assert "has this ISBN already" in add_gift(librarian, world)
    assert not Title.objects.filter(title="百年孤独").exists()


def test_title_is_corrected_with_its_isbns_and_undone(librarian: Grace, world: World) -> None:
    title = world.dune.title
    Isbn.objects.create(title=title, isbn13=ISBN)
    before = title.title
    post(librarian, "edit_title", title.pk, isbns="", title="Dune corrected", author="Frank Herbert", year="1965")
    title.refresh_from_db()
    assert (title.title, title.year, title.isbns.count()) == ("Dune corrected", 1965, 0)
    assert title.pk in find("corrected").titles and title.pk not in find(ISBN).titles
    assert "Undone" in librarian.undo()
    title.refresh_from_db()
    assert (title.title, title.isbns.get().isbn13) == (before, ISBN)
    assert title.pk not in find("corrected").titles and title.pk in find(ISBN).titles


def test_undo_of_a_title_that_an_import_has_changed_since_is_refused(librarian: Grace, world: World) -> None:
    post(librarian, "edit_title", world.dune.title_id, isbns="", title="Dune corrected")
    Title.objects.filter(pk=world.dune.title_id).update(title="Dune imported")
    assert "Nothing was undone" in librarian.undo()
    assert Title.objects.get(pk=world.dune.title_id).title == "Dune imported"


def test_undo_of_an_added_title_that_an_import_has_changed_since_is_refused(librarian: Grace, world: World) -> None:
    add_gift(librarian, world)
    Title.objects.filter(title="百年孤独").update(title="Imported")
    assert "Nothing was undone" in librarian.undo()
    assert Title.objects.filter(title="Imported").exists() and Item.objects.filter(barcode="90001").exists()


def test_corrected_title_is_sent_to_kiosks(librarian: Grace, world: World) -> None:
    UnnumberedChange.objects.all().delete()
    post(librarian, "edit_title", world.dune.title_id, isbns="", title="Dune corrected")
    assert UnnumberedChange.objects.filter(kind="title", what=str(world.dune.title_id)).exists()


def test_place_type_and_call_number_of_an_item_are_changed_and_undone(librarian: Grace, world: World) -> None:
    east = Branch.objects.create(code="east", name="East")
    fields = item_fields(world, world.dune.barcode, branch=east.pk, call_number="K 1")
    assert "Item saved" in post(librarian, "edit_item", world.dune.pk, **fields)
    world.dune.refresh_from_db()
    assert (world.dune.branch, world.dune.call_number) == (east, "K 1")
    changes = words(Grace().client.get(reverse("audit:changes") + "?show=items").content)
    assert world.dune.barcode in changes and "grace" in changes and "K 1" in changes
    assert "Undone" in librarian.undo()
    world.dune.refresh_from_db()
    assert (world.dune.branch, world.dune.call_number) == (world.main, "")


def test_worn_out_book_is_withdrawn_restored_and_each_is_undone(librarian: Grace, world: World) -> None:
    UnnumberedChange.objects.all().delete()
    page = post(librarian, "withdraw", world.dune.pk)
    assert "Withdrawn" in page and "Return to collection" in page
    assert UnnumberedChange.objects.filter(what=world.dune.barcode).exists()
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.WITHDRAWN
    assert "Undone" in librarian.undo()
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL
    post(librarian, "withdraw", world.dune.pk)
    assert "Returned to the collection" in post(librarian, "restore", world.dune.pk)
    assert world.dune.barcode not in librarian.page("items", query="?show=withdrawn")
    assert "Undone" in librarian.undo()
    assert world.dune.title.title in librarian.page("items", query="?show=withdrawn")


def test_item_on_loan_is_neither_withdrawn_nor_relabelled(librarian: Grace, world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert "A patron has it on loan. Check it in first" in post(librarian, "withdraw", world.dune.pk)
    assert "on loan" in post(librarian, "edit_item", world.dune.pk, **item_fields(world, "90009"))
    world.dune.refresh_from_db()
    assert (world.dune.condition, world.dune.barcode != "90009") == (Item.Condition.NORMAL, True)
    assert "Item saved" in post(
        librarian, "edit_item", world.dune.pk, **item_fields(world, world.dune.barcode, call_number="K 2")
    )


def test_returned_item_that_was_not_checked_is_not_withdrawn(librarian: Grace, world: World) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    world.post(world.checkin(world.dune))
    assert "Check it in first" in post(librarian, "withdraw", world.dune.pk)


def test_item_on_the_hold_shelf_is_not_withdrawn(librarian: Grace, world: World) -> None:
    hold = Hold.objects.create(patron=world.ada, title=world.dune.title, pickup=world.main, placed_at=hub_clock().now())
    hold_queue.keep(world.by, hold, world.dune)
    assert "on the hold shelf for a patron" in post(librarian, "withdraw", world.dune.pk)
    assert not Item.objects.filter(condition=Item.Condition.WITHDRAWN).exists()


def test_only_copy_that_patrons_wait_for_says_so(librarian: Grace, world: World) -> None:
    Hold.objects.create(patron=world.ada, title=world.dune.title, pickup=world.main, placed_at=hub_clock().now())
    assert "1 patron has a hold that only this copy can fill" in librarian.page("item", world.dune.pk)


def test_restored_item_that_was_borrowed_since_stays_in_the_collection(librarian: Grace, world: World) -> None:
    post(librarian, "withdraw", world.dune.pk)
    post(librarian, "restore", world.dune.pk)
    world.dune.refresh_from_db()
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert "Nothing was undone" in librarian.undo()
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL


def test_undo_of_an_item_that_was_borrowed_since_is_refused(librarian: Grace, world: World) -> None:
    add_gift(librarian, world)
    loan_changes.checkout(world.by, world.ada, Item.objects.get(barcode="90001"))
    assert "Nothing was undone" in librarian.undo()
    assert Item.objects.filter(barcode="90001").exists()


def test_missing_item_is_marked_and_found_again(librarian: Grace, world: World) -> None:
    page = librarian.post("lose", world.dune.pk)
    assert "Mark as found" in page and "Mark as lost or missing" not in page
    librarian.post("receive", world.dune.pk)
    world.dune.refresh_from_db()
    assert world.dune.condition == Item.Condition.NORMAL


def test_clerk_sees_no_button_and_may_change_nothing(world: World) -> None:
    clerk = Grace(role="clerk")
    assert "Withdraw item" not in clerk.page("item", world.dune.pk) and "Add title" not in clerk.page("items")
    for view, args in (("add", ()), ("withdraw", (world.dune.pk,)), ("edit_item", (world.dune.pk,))):
        assert clerk.client.post(reverse(f"collection:{view}", args=args)).status_code == 403


def test_ils_that_keeps_the_collection_is_named_and_nothing_changes(librarian: Grace, world: World) -> None:
    Library.objects.update(followed_since=hub_clock().now())
    before = list(Item.objects.values()), Title.objects.count(), Patron.objects.count()
    patterns = {f"collection:{each.name}": each.pattern for each in collection_urls}
    patterns |= {f"uploads:{each.name}": each.pattern for each in upload_urls}
    only_shows = {
        f"uploads:{each}" for each in ("collection", "patrons", "sample", "file_import", "rejected", "print_cards")
    }
    assert set(patterns) - only_shows - {"uploads:discard"} == set(patterns) & ILS_ACTS
    samples = {"pk": world.dune.pk, "kind": "items"}
    for act in set(patterns) & ILS_ACTS:
        url = reverse(act, kwargs={each: samples[each] for each in patterns[act].converters})
        notice = words(librarian.client.post(url, {**GIFT, "file": io.BytesIO(b"x")}, follow=True).content)
        assert "Titles, items and patrons are kept in the ILS" in notice, act
    assert before == (list(Item.objects.values()), Title.objects.count(), Patron.objects.count())
    page = librarian.client.get(reverse("staff:item", args=(world.dune.pk,))).content.decode()
    assert not re.search(r"/staff/collection/", page)


@pytest.mark.parametrize("view", ["add", "new_item"])
def test_barcode_taken_between_check_and_saving_is_named(
    librarian: Grace, world: World, monkeypatch: pytest.MonkeyPatch, view: str
) -> None:
    check = ItemForm.is_valid

    def check_before_another(form: ItemForm) -> bool:
        is_valid = check(form)
        Item.objects.get_or_create(barcode="90001", title=world.dune.title, type=world.book, branch=world.main)
        return is_valid

    monkeypatch.setattr(ItemForm, "is_valid", check_before_another)
    said = (
        add_gift(librarian, world)
        if view == "add"
        else post(librarian, "new_item", world.emma.title_id, **item_fields(world, "90001"))
    )
    assert "has this barcode already" in said
    assert not Title.objects.filter(title=GIFT["title"]).exists()
