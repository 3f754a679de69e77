"""Test the page of the library's settings: what is accepted, kept in the change history, and undone."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from hub.audit import field_history
from hub.circulation.domain_mapping import the_library, the_policy
from hub.circulation.models import Library
from tests.hub.staff.library.library_client import post
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

VALUES = {
    "name": "测试图书馆",
    "name_en": "Test Library",
    "languages_0": "zh",
    "languages_1": "en",
    "timezone": "Asia/Shanghai",
    "currency": "CNY",
    "hold_days": "7",
    "holds": "10",
    "offline_cap": "10",
    "named_days": "30",
    "guardian_age": "14",
    "symbology": "code128",
    "receipt_width": "80",
    "address": "",
}


@pytest.fixture
def librarian(world: World) -> Grace:
    Library.objects.update(name="测试图书馆", name_en="Test Library")
    return Grace()


def save(grace: Grace, **fields: str) -> str:
    return post(grace, "settings", **{**VALUES, **fields})


def test_settings_are_saved_and_reach_the_policy(librarian: Grace) -> None:
    page = save(librarian, timezone="Europe/Copenhagen", currency="dkk", hold_days="5", offline_cap="0")
    assert "Settings saved" in page
    library, policy = the_library(), the_policy()
    assert (library.timezone, library.currency, library.hold_days) == ("Europe/Copenhagen", "DKK", 5)
    assert (policy.timezone, policy.currency, policy.offline_cap) == ("Europe/Copenhagen", "DKK", 0)


def test_change_is_undone_and_listed_with_both_values(librarian: Grace) -> None:
    save(librarian, holds="3")
    assert "Undone" in librarian.undo() and the_library().holds == 10
    listed = words(librarian.client.get(reverse("audit:changes") + "?show=library").content)
    assert "holds per patron: 10 → 3" in listed and "holds per patron: 3 → 10" in listed


def test_library_written_in_bulk_can_be_undone_too(librarian: Grace) -> None:
    Library.history.all().delete()
    save(librarian, hold_days="3")
    assert "Undone" in librarian.undo() and the_library().hold_days == 7
    assert field_history.rows("library").last().history_user is None


def test_undo_keeps_the_card_key_check(librarian: Grace) -> None:
    Library.objects.update(card_key_check="a" * 64)
    save(librarian, holds="3")
    librarian.undo()
    assert the_library().card_key_check == "a" * 64


def test_unchanged_form_adds_no_version(librarian: Grace) -> None:
    before = field_history.rows("library").count()
    assert "Nothing was changed" in save(librarian) and field_history.rows("library").count() == before


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"name": ""}, "Enter a name."),
        ({"timezone": "Mars/Olympus"}, "Unknown time zone."),
        ({"currency": "yuan"}, "Enter three letters, such as CNY or EUR."),
        ({"currency": "12€"}, "Enter three letters, such as CNY or EUR."),
        ({"hold_days": "0"}, "Enter a whole number from 1 to 365."),
        ({"holds": "many"}, "Enter a whole number from 0 to 1000."),
        ({"offline_cap": ""}, "Enter a whole number from 0 to 1000."),
        ({"named_days": "3"}, "Enter a whole number from 7 to 400."),
        ({"guardian_age": "26"}, "Enter a whole number from 0 to 25."),
    ],
)
def test_fault_names_its_remedy_and_changes_nothing(librarian: Grace, fields: dict[str, str], fault: str) -> None:
    before = Library.objects.values().get()
    assert fault in save(librarian, **fields)
    assert Library.objects.values().get() == before


def test_only_administrators_change_settings(world: World) -> None:
    client = Grace(role="librarian").client
    assert client.get(reverse("library:settings")).status_code == 403
    assert client.post(reverse("library:settings"), {**VALUES, "holds": "1"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = Grace().client.cookies
    assert strict.post(reverse("library:settings"), {**VALUES, "holds": "1"}).status_code == 403
    assert the_library().holds == 10


def test_library_that_begins_to_charge_shows_its_fees(librarian: Grace) -> None:
    assert not the_library().charges and "All fees" not in words(librarian.client.get(reverse("staff:patrons")).content)
    save(librarian, charges="on")
    assert the_library().charges
    assert "All fees" in words(librarian.client.get(reverse("staff:patrons")).content)
    assert "Undone" in librarian.undo() and not the_library().charges
