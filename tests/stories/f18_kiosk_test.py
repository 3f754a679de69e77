"""Test that the kiosk shows the rule of a loan, and where a returned item goes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.catalogue.models import Branch, Item, ItemType
from hub.circulation.models import Loan
from hub.core.clock import hub_clock
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_page

A_WEEK = {"days": "7", "hours": "", "limit": "3", "type_limit": "", "renewals": "1", "fee_threshold": "10"}


@pytest.mark.story(
    "F18",
    begins="A librarian drafts a loan period of a week for DVDs, and their colleague publishes it",
    ends="From that day on the kiosk says for a DVD: 7 days, as DVD; and for a book: 28 days",
)
def test_loan_rule_is_shown_at_the_kiosk(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    dvd = ItemType.objects.create(code="dvd", name="光盘", name_en="DVD")
    Item.objects.filter(pk=world.utopia.pk).update(type=dvd)
    librarian, grace = Grace(role="librarian", name="lina"), Grace()
    librarian.client.post(reverse("loan_rules:begin"))
    librarian.client.post(reverse("loan_rules:cell"), {"group": "adult", "kind": "dvd", "branch": "*", **A_WEEK})
    publication = {"since": date(2026, 11, 26).isoformat(), "note": "DVDs go round"}
    published = grace.client.post(reverse("loan_rules:publish"), publication, follow=True).content.decode()
    keep(of_page(browser, published))
    world.advance(days=1)
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    kiosk.scan(world.utopia.barcode)
    assert "Borrowed for 7 days, as DVD" in kiosk.words
    kiosk.scan(world.dune.barcode)
    assert "Borrowed for 28 days" in kiosk.words
    due = Loan.objects.get(item=world.utopia).due
    assert (due.date() - hub_clock().now().date()).days == 7, "the loan has this period"


@pytest.mark.story(
    "F14",
    begins="A book of the east branch is returned at a kiosk of the main library",
    ends="The screen says that it goes to the east branch; once staff have checked it, it is on the transfer list",
)
def test_destination_of_a_returned_item_is_shown(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    east = Branch.objects.create(code="east", name="东馆", name_en="East branch")
    Item.objects.filter(pk=world.dune.pk).update(branch=east)
    world.upload(world.checkout(world.dune))
    kiosk, grace = KioskSession(world, tmp_path), Grace()
    kiosk.press("return")
    kiosk.scan(world.dune.barcode)
    assert "Being checked, then sent to East branch" in kiosk.words
    grace.enter(world.dune.barcode, mode="return")
    page = grace.client.get(reverse("staff:transits")).content
    assert "Dune" in words(page) and "East branch" in words(page)
    keep(of_page(browser, page.decode()))
