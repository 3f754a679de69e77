"""Test the page of the fee rules: added, refused with a reason, removed and undone."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse

from hub.circulation.models import FeeRule, Library, PatronCategory
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

RULE = {"kind": "overdue", "category": "", "item_type": "", "amount": "0.50", "grace_days": "2", "cap": "5"}


@pytest.fixture
def librarian(world: World) -> Grace:
    Library.objects.update(charges=True)
    return Grace()


def shown(grace: Grace) -> str:
    return words(grace.client.get(reverse("library:fee_rules")).content)


def test_rule_is_added_listed_removed_and_restored(librarian: Grace) -> None:
    assert "No fee rule yet" in shown(librarian)
    assert "Fee rule added" in post(librarian, "fee_rules", **RULE)
    listed = "Late return, for each day all patrons × all items 2 days of grace, at most 5.00 CNY 0.50 CNY"
    assert listed in shown(librarian)
    assert "Fee rule removed" in post(librarian, "remove_fee_rule", FeeRule.objects.get().pk)
    assert "Undone" in librarian.undo() and FeeRule.objects.get().amount == Decimal("0.50")


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("amount", "", "Enter an amount such as 0.10"),
        ("amount", "-1", "Enter an amount such as 0.10"),
        ("cap", "much", "Enter an amount such as 0.10"),
        ("kind", "singing", "Select a valid choice"),
    ],
)
def test_fault_is_named_and_nothing_is_added(librarian: Grace, field: str, value: str, fault: str) -> None:
    assert fault in post(librarian, "fee_rules", **RULE | {field: value})
    assert not FeeRule.objects.exists()


def test_second_rule_for_the_same_combination_is_refused(librarian: Grace) -> None:
    post(librarian, "fee_rules", **RULE)
    assert "already exists" in post(librarian, "fee_rules", **RULE)
    assert FeeRule.objects.count() == 1


def test_category_says_in_words_what_a_late_return_costs_and_its_rule_is_changed(librarian: Grace) -> None:
    child = PatronCategory.objects.create(code="child", name="Child")
    assert "Nothing is charged for late returns in category Child. Change rule" in shown(librarian)
    post(librarian, "fee_rules", **RULE)
    assert "0.50 CNY is charged for each day late in category Child." in shown(librarian)
    post(librarian, "fee_rules", **RULE | {"category": str(child.pk), "amount": "0", "cap": ""})
    assert "Nothing is charged for late returns in category Child." in shown(librarian)
    own = FeeRule.objects.get(category=child)
    url = f"{reverse('library:fee_rules')}?rule={own.pk}"
    assert f"?rule={own.pk}#rule" in librarian.client.get(url).content.decode()
    form = RULE | {"category": str(child.pk), "amount": "0.20"}
    assert "Fee rule changed" in words(librarian.client.post(url, form, follow=True).content)
    assert FeeRule.objects.get(category=child).amount == Decimal("0.20")


def test_page_says_when_the_rules_rest(librarian: Grace) -> None:
    assert "rest" not in shown(librarian)
    Library.objects.update(charges=False)
    assert "these rules rest" in shown(librarian)
