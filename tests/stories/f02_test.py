"""Test that contacts stay current: stale ones are asked about, bounced ones are listed for staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach import post_visit
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource, usable_addresses
from tests.hub.outreach.engagement.feedback.feedback_fixtures import run_minute_jobs
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Return Ada's mailbox, whose address was confirmed at the desk today."""
    person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(
        person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"), verified_at=hub_clock().now()
    )
    with mailbox() as found:
        yield found


def lists(grace: Grace) -> str:
    return str(grace.client.get(reverse("patrons:lists")).content.decode())


@pytest.mark.story(
    "F2",
    begins="Half a year later the kiosk asks a patron whether their address is still right, and they touch yes",
    ends="The address leaves the librarian's list, and the share of current addresses rises",
)
def test_one_touch_confirms_a_stale_address(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    world.advance(days=190)
    grace = Grace()
    before = lists(grace)
    assert "0 %" in before and "a•••@example.org" in before
    asked = post_visit.ask(world.ada.ref, hub_clock().now())
    assert asked is not None and asked.kind == "contact"
    said = world.row("said", ask="contact", about=asked.about, answer="right", card=cards.hash_number(ADA_UID))
    assert world.upload(said)["outcome"] == "accepted"
    carry()
    after_it = lists(grace)
    assert "100 %" in after_it and "All contacts recently confirmed" in after_it
    keep(pictures.of_page(browser, before))
    keep(pictures.of_page(browser, after_it))


@pytest.mark.story(
    "F2",
    begins="A librarian sends a test message to an address, and the mail server says that no one is there",
    ends="The address is on the list with its next action; the new address gets the next message",
)
def test_bounced_address_is_listed_and_replaced(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    ada = Person.objects.get(ref=world.ada.ref)
    grace = Grace()
    box.answers["ada@example.org"] = "550 5.1.1 no such user"
    grace.client.post(reverse("patrons:contact_test", args=(ada.contacts.get().pk,)))
    run_minute_jobs()
    assert [each.channel for each in usable_addresses(ada)] == ["screen"]
    page = lists(grace)
    assert "returned on" in page and "Add new address" in page
    keep(pictures.of_page(browser, page))
    world.advance(minutes=5)
    grace.client.post(reverse("patrons:contact_add", args=(ada.pk,)), {"channel": "mail", "address": "ada@example.net"})
    new = ada.contacts.get(replaced_at=None)
    grace.client.post(reverse("patrons:contact_test", args=(new.pk,)))
    run_minute_jobs()
    assert [str(each["To"]) for each in box.mails] == ["ada@example.net"]
    assert records.freshness(hub_clock().now()).rate == 1


@pytest.mark.story(
    "F2",
    begins="A librarian enters another address for a patron",
    ends="A mail to the old address reports the change, so that a wrong one is noticed",
)
def test_address_change_is_reported_to_the_old_address(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    ada = Person.objects.get(ref=world.ada.ref)
    Grace().client.post(
        reverse("patrons:contact_add", args=(ada.pk,)), {"channel": "mail", "address": "stranger@example.net"}
    )
    run_minute_jobs()
    (mail,) = box.mails
    assert mail["To"] == "ada@example.org"
    assert "stranger" not in body(mail)
    keep(pictures.of_mail(browser, mail))


@pytest.mark.story(
    "F2",
    begins="A patron who entered another address on their phone comes to the desk, and staff confirm that it is theirs",
    ends="Messages about their loans go to the new address from then on, and a mail informs the former one",
)
def test_changed_address_is_confirmed_at_the_desk(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    ada = Person.objects.get(ref=world.ada.ref)
    new = records.store_contact(ada, "mail", "ada@example.net", RecordSource(Source.PHONE))
    grace = Grace()
    own = reverse("staff:patron", args=(world.ada.pk,))
    page = grace.client.get(own).content.decode()
    assert "Confirm in person" in page
    keep(pictures.of_page(browser, grace.client.get(reverse("patrons:record", args=(ada.pk,))).content.decode()))
    grace.client.post(reverse("patrons:contact_confirm", args=(new.pk,)), {"back": own})
    world.place_hold(world.ada, world.utopia)
    grace.post("trap", barcode=world.utopia.barcode)
    run_minute_jobs()
    run_minute_jobs()
    mails = {str(each["To"]): str(each["Subject"]).strip() for each in box.mails}
    assert mails["ada@example.net"] == "Ready for you: Utopia"
    assert mails["ada@example.org"] != "Ready for you: Utopia"
    keep(pictures.of_mail(browser, next(each for each in box.mails if each["To"] == "ada@example.net")))
