"""Test outer security: second sign-in step, auditor's pack, rehearsed backup, no address in a copied database."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.audit.models import Drill, TotpDevice
from hub.core.clock import hub_clock
from hub.outreach.patrons.models import Contact, Person
from tests.hub.audit.second_step_test import code_of, set_up
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World, make_world
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F21",
    begins="All staff need a second factor, and an administrator sets up a phone for it",
    ends="A person who knows only the password gets no further than the code; a recovery code works once",
)
def test_stolen_password_is_not_enough_to_sign_in(world: World, browser: Chrome, keep: Keep) -> None:
    grace = Grace()
    grace.user.set_password("a long password")
    grace.user.save()
    grace.sign_in()
    grace.client.post(reverse("audit:settle"), {"mass": "20", "mass_in_all": "60", "second_step": "on"})
    keep(pictures.of_page(browser, grace.client.get(reverse("staff:today"), follow=True).content.decode()))
    first = set_up(grace)[0]
    thief = Client(headers={"Accept-Language": "en"})
    thief.post(reverse("staff:sign_in"), {"username": "grace", "password": "a long password"})
    asked = thief.get(reverse("staff:patrons"), follow=True)
    assert "Code from the app, or a recovery code" in words(asked.content)
    keep(pictures.of_page(browser, asked.content.decode()))
    assert thief.post(reverse("audit:second_step_code"), {"code": "123456"}).status_code == 400
    assert thief.get(reverse("admin:index")).status_code == 302
    TotpDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    again = Client(headers={"Accept-Language": "en"})
    again.post(reverse("staff:sign_in"), {"username": "grace", "password": "a long password"})
    again.post(reverse("audit:second_step_code"), {"code": first})
    assert again.get(reverse("staff:patrons")).status_code == 200
    assert thief.post(reverse("audit:second_step_code"), {"code": first}).status_code == 400
    assert re.fullmatch(r"\d{6}", code_of(TotpDevice.objects.get()))


@pytest.mark.story(
    "F21",
    begins="An administrator presses Auditor pack",
    ends="The auditor opens one zip file: permissions, integrity of the access log, installed packages; no "
    "secrets, no patron data",
)
def test_auditor_pack_contains_no_secrets_or_patron_data(world: World, browser: Chrome, keep: Keep) -> None:
    Drill.objects.create(at=hub_clock().now(), rows=4000, seconds=12.5)
    grace = Grace()
    grace.page("patron", world.ada.pk)
    page = grace.client.get(reverse("audit:overview")).content.decode()
    assert "Auditor pack" in page and "restored correctly" in page
    keep(pictures.of_page(browser, page))
    with zipfile.ZipFile(BytesIO(grace.client.post(reverse("audit:pack")).content)) as file:
        names = {name for name in file.namelist() if not name.startswith("docs/")}
        text = "".join(file.read(name).decode() for name in names)
    assert names == {
        "README.txt", "configuration.json", "roles.json", "audit.json", "dependencies.json", "data-map.json",
        "drills.json", "policies.json",
    }  # fmt: skip
    assert '"rows": 4000' in text and '"faults": []' in text
    assert [each for each in ("Ada Sample", world.ada.identifier, world.ada.ref) if each in text] == []
    keep(pictures.of_page(browser, grace.client.get(reverse("library:staff")).content.decode()))


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
