"""The library comes to her with what she may like, and her word changes what comes next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach import nightly
from tests.hub.outreach.reading.life import agrees, another, reads
from tests.hub.staff.grace import Grace, words
from tests.hub.world import LIN_UID, World
from tests.stories.pictures import of_page

Keep = Callable[[bytes], Path]


def night() -> None:
    for _name, job in nightly.JOBS:
        job(hub_clock().now())


@pytest.mark.story(
    "F11",
    begins="A patron who agreed borrows at the kiosk, and says at the desk that a recommended book is not for her",
    ends="Staff see it gone, what is like it below the rest, and everything two days less often",
)
def test_her_word_changes_what_comes(world: World, browser: Chrome, keep: Keep) -> None:
    persuasion = another(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    another(world, "30000000000102", "Sense and Sensibility", "Austen, Jane", "823 AUS")
    agrees(world.ada)
    agrees(world.lin)
    for uid in ("04A1B2C3", LIN_UID):
        reads(world, world.dune, world.utopia, uid=uid)
    reads(world, world.dune, uid=LIN_UID)
    reads(world, world.emma)
    night()
    grace = Grace()
    before = grace.client.get(reverse("staff:patron", args=(world.ada.pk,))).content.decode()
    keep(of_page(browser, before, height=2000))
    assert "because it is by Austen, Jane, too" in words(before.encode())
    assert "Recommended every 14 days" in words(before.encode())
    home = {"back": reverse("staff:patron", args=(world.ada.pk,))}
    pk = agrees(world.ada).pk
    said = reverse("reading:say", args=(pk, persuasion.title_id, "not"))
    after = grace.client.post(said, home, follow=True).content.decode()
    keep(of_page(browser, after, height=2000))
    shown = words(after.encode())
    assert "“Persuasion” does not come again" in shown
    assert "Recommended every 16 days" in shown
    assert f"/title/{persuasion.title_id}/not/" not in after
