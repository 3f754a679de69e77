"""Test recommendation messages: consent, reasons, the chosen interval, and reactions in the portal."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reading_profiles import nightly, recommendations
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import Opinion, Recommendation
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.phone import press
from tests.hub.outreach.recommendations.reading_profiles.readers import (
    add_book,
    borrow_in_turn,
    give_consents,
    person,
    train_co_loans,
)
from tests.hub.staff.staff_client import words
from tests.hub.support.world import LIN_UID, World


@pytest.fixture
def ada(world: World) -> Person:
    """Create a patron who reads Austen, has an address and has consented."""
    add_book(world, "30000000000101", "Persuasion", "Austen, Jane", "823 AUS")
    records.store_contact(person(world.ada), "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    own = give_consents(world.ada)
    own.language = "en"
    own.save()
    borrow_in_turn(world, world.emma)
    borrow_in_turn(world, world.dune, uid=LIN_UID)
    nightly.nightly(hub_clock().now())
    return own


def messages_to(of: Person) -> list[Message]:
    return list(Message.objects.filter(person=of, kind=MessageKind.RECOMMENDATION).order_by("pk"))


def test_message_gives_reasons_and_link_accepts_feedback(world: World, ada: Person, client: Client) -> None:
    assert len(messages_to(ada)) == 1 and not messages_to(person(world.lin)), "no message without consent"
    with mailbox() as box:
        delivery_worker.work(hub_clock().now())
        (mail,) = box.mails
    text = body(mail).replace("=\r\n", "")
    assert "Persuasion / Austen, Jane (because this interests you: Literature)" in text
    found = re.search(r"/p/for-you/\S+", text)
    assert found is not None
    seen = found.group()
    assert "Persuasion" in words(client.get(seen, headers={"accept-language": "en"}).content)
    assert not Opinion.objects.exists(), "opening the page is no opinion"
    title = str(Recommendation.objects.filter(person=ada, new=False)[0].title)
    press(client, seen, seen, says="not", title=title)
    assert Opinion.objects.get(person=ada).says == "not"
    assert preferences_of(ada).days == 16
    assert client.get(seen).status_code == 302, "the link is used, but this phone stays signed in"
    assert Client().get(seen).status_code == 410


def test_message_names_past_titles_only_with_separate_consent(world: World, ada: Person) -> None:
    """A past title or author is reading history, and others may see a message."""

    def notes() -> list[str]:
        return [each["note"]["en"] for each in messages_to(ada)[-1].decrypted_facts()["items"]]

    give_consents(world.lin)
    train_co_loans(world)
    world.advance(days=15)
    nightly.nightly(hub_clock().now())
    assert notes() and not any("borrowed" in each or "Austen" in each for each in notes())
    consents.give(ada, Purpose.TITLES, "phone", consents.text(Purpose.TITLES).version)
    world.advance(days=15)
    nightly.nightly(hub_clock().now())
    assert "because it is also by Austen, Jane" in notes()
    consents.withdraw(ada, Purpose.TITLES, "phone")
    assert messages_to(ada)[-1].state == Message.State.WITHHELD, "the waiting message names past titles"


def test_next_message_waits_for_interval(world: World, ada: Person) -> None:
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 1
    world.advance(days=13)
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 1
    world.advance(days=1, hours=1)
    recommendations.nightly(hub_clock().now())
    assert len(messages_to(ada)) == 2


def test_message_is_retried_when_nothing_is_available(world: World, ada: Person) -> None:
    Message.objects.all().delete()
    own = preferences_of(ada)
    own.told_at = None
    own.save()
    saved = list(Recommendation.objects.all())
    Recommendation.objects.all().delete()
    assert recommendations.nightly(hub_clock().now()) == 0 and preferences_of(ada).told_at is None
    Recommendation.objects.bulk_create(saved)
    assert recommendations.nightly(hub_clock().now()) == 1


@pytest.mark.parametrize("purpose", [Purpose.HISTORY, Purpose.RECOMMENDATIONS])
def test_message_is_withheld_after_withdrawn_consent(world: World, ada: Person, purpose: Purpose) -> None:
    consents.withdraw(ada, purpose, "phone")
    with mailbox() as box:
        delivery_worker.work(hub_clock().now())
        assert not box.mails
    assert messages_to(ada)[0].state == "withheld"


def test_page_explains_missing_consent(world: World, client: Client) -> None:
    link = message_link(world)
    page = words(client.get(link, headers={"accept-language": "en"}).content)
    assert "they need your consent to reading history and to recommendations" in page
    assert client.get(reverse("portal:for_you")).status_code == 302


def message_link(world: World) -> str:
    from tests.hub.outreach.portal.phone import link

    return link(person(world.lin), page="portal:for_you_by_link")
