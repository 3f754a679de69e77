"""Test registration at the kiosk or from there by phone; staff confirm it before the first loan."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation.models import Patron
from hub.ils.bridge.feed_relay import carry
from hub.outreach.patrons.models import Consent, Person
from kiosk.views import Registering
from tests.hub.outreach.portal.phone import token_of
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories.kiosk_glass import Glass
from tests.stories.pictures import of_page

Keep = Callable[[bytes], Path]
BLANK = "04C0FFEE"


@pytest.mark.story(
    "F1",
    begins="At the kiosk a person without a card touches No card yet?, and follows the code with their phone",
    ends="They get a number; staff find them by it among the registrations to be checked, with the one consent "
    "that they ticked",
)
def test_patron_registers_by_phone_from_the_kiosk(
    world: World, browser: Chrome, keep: Keep, tmp_path: Path, settings: Any
) -> None:
    settings.PUBLIC, settings.PUBLIC_URL = True, "https://hub.example"
    glass = Glass(world, tmp_path)
    glass.press("borrow")
    glass.press("register")
    glass.press("by_phone")
    assert isinstance(glass.view, Registering) and "Nothing is ticked in advance" in glass.words
    where = glass.view.link.removeprefix("https://hub.example")
    phone = Client(headers={"Accept-Language": "zh-hans"}, enforce_csrf_checks=True)
    seen = phone.get(where).content
    assert not re.search(rb'name="consent"[^>]*checked', seen), "nothing is ticked in advance"
    keep(of_page(browser, seen.decode(), width=390, height=844))
    answer = phone.post(where, {
        "csrfmiddlewaretoken": token_of(seen), "name": "林小满", "category": "adult", "birth_year": "1990",
        "channel": "mail", "address": "lin@example.org", "consent": "digest", "form": str(uuid4()),
    }).content  # fmt: skip
    keep(of_page(browser, answer.decode(), width=390, height=844))
    person = Person.objects.get()
    assert person.provisional and [each.purpose for each in Consent.objects.filter(given=True)] == ["digest"]
    page = Grace().client.get(reverse("patrons:lists"), {"show": "unseen"}).content
    assert "林**" in words(page) and "patron portal" in words(page)
    keep(of_page(browser, page.decode()))


def tells(glass: Glass, typed: str) -> None:
    glass.type(typed)
    glass.press("continue")


@pytest.mark.story(
    "F1",
    begins="A person without a card touches No card yet?, answers one question after the other, and places a "
    "blank card on the reader",
    ends="Staff find them by the number that they show and check their ID, and that card can borrow at the kiosk",
)
def test_patron_registers_at_the_kiosk(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    glass = Glass(world, tmp_path)
    glass.press("borrow")
    glass.press("register")
    tells(glass, "lin sample")
    tells(glass, "1990")
    assert "Used only for due dates and holds" in glass.words
    tells(glass, "lin@example.org")
    glass.press("mark", "zh")
    for purpose, answer in (("reminders", "no"), ("digest", "yes"), ("campaign", "no")):
        assert isinstance(glass.view, Registering) and glass.view.asked_for and not glass.view.answers.get(purpose)
        assert glass.view.asked_for.code == purpose
        glass.press("mark", answer)
    glass.press("all_right")
    glass.tap(BLANK)
    assert isinstance(glass.view, Registering) and "You are registered." in glass.words
    number = glass.view.number
    glass.press("home")
    assert "sample" not in repr(glass.view).lower()
    glass.tap(BLANK)
    assert "Your card is provisional until staff check your ID." in glass.words and "suspended" not in glass.words
    glass.press("finish")
    grace, patron = Grace(), Patron.objects.get(identifier=number)
    person = Person.objects.get(ref=patron.ref)
    assert [each.purpose for each in Consent.objects.filter(person=person, given=True)] == ["digest"]
    found = grace.client.get(reverse("staff:patrons"), {"q": number}, follow=True).content
    assert "Lin S." in words(found)
    waiting = grace.client.get(reverse("patrons:lists"), {"show": "unseen"}).content
    assert "Lin S." in words(waiting) and "kiosk" in words(waiting)
    keep(of_page(browser, waiting.decode()))
    record = grace.client.get(reverse("patrons:record", args=(person.pk,))).content
    assert "Lin Sample" in words(record) and "kiosk front" in words(record)
    keep(of_page(browser, record.decode()))
    grace.client.post(reverse("patrons:seen", args=(person.pk,)), {"card": ""}, follow=True)
    carry()
    glass.tap(BLANK)
    glass.scan(world.dune.barcode)
    assert "Dune" in glass.words and world.loans(world.dune)[0].patron == patron
