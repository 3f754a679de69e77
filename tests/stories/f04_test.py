"""What the library thinks she likes is shown with its grounds, and is hers to change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import nightly
from kiosk.hub.outreach.people.purposes import Purpose
from tests.hub.outreach.reading.life import agrees, another, reads
from tests.hub.staff.grace import Grace, words
from tests.hub.world import World
from tests.stories.pictures import of_page

Keep = Callable[[bytes], Path]


def night() -> None:
    for _name, job in nightly.JOBS:
        job(hub_clock().now())


@pytest.mark.story(
    "F4",
    begins="A patron who agreed borrows at the kiosk, and at night the library infers what she reads about",
    ends="Staff see each interest with its titles; what she names brings a book, what she removes goes",
)
def test_her_interests_are_explained_and_hers(world: World, browser: Chrome, keep: Keep) -> None:
    another(world, "30000000000101", "A Silk Road", "Sample, Ann", "950 SAM")
    person = agrees(world.ada)
    reads(world, world.dune)
    night()
    grace = Grace()
    page = reverse("staff:patron", args=(world.ada.pk,))
    seen = grace.client.get(page).content.decode()
    assert "Literature (813) from Dune" in words(seen.encode())
    assert "A Silk Road" not in seen
    add = {"subject": "950", "back": page}
    grace.client.post(reverse("reading:interest", args=(person.pk, "add")), add)
    seen = grace.client.get(page).content.decode()
    keep(of_page(browser, seen, height=2000))
    assert "A Silk Road Sample, Ann because you read about this: History and geography (950)" in words(seen.encode())
    grace.client.post(reverse("reading:interest", args=(person.pk, "remove")), add)
    assert "A Silk Road" not in grace.client.get(page).content.decode()
    grace.client.post(reverse("people:consent", args=(person.pk, Purpose.HISTORY, "withdraw")))
    seen = grace.client.get(page).content.decode()
    keep(of_page(browser, seen, height=2000))
    assert "Nothing is kept and nothing recommended. She has not agreed to: reading history" in words(seen.encode())
    assert "Literature (813)" not in words(seen.encode())
