"""Test inner security: access is visible to the administrator, bystanders see little, erasure is complete."""

from __future__ import annotations

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.audit.models import SecuritySettings
from hub.circulation.models import Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import NIGHTLY
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F20",
    begins="A librarian opens a patron from a list; no card was scanned, so they choose one of six reasons",
    ends="The administrator sees it in the month's report, by member of staff and reason, and no patron's name in it",
)
def test_access_without_a_card_appears_in_the_monthly_report(world: World, browser: Chrome, keep: Keep) -> None:
    ida = Grace(role="librarian", name="ida")
    ida.client.reason = ""
    asked = ida.client.get(reverse("staff:patron", args=(world.ada.pk,)), follow=True)
    keep(pictures.of_page(browser, asked.content.decode()))
    form = {"then": reverse("staff:patron", args=(world.ada.pk,)), "reason": "asked"}
    opened = ida.client.post(asked.redirect_chain[-1][0], form, follow=True)
    assert "Ada Sample" in words(opened.content)
    ida.enter(ADA_UID)
    month = Grace().client.get(reverse("audit:month")).content
    assert "ida 1 – 1 – – – – – 1 1" in words(month)
    assert "Ada" not in words(month)
    keep(pictures.of_page(browser, month.decode()))
    refused = ida.client.get(reverse("audit:month"))
    assert refused.status_code == 403, "a librarian does not see the report"


@pytest.mark.story(
    "F20",
    begins="A person opens one patron after another without a card",
    ends="The administrator finds an alarm on their page and opens it, and it is logged who has seen it",
)
def test_opening_many_patrons_raises_an_alarm(world: World, browser: Chrome, keep: Keep) -> None:
    SecuritySettings.objects.update(mass=1)
    ida = Grace(role="clerk", name="ida")
    for patron in (world.ada, world.lin):
        ida.page("patron", patron.pk)
    grace = Grace()
    before = grace.client.get(reverse("audit:overview")).content
    assert "2 patrons in 1 hour without card ida" in words(before)
    keep(pictures.of_page(browser, before.decode()))
    (alarm,) = [each.split("/")[-3] for each in before.decode().split('"') if each.endswith("/seen/")]
    after = grace.client.post(reverse("audit:alarm_seen", args=(alarm,)), follow=True).content
    assert "No alarms to review" in words(after) and "grace, today" in words(after)


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
