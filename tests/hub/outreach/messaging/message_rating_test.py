"""Test that a rating (useful, less, stop) of a marketing message changes the following ones."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import FrequencyPreference, Message, Rating
from hub.outreach.patrons import consents
from hub.outreach.patrons.message_kinds import MessageKind
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSubscription
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

MARKETING = tuple(each for each in MessageKind if each.marketing)


def sent(person: Person, kind: MessageKind, key: str = "1") -> Message:
    """Create a sent message to a patron with the consent."""
    consents.give(person, kind.purpose, "staff grace", consents.text(kind.purpose).version)
    message = queue_message(
        person, kind, key, {"heading": "Reading afternoon", "body": "Saturday at ten.", "name": "services"}
    )
    delivery_worker.work(hub_clock().now())
    message.refresh_from_db()
    return message


def link(post: Mailbox) -> str:
    found = re.search(r"/p/stop/[^\s\"]+", body(post.mails[-1]).replace("=\r\n", ""))
    assert found is not None
    return found.group()


def says(post: Mailbox, word: str) -> str:
    return words(Client().post(link(post), {word: "1"}).content)


@pytest.mark.parametrize("kind", MARKETING)
def test_each_marketing_message_offers_all_three(ada: Person, post: Mailbox, kind: MessageKind) -> None:
    sent(ada, kind)
    assert "Useful, fewer, or unsubscribe: " in body(post.mails[-1])
    page = words(Client().get(link(post)).content)
    assert "Useful" in page and "Send fewer" in page and "Unsubscribe" in page
    assert not Rating.objects.exists(), "a mail program that opens the link says nothing"


@pytest.mark.parametrize("kind", MARKETING)
def test_no_more_is_no_more_until_the_patron_agrees_anew(ada: Person, post: Mailbox, kind: MessageKind) -> None:
    sent(ada, kind)
    assert "Unsubscribed" in says(post, "stop")
    assert not consents.given(ada, kind.purpose)
    assert queue_message(ada, kind, "2", {}).state == "waiting"
    delivery_worker.work(hub_clock().now())
    assert Message.objects.get(key="2").why == "no_consent"
    assert sent(ada, kind, "3").state == "said"


def test_less_makes_the_digest_monthly_and_then_rarer(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.DIGEST)
    assert "We will send fewer" in says(post, "less")
    says(post, "less")
    assert DigestSubscription.objects.get(person=ada).every == DigestFrequency.MONTHLY
    assert not FrequencyPreference.objects.exists(), "twice of one message is once"
    sent(ada, MessageKind.DIGEST, "2")
    says(post, "less")
    assert FrequencyPreference.objects.get(person=ada).days == 28


def test_less_and_useful_move_the_recommendations(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.RECOMMENDATION)
    says(post, "less")
    assert preferences_of(ada).days == 28
    sent(ada, MessageKind.RECOMMENDATION, "2")
    assert "Thank you" in says(post, "useful")
    assert preferences_of(ada).days == 26


def test_the_outbox_keeps_to_the_pace_of_a_kind(ada: Person, post: Mailbox, world: World) -> None:
    sent(ada, MessageKind.CAMPAIGN)
    says(post, "less")
    waits = sent(ada, MessageKind.CAMPAIGN, "2")
    assert (waits.state, waits.why) == ("waiting", "enough")
    assert waits.next_at - Message.objects.get(key="1").done_at == timedelta(days=28)
    assert sent(ada, MessageKind.QUESTIONNAIRE, "q").state == "said", "another kind is another matter"
    world.ahead(days=28)
    delivery_worker.work(hub_clock().now())
    waits.refresh_from_db()
    assert waits.state == "said"
    says(post, "useful")
    assert not FrequencyPreference.objects.filter(kind=MessageKind.CAMPAIGN).exists()


def test_staff_see_what_was_said_and_of_nobody(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.CAMPAIGN)
    says(post, "useful")
    page = words(Grace().client.get(reverse("messaging:log")).content)
    assert "Patron ratings of news, last 3 months" in page
    assert "useful 1 · fewer 0 · unsubscribe 0" in page
