"""Test that bystanders see little of a patron, and that erasure is complete."""

from __future__ import annotations

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import NIGHTLY
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F20",
    begins="A librarian opens the list of contacts and a patron's page while a person looks over their shoulder",
    ends="The bystander sees neither a full name in the list nor a full address or number on the page",
)
def test_bystander_sees_only_masked_data(world: World, browser: Chrome, keep: Keep) -> None:
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now())
    records.store_contact(
        lin, "mail", "linyangben@example.org", RecordSource(Source.IMPORT, "old.csv", hub_clock().now())
    )
    records.store_contact(lin, "sms", "13800001234", RecordSource(Source.STAFF, "grace"))
    world.advance(days=200)
    grace = Grace("zh-hans")
    lists = grace.client.get(reverse("patrons:lists")).content.decode()
    page = grace.client.get(reverse("staff:patron", args=(world.lin.pk,))).content.decode()
    assert "林**" in lists and "林样本" not in lists
    for each in (lists, page):
        assert "l•••@example.org" in each and "•••1234" in each
        assert not [whole for whole in ("linyangben", "13800001234", world.lin.identifier) if whole in each]
    keep(pictures.of_page(browser, lists))


@pytest.mark.story(
    "F20",
    begins="A patron with a book asks to be erased, and the librarian presses Erase for good",
    ends="They read what stays and why; the night after the book is returned they are erased",
)
def test_patron_is_erased_once_the_book_is_returned(world: World, browser: Chrome, keep: Keep) -> None:
    world.upload(world.checkout(world.dune))
    carry()
    ada = Person.objects.get(ref=world.ada.ref)
    records.store_contact(ada, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    grace = Grace()
    asked = grace.client.get(reverse("patrons:erase", args=(ada.pk,))).content.decode()
    keep(pictures.of_page(browser, asked))
    answer = grace.client.post(reverse("patrons:erase", args=(ada.pk,)), follow=True).content
    assert "Name, cards and addresses stay because of: open loans." in words(answer)
    world.upload(world.checkin(world.dune, "trusted"))
    carry()
    for name, job in NIGHTLY:
        if name == "erasing":
            job(hub_clock().now())
    assert not Patron.objects.filter(name="Ada Sample").exists()
    gone = grace.page("patrons", query="?q=Ada")
    assert "No patron found" in gone
