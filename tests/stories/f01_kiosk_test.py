"""Test registration at the kiosk or from there by phone; staff confirm it before the first loan."""

from __future__ import annotations

import re
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
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page

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
    kiosk = KioskSession(world, tmp_path)
    kiosk.press("borrow")
    kiosk.press("register")
    kiosk.press("by_phone")
    assert isinstance(kiosk.view, Registering) and "Nothing is ticked in advance" in kiosk.words
    where = kiosk.view.link.removeprefix("https://hub.example")
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


def enter(kiosk: KioskSession, typed: str) -> None:
    kiosk.type(typed)
    kiosk.press("continue")


@pytest.mark.story(
    "F1",
    begins="A person without a card touches No card yet?, answers one question after the other, and places a "
    "blank card on the reader",
    ends="Staff find them by the number that they show and check their ID, and that card can borrow at the kiosk",
)
def test_patron_registers_at_the_kiosk(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    kiosk = KioskSession(world, tmp_path)
    kiosk.press("borrow")
    kiosk.press("register")
    enter(kiosk, "lin sample")
    enter(kiosk, "1990")
    assert "Used only for due dates and holds" in kiosk.words
    enter(kiosk, "lin@example.org")
    kiosk.press("mark", "zh")
    for purpose, answer in (("reminders", "no"), ("digest", "yes"), ("campaign", "no")):
        assert isinstance(kiosk.view, Registering) and kiosk.view.asked_for and not kiosk.view.answers.get(purpose)
        assert kiosk.view.asked_for.code == purpose
        kiosk.press("mark", answer)
    kiosk.press("all_right")
    kiosk.tap(BLANK)
    assert isinstance(kiosk.view, Registering) and "You are registered." in kiosk.words
    number = kiosk.view.number
    kiosk.press("home")
    assert "sample" not in repr(kiosk.view).lower()
    kiosk.tap(BLANK)
    assert "Your card is provisional until staff check your ID." in kiosk.words and "suspended" not in kiosk.words
    kiosk.press("finish")
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
    kiosk.tap(BLANK)
    kiosk.scan(world.dune.barcode)
    assert "Dune" in kiosk.words and world.loans(world.dune)[0].patron == patron
