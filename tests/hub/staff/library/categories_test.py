"""Test the pages of item types and patron categories: names, counts, loan rules and removal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import ItemType
from hub.circulation import anonymisation
from hub.circulation.models import Library, PatronCategory, Rule
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World


@dataclass(frozen=True)
class Listed:
    """A list with its URL names, its model, and what the small library shows in it."""

    kind: str
    entry: str
    model: type[ItemType | PatronCategory]
    used: str
    row: str
    remedy: str


TYPES = Listed(
    "item_types",
    "item_type",
    ItemType,
    "book",
    "Book book 3 items general rules",
    "items (3). Give its items another type",
)
CATEGORIES = Listed(
    "patron_categories",
    "patron_category",
    PatronCategory,
    "adult",
    "Adult adult 2 patrons 1 own rule",
    "patrons (2), loan rules (1). Give its patrons another category",
)
Both = pytest.mark.parametrize("listed", [TYPES, CATEGORIES], ids=lambda each: each.kind)


@pytest.fixture
def librarian(world: World) -> Grace:
    return Grace()


def shown(grace: Grace, listed: Listed) -> str:
    return words(grace.client.get(reverse(f"library:{listed.kind}")).content)


@Both
def test_list_counts_what_uses_each_entry(librarian: Grace, listed: Listed) -> None:
    assert listed.row in shown(librarian, listed)


@Both
def test_entry_is_added_renamed_and_both_are_undone(librarian: Grace, listed: Listed) -> None:
    page = post(librarian, listed.kind, name="视听资料", name_en="Audio visual")
    assert "Audio visual added" in page
    added = listed.model.objects.get(code="audio-visual")
    post(librarian, listed.entry, added.pk, name="有声", name_en="Audio")
    assert listed.model.objects.get(pk=added.pk).names == {"zh": "有声", "en": "Audio"}
    assert "Undone" in librarian.undo()
    restored = listed.model.objects.get(pk=added.pk)
    assert (restored.names, restored.code) == ({"zh": "视听资料", "en": "Audio visual"}, "audio-visual")


@Both
def test_undo_of_an_addition_removes_the_entry(librarian: Grace, listed: Listed) -> None:
    post(librarian, listed.kind, name="视听", code="av")
    assert "Undone" in librarian.undo() and not listed.model.objects.filter(code="av").exists()


@Both
def test_entry_in_use_says_why_it_stays(librarian: Grace, listed: Listed) -> None:
    used = listed.model.objects.get(code=listed.used)
    page = words(librarian.client.get(reverse(f"library:{listed.entry}", args=(used.pk,))).content)
    assert f"Still in use: {listed.remedy}" in page
    assert f"Still in use: {listed.remedy}" in post(librarian, f"remove_{listed.entry}", used.pk)
    assert listed.model.objects.filter(pk=used.pk).exists()


@Both
def test_unused_entry_is_removed_and_restored(librarian: Grace, listed: Listed) -> None:
    post(librarian, listed.kind, name="视听", code="av")
    added = listed.model.objects.get(code="av")
    assert "视听 removed" in post(librarian, f"remove_{listed.entry}", added.pk)
    assert "Undone" in librarian.undo() and listed.model.objects.get(code="av").pk == added.pk


@Both
@pytest.mark.parametrize(
    ("fields", "fault"), [({"code": "av"}, "Enter a name."), ({"name": "视听"}, "Enter a code, because none")]
)
def test_fault_names_its_remedy(librarian: Grace, listed: Listed, fields: dict[str, str], fault: str) -> None:
    assert fault in post(librarian, listed.kind, **fields) and listed.model.objects.count() == 1


@Both
def test_entry_that_a_rule_names_stays_and_shows_it(world: World, librarian: Grace, listed: Listed) -> None:
    post(librarian, listed.kind, name="视听", code="av")
    added = listed.model.objects.get(code="av")
    Rule.objects.create(**{"item_type" if listed is TYPES else "category": added}, days=7)
    page = shown(librarian, listed)
    assert "视听 av 0" in page and "1 own rule" in page
    assert "Still in use: loan rules (1)." in post(librarian, f"remove_{listed.entry}", added.pk)


@Both
def test_entry_without_any_rule_is_pointed_out(world: World, librarian: Grace, listed: Listed) -> None:
    Rule.objects.all().delete()
    assert "none: nothing can be borrowed" in shown(librarian, listed)


def test_anonymous_patron_is_not_counted(world: World, librarian: Grace) -> None:
    anonymisation.anonymous_patron_of(world.adult.pk)
    assert "Adult adult 2 patrons" in shown(librarian, CATEGORIES)


@Both
def test_only_administrators_change_it(world: World, listed: Listed) -> None:
    client = Grace(role="librarian").client
    assert client.get(reverse(f"library:{listed.kind}")).status_code == 403
    assert client.post(reverse(f"library:{listed.kind}"), {"name": "x", "code": "x"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = Grace().client.cookies
    assert strict.post(reverse(f"library:{listed.kind}"), {"name": "x", "code": "x"}).status_code == 403
    assert listed.model.objects.count() == 1


def test_membership_of_a_category_has_a_period_and_a_fee(world: World, librarian: Grace) -> None:
    Library.objects.update(charges=True)
    form = {"name": "成人", "name_en": "Adult", "membership_months": "12", "membership_fee": "20.00"}
    assert "Adult saved" in post(librarian, "patron_category", world.adult.pk, **form)
    world.adult.refresh_from_db()
    assert (world.adult.membership_months, world.adult.membership_fee) == (12, Decimal(20))
    assert "Charges 20.00 CNY" in librarian.page("patron", world.ada.pk)
    for fault in ({"membership_months": "0"}, {"membership_fee": "-1"}, {"membership_fee": "1.234"}):
        url = reverse("library:patron_category", args=(world.adult.pk,))
        refused = librarian.client.post(url, form | fault)
        assert refused.status_code == 422 and "or nothing" in words(refused.content)
    assert "Adult saved" in post(librarian, "patron_category", world.adult.pk, name="成人", name_en="Adult")
    world.adult.refresh_from_db()
    assert (world.adult.membership_months, world.adult.membership_fee) == (None, Decimal(0))
