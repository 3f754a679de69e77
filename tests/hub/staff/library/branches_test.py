"""Test the pages of branches: names, opening hours, and which branch can be removed."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from hub.catalogue.models import Branch
from hub.circulation.models import ClosedDay
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

WORKDAYS = range(5)


@pytest.fixture
def librarian(world: World) -> Grace:
    return Grace()


def week(opens: str = "09:00", closes: str = "18:00") -> dict[str, str]:
    """Return the fields of a week that is open from Monday to Friday."""
    fields = {f"open_{day}": "on" for day in WORKDAYS}
    return fields | {f"opens_{day}": opens for day in WORKDAYS} | {f"closes_{day}": closes for day in WORKDAYS}


def add_east(grace: Grace) -> Branch:
    post(grace, "new_branch", name="东馆", name_en="East Side", **week())
    return Branch.objects.get(code="east-side")


def test_branch_is_added_with_hours_and_a_code_from_its_english_name(librarian: Grace) -> None:
    branch = add_east(librarian)
    assert branch.opening_hours == ["09:00-18:00"] * 5 + ["", ""] and branch.closed_weekdays == [5, 6]
    assert branch.names == {"zh": "东馆", "en": "East Side"}
    assert "East Side added" in words(librarian.last.encode())
    assert "East Side east-side Mon to Fri 09:00–18:00 0 items 0 kiosks" in words(librarian.last.encode())


def test_undo_of_an_addition_removes_the_branch(librarian: Grace) -> None:
    add_east(librarian)
    assert "Undone" in librarian.undo() and not Branch.objects.filter(code="east-side").exists()


def test_addition_of_a_branch_in_use_is_not_undone(librarian: Grace) -> None:
    branch = add_east(librarian)
    ClosedDay.objects.create(branch=branch, day="2026-12-24")
    assert "Changed or used since." in librarian.undo() and Branch.objects.filter(pk=branch.pk).exists()


def test_rename_keeps_the_code_and_is_undone(world: World, librarian: Grace) -> None:
    page = post(librarian, "branch", world.main.pk, name="总馆", name_en="Central", code="other", **week())
    assert "Central saved" in page
    world.main.refresh_from_db()
    assert (world.main.code, str(world.main.name)) == ("main", "总馆")
    assert "Undone" in librarian.undo()
    world.main.refresh_from_db()
    assert (world.main.name, world.main.opening_hours, world.main.closed_weekdays) == ("Main", [], [])


def test_undo_does_not_overwrite_a_later_change(world: World, librarian: Grace) -> None:
    post(librarian, "branch", world.main.pk, name="总馆", **week())
    first = librarian.last
    post(librarian, "branch", world.main.pk, name="中心馆", **week())
    librarian.last = first
    assert "Changed or used since." in librarian.undo()
    world.main.refresh_from_db()
    assert world.main.name == "中心馆"


def test_form_shows_the_stored_week(world: World, librarian: Grace) -> None:
    Branch.objects.update(closed_weekdays=[0], opening_hours=["", *["10:00-17:30"] * 6])
    page = librarian.client.get(reverse("library:branch", args=(world.main.pk,))).content.decode()
    assert re.search(r'name="opens_1"[^>]*value="10:00"|value="10:00"[^>]*name="opens_1"', page)
    assert page.count(" checked") == 6


def test_week_without_hours_keeps_its_closed_days(world: World, librarian: Grace) -> None:
    page = post(librarian, "branch", world.main.pk, name="Main", open_0="on", open_1="on")
    world.main.refresh_from_db()
    assert (world.main.opening_hours, world.main.closed_weekdays) == ([], [2, 3, 4, 5, 6])
    assert "Main main closed Wed, Thu, Fri, Sat, Sun" in page


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": "", **week()}, "Enter a name."),
        ({"name": "东馆", **week()}, "Enter a code, because none can be made from the name."),
        ({"name": "东馆", "code": "ost!", **week()}, "Use only letters, digits, - and _."),
        ({"name": "东馆", "code": "main", **week()}, "The code main is taken. Enter another."),
        ({"name": "东馆", "code": "e"}, "Closed on every day. Tick at least one day."),
        ({"name": "东馆", "code": "e", **week(closes="")}, "Mon: enter when it opens and when it closes."),
        ({"name": "东馆", "code": "e", **week("18:00", "09:00")}, "Mon: closes before it opens."),
        ({"name": "东馆", "code": "e", **week("nine")}, "Enter a time such as 09:00."),
        ({"name": "东馆", "code": "e", **week(), "open_6": "on"}, "No hours for Sun. Enter them, or leave"),
    ],
)
def test_fault_names_its_remedy(librarian: Grace, fields: dict[str, str], fault: str) -> None:
    response = librarian.client.post(reverse("library:new_branch"), fields)
    assert (response.status_code, Branch.objects.count()) == (422, 1)
    assert fault in words(response.content)


def test_branch_in_use_says_why_it_stays(world: World, librarian: Grace) -> None:
    add_east(librarian)
    page = words(librarian.client.get(reverse("library:branch", args=(world.main.pk,))).content)
    assert "Still in use: items (3), kiosks (1). Move items and kiosks to another branch." in page
    assert "Still in use: items (3)" in post(librarian, "remove_branch", world.main.pk)
    assert Branch.objects.filter(pk=world.main.pk).exists()


def test_only_branch_stays(world: World, librarian: Grace) -> None:
    assert "This is the only branch." in post(librarian, "remove_branch", world.main.pk)


def test_unused_branch_is_removed_and_restored_under_its_key(librarian: Grace) -> None:
    branch = add_east(librarian)
    assert "East Side removed" in post(librarian, "remove_branch", branch.pk)
    assert not Branch.objects.filter(pk=branch.pk).exists()
    assert "Undone" in librarian.undo()
    restored = Branch.objects.get(pk=branch.pk)
    assert (restored.code, restored.opening_hours) == (branch.code, branch.opening_hours)


@pytest.mark.parametrize("role", ["clerk", "librarian", "marketing"])
def test_only_administrators_change_branches(world: World, role: str) -> None:
    client = Grace(role=role).client
    for name in ("closed_days", "branches", "new_branch"):
        assert client.get(reverse(f"library:{name}")).status_code == 403
    assert client.post(reverse("library:new_branch"), {"name": "x", "code": "x", **week()}).status_code == 403
    assert Branch.objects.count() == 1


def test_post_without_csrf_token_is_refused(world: World, librarian: Grace) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = librarian.client.cookies
    for name in ("new_branch", "close_days", "open_days"):
        assert strict.post(reverse(f"library:{name}"), {"name": "x"}).status_code == 403
