"""Test the page Closed days: adding, removing, undo, and what the page says of loans."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse

from hub.audit import field_history
from hub.catalogue.models import Branch
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import ClosedDay, Library, Loan
from hub.circulation.operations import loan_changes
from hub.core.clock import hub_clock
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import DUE, World

CHRISTMAS = date(2026, 12, 23)
"""The day on which a loan of today falls due."""


@pytest.fixture
def librarian(world: World) -> Grace:
    return Grace()


def add(grace: Grace, **fields: str) -> str:
    return post(grace, "close_days", **fields)


def shown(grace: Grace, query: str = "") -> str:
    return words(grace.client.get(reverse("library:closed_days") + query).content)


def days() -> list[date]:
    return list(ClosedDay.objects.values_list("day", flat=True))


def test_empty_list_says_what_to_enter(librarian: Grace) -> None:
    assert "No closed days to come Add public holidays" in shown(librarian)


def test_new_closed_day_counts_the_loans_that_keep_their_date(world: World, librarian: Grace) -> None:
    loan_changes.checkout(world.by, world.ada, world.dune)
    page = add(librarian, first="2026-12-23", reason="Stocktaking")
    assert "All branches: closed Wed 23 Dec. 1 loan falls due then and keeps its date." in page
    assert "Dec 2026 Wed 23 Dec All branches Stocktaking 1" in page
    assert Loan.objects.get().due == DUE
    loan_changes.checkout(world.by, world.ada, world.emma)
    assert Loan.objects.get(item=world.emma).due == DUE + timedelta(days=1)


def test_loans_of_other_branches_are_not_counted(world: World, librarian: Grace) -> None:
    east = Branch.objects.create(code="east", name="东馆", name_en="East")
    loan_changes.checkout(world.by, world.ada, world.dune)
    assert "East: closed Wed 23 Dec. No loan falls due then." in add(librarian, first="2026-12-23", branch=str(east.pk))


def test_range_is_one_row_and_is_removed_and_restored_as_one(librarian: Grace) -> None:
    page = add(librarian, first="2026-12-24", last="2026-12-26")
    assert "Thu 24 Dec to Sat 26 Dec 3 days All branches" in page
    keys = ",".join(str(each.pk) for each in ClosedDay.objects.all())
    removed = post(librarian, "open_days", days=keys)
    assert "All branches: open again Thu 24 Dec to Sat 26 Dec" in removed and days() == []
    assert "Undone" in librarian.undo()
    assert days() == [CHRISTMAS + timedelta(days=ahead) for ahead in (1, 2, 3)]


def test_undo_of_an_addition_removes_it_once(librarian: Grace) -> None:
    add(librarian, first="2026-12-24", last="2026-12-26")
    assert "Undone" in librarian.undo() and days() == []
    assert "Changed or used since. Nothing was undone." in librarian.undo()


def test_day_that_is_already_closed_is_added_once(librarian: Grace) -> None:
    add(librarian, first="2026-12-24")
    assert "Already closed then." in add(librarian, first="2026-12-24")
    assert "closed Fri 25 Dec." in add(librarian, first="2026-12-24", last="2026-12-25")
    assert len(days()) == 2


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({}, "Choose the first day."),
        ({"first": "soon"}, "Choose a date such as 2026-12-25."),
        ({"first": "2026-11-24"}, "This day is over. Choose today or a later day."),
        ({"first": "2036-11-24"}, "This is more than three years away. Check the year."),
        ({"first": "2026-12-24", "last": "2026-12-23"}, "The last day is before the first. Choose a later one."),
        ({"first": "2026-12-24", "last": "2027-12-23"}, "Add at most 92 days at once."),
        ({"first": "2026-12-24", "branch": "99"}, "This branch no longer exists. Choose another."),
    ],
)
def test_fault_names_its_remedy_and_keeps_the_entries(librarian: Grace, fields: dict[str, str], fault: str) -> None:
    response = librarian.client.post(reverse("library:close_days"), {**fields, "reason": "Stocktaking"})
    assert (response.status_code, days()) == (422, [])
    assert fault in words(response.content) and 'value="Stocktaking"' in response.content.decode()


def test_calendar_keeps_an_open_day(world: World, librarian: Grace) -> None:
    Branch.objects.update(closed_weekdays=[0, 1, 2, 3, 4, 5])
    sunday = date(2026, 11, 29)
    for week in range(57):
        ClosedDay.objects.create(day=sunday + timedelta(weeks=week + 1))
    assert "No day would be left on which loans can fall due." in add(librarian, first=sunday.isoformat())
    assert sunday not in days()
    the_policy().check()


def test_past_days_are_listed_apart(librarian: Grace) -> None:
    ClosedDay.objects.create(day=date(2026, 10, 1), reason="Holiday")
    assert "Holiday" not in shown(librarian)
    past = shown(librarian, "?show=past")
    assert "Oct 2026 Thu 1 Oct All branches Holiday" in past and "Remove" not in past


def test_change_is_in_the_change_history(librarian: Grace) -> None:
    add(librarian, first="2026-12-24", reason="Stocktaking")
    row = field_history.rows("closed_days").get()
    assert row.history_user == librarian.user
    assert hub_clock().now() - row.history_date < timedelta(minutes=1), "by the hub's clock"
    listed = words(librarian.client.get(reverse("audit:changes") + "?show=closed_days").content)
    assert "grace 2026-12-24 Stocktaking added" in listed


def test_with_an_ils_the_page_says_that_due_dates_come_from_there(librarian: Grace) -> None:
    Library.objects.update(followed_since=hub_clock().now())
    assert "The ILS sets due dates." in shown(librarian)


def test_page_is_in_chinese(world: World) -> None:
    grace = Grace("zh-hans")
    assert "12月24日 周四" in add(grace, first="2026-12-24") and "闭馆日" in shown(grace)


def test_undo_of_an_unknown_kind_is_not_found(librarian: Grace) -> None:
    assert librarian.client.post(reverse("library:undo", args=("patrons",))).status_code == 404


def test_keys_that_no_row_has_change_nothing(librarian: Grace) -> None:
    ClosedDay.objects.create(day=CHRISTMAS)
    for keys in ("", "x", "99999", "9" * 40):
        assert "No longer in the list. Nothing was changed." in post(librarian, "open_days", days=keys)
        undone = librarian.client.post(f"{reverse('library:undo', args=('closed_days',))}?of={keys}", follow=True)
        assert "Nothing was undone." in words(undone.content)
    assert days() == [CHRISTMAS]
