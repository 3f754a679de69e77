"""Test that a copied database reveals no address."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Contact, Person
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import World, make_world
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.fixture
def small(transactional_db: None) -> World:
    return make_world()


@pytest.mark.story(
    "F21",
    begins="A librarian enters a patron's address and mobile number",
    ends="In a copy of the database file they are encrypted; the librarian can read them",
)
def test_stolen_database_file_contains_no_address(small: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    ada = Person.objects.create(ref=small.ada.ref, since=hub_clock().now())
    grace = Grace()
    for channel, address in (("mail", "ada@example.org"), ("sms", "13800001234")):
        grace.client.post(reverse("patrons:contact_add", args=(ada.pk,)), {"channel": channel, "address": address})
    sealed = list(Contact.objects.values_list("address", flat=True))
    assert len(sealed) == 2 and all(str(each).startswith("box1:") for each in sealed)
    if connection.vendor == "sqlite":
        copy = tmp_path / "stolen.sqlite3"
        with sqlite3.connect(copy) as target:
            connection.connection.backup(target)
        stolen = copy.read_bytes()
        assert sealed[0].encode() in stolen
        assert [word for word in (b"ada@example.org", b"13800001234") if word in stolen] == []
    record = grace.client.get(reverse("patrons:record", args=(ada.pk,))).content.decode()
    assert "ada@example.org" in record and "+8613800001234" in record
    keep(pictures.of_page(browser, record))
