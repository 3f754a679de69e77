"""Whoever has no card registers from the glass by her phone, in her own script, and staff see her before a loan."""

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

from kiosk.hub.outreach.people.models import Consent, Person
from kiosk.views import Identify
from tests.hub.outreach.phone.phones import token_of
from tests.hub.staff.grace import Grace, words
from tests.hub.world import World
from tests.stories.kiosk_glass import Glass
from tests.stories.pictures import of_page

Keep = Callable[[bytes], Path]


@pytest.mark.story(
    "F1",
    begins="At the kiosk somebody without a card touches No card yet?, and follows the code with her phone",
    ends="She is told a number; staff find her with it among those not seen yet, with the one consent that she ticked",
)
def test_she_registers_from_the_glass(world: World, browser: Chrome, keep: Keep, tmp_path: Path, settings: Any) -> None:
    settings.PUBLIC, settings.PUBLIC_URL = True, "https://hub.example"
    glass = Glass(world, tmp_path)
    glass.press("borrow")
    glass.press("register")
    assert isinstance(glass.view, Identify) and "nothing is ticked before" in glass.words
    where = glass.view.registers.removeprefix("https://hub.example")
    phone = Client(headers={"Accept-Language": "zh-hans"}, enforce_csrf_checks=True)
    seen = phone.get(where).content
    assert not re.search(rb'name="consent"[^>]*checked', seen), "nothing is ticked before she does"
    keep(of_page(browser, seen.decode(), width=390, height=844))
    told = phone.post(where, {
        "csrfmiddlewaretoken": token_of(seen), "name": "林小满", "category": "adult", "birth_year": "1990",
        "channel": "mail", "address": "lin@example.org", "consent": "digest", "form": str(uuid4()),
    }).content  # fmt: skip
    keep(of_page(browser, told.decode(), width=390, height=844))
    person = Person.objects.get()
    assert person.provisional and [each.purpose for each in Consent.objects.filter(given=True)] == ["digest"]
    page = Grace().client.get(reverse("people:lists"), {"show": "unseen"}).content
    assert "林**" in words(page) and "her phone" in words(page)
    keep(of_page(browser, page.decode()))
