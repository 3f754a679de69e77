"""Test the numbering of patrons, cards and items: format, single use, concurrency, faults and undo."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from hub.catalogue.models import Item
from hub.circulation import numbering
from hub.circulation.cards import enrol, holder_of
from hub.circulation.models import NumberSeries
from hub.ils.bridge import patrons
from lending.number_formats import digits
from lending.number_patterns import luhn
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World, make_world

Kind = NumberSeries.Kind


@pytest.fixture
def grace(world: World) -> Grace:
    return Grace()


def save(grace: Grace, kind: str, **fields: str) -> str:
    entered = {"is_on": "on", "prefix": "", "length": "8", "check_digit": "none", "next_number": "1", **fields}
    return post(grace, "numbering", kind=kind, **{f"{kind}-{name}": value for name, value in entered.items()})


def test_numbers_pass_the_kiosks_check() -> None:
    series = NumberSeries(kind=Kind.PATRON, prefix="21", length=10, check_digit="luhn")
    numbers = [numbering.format_number(series, each) for each in range(1, 200)]
    assert all(luhn(each) and digits(10, "21", has_luhn=True).matches(each) for each in numbers)
    assert numbering.luhn_digit("7992739871") == "3", "the example of the standard"
    assert numbering.format_number(series, 10**7) == ""


def test_patrons_get_numbers_that_nothing_has_or_had(world: World, grace: Grace) -> None:
    assert patrons.register(world.by, "Ada", world.ada.category.code, "en").identifier.startswith("T")
    assert "Numbering saved" in save(grace, "patron", prefix="P", length="5")
    enrol(world.ada, "P0001")
    first = patrons.register(world.by, "Lin", world.ada.category.code, "en")
    assert first.identifier == "P0002" and holder_of("P0002")
    holder_of("P0002").delete()  # type: ignore[union-attr]
    assert patrons.register(world.by, "Lin", world.ada.category.code, "en").identifier == "P0003"
    assert "Numbers up to 3 were given. Enter 4 or more." in save(grace, "patron", prefix="P", length="5")
    save(grace, "patron", prefix="P", length="5", next_number="9999")
    assert numbering.take(Kind.PATRON) == "P9999" and numbering.take(Kind.PATRON) == ""
    assert "used up" in words(grace.client.get(reverse("library:numbering")).content)
    assert patrons.register(world.by, "Lin", world.ada.category.code, "en").identifier.startswith("T")


def test_undo_turns_the_series_off_and_gives_no_number_again(grace: Grace) -> None:
    save(grace, "item", prefix="30")
    assert numbering.take(Kind.ITEM) == "30000001"
    assert "Undone" in grace.undo() and numbering.take(Kind.ITEM) == ""
    save(grace, "item", prefix="30", next_number="2")
    assert numbering.take(Kind.ITEM) == "30000002"


def test_change_of_the_check_digit_gives_no_number_again(grace: Grace) -> None:
    save(grace, "item", check_digit="luhn")
    given = [numbering.take(Kind.ITEM) for _each in range(3)]
    assert given[-1] == "00000034"
    assert "Numbers up to 34 were given. Enter 35 or more." in save(grace, "item", next_number="4")
    assert "Numbering saved" in save(grace, "item", next_number="35")
    assert "Numbers up to 34 were given" in save(grace, "item", next_number="4"), "also on the second attempt"
    assert numbering.take(Kind.ITEM) == "00000035"


def test_admin_neither_changes_nor_deletes_a_series(grace: Grace) -> None:
    """A deleted series would begin again at 1."""
    save(grace, "card")
    grace.user.is_staff = grace.user.is_superuser = True
    grace.user.save()
    pk = NumberSeries.objects.get().pk
    for act in ("change", "delete"):
        grace.client.post(reverse(f"admin:circulation_numberseries_{act}", args=(pk,)), {"post": "yes", "prefix": "9"})
    assert NumberSeries.objects.get(pk=pk).prefix == ""


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"prefix": "P-"}, "Use only capital letters and digits."),
        ({"prefix": "P", "check_digit": "luhn"}, "A check digit needs a prefix of digits only."),
        ({"length": "4", "next_number": "10000"}, "The next number does not fit."),
        ({"length": "3"}, "Enter a whole number from 4 to 20."),
        ({"next_number": "0"}, "Enter a whole number from 1 to"),
    ],
)
def test_unusable_series_is_refused(grace: Grace, fields: dict[str, str], fault: str) -> None:
    assert fault in save(grace, "patron", **fields)
    assert not NumberSeries.objects.exists()


def test_items_cannot_get_the_numbers_of_cards(grace: Grace) -> None:
    save(grace, "card", prefix="2")
    assert "Kiosks could not tell items from cards" in save(grace, "item", prefix="")
    assert "Numbering saved" in save(grace, "item", prefix="3")
    assert "Numbering saved" in save(grace, "patron", prefix="2"), "patron numbers are card numbers"


def test_item_without_a_label_gets_the_next_barcode(world: World, grace: Grace) -> None:
    url = reverse("collection:new_item", args=(world.dune.title_id,))
    fields = {"type": world.dune.type_id, "branch": world.dune.branch_id, "barcode": "", "numbered": "on"}
    assert "Scan or enter the barcode." in words(grace.client.post(url, fields).content)
    save(grace, "item", prefix="30")
    assert "30000001" in words(grace.client.get(url).content)
    assert "Item 30000001 added" in words(grace.client.post(url, fields, follow=True).content)
    assert "Scan or enter" in words(grace.client.post(url, fields | {"numbered": ""}).content)
    title = {"title": "A new book", "item-type": world.dune.type_id, "item-branch": world.dune.branch_id}
    grace.client.post(reverse("collection:add"), {**title, "item-barcode": ""})
    assert not Item.objects.filter(title__title="A new book").exists()
    grace.client.post(reverse("collection:add"), {**title, "item-barcode": "", "item-numbered": "on"})
    assert Item.objects.get(title__title="A new book").barcode == "30000002"


def test_card_printed_without_a_number_gets_the_next_one(world: World, grace: Grace) -> None:
    save(grace, "card", prefix="2")
    url = reverse("paper:print_card", args=(world.ada.pk,))
    assert grace.client.post(url, {"number": "", "paper": "card"}).headers["Content-Type"] == "application/pdf"
    assert holder_of("20000001") == world.ada


def test_two_desks_at_once_never_get_one_number(transactional_db: None) -> None:
    make_world()
    NumberSeries.objects.create(kind=Kind.ITEM, is_on=True)

    def take_some() -> list[str]:
        try:
            return [numbering.take(Kind.ITEM) for _each in range(5)]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = [number for each in [pool.submit(take_some) for _each in range(4)] for number in each.result(60)]
    assert len(set(taken)) == 20
