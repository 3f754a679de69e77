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
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.new_titles.models import DigestFrequency, DigestSubscription
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World

MARKETING = tuple(each for each in MessageKind if each.marketing)


def sent(person: Person, kind: MessageKind, key: str = "1") -> Message:
    """Give the consent, then queue and send a message."""
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


def rate(post: Mailbox, word: str) -> str:
    return words(Client().post(link(post), {word: "1"}).content)


@pytest.mark.parametrize("kind", MARKETING)
def test_every_marketing_message_offers_three_ratings(ada: Person, post: Mailbox, kind: MessageKind) -> None:
    sent(ada, kind)
    assert "Useful, fewer, or unsubscribe: " in body(post.mails[-1])
    page = words(Client().get(link(post)).content)
    assert "Useful" in page and "Send fewer" in page and "Unsubscribe" in page
    assert not Rating.objects.exists(), "opening the link is no rating"


@pytest.mark.parametrize("kind", MARKETING)
def test_stop_ends_marketing_until_new_consent(ada: Person, post: Mailbox, kind: MessageKind) -> None:
    sent(ada, kind)
    assert "Unsubscribed" in rate(post, "stop")
    assert not consents.has_consented(ada, kind.purpose)
    assert queue_message(ada, kind, "2", {}).state == "waiting"
    delivery_worker.work(hub_clock().now())
    assert Message.objects.get(key="2").why == "no_consent"
    assert sent(ada, kind, "3").state == "said"


def test_fewer_makes_digest_monthly_then_rarer(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.DIGEST)
    assert "We will send fewer" in rate(post, "less")
    rate(post, "less")
    assert DigestSubscription.objects.get(person=ada).every == DigestFrequency.MONTHLY
    assert not FrequencyPreference.objects.exists(), "a repeated rating of one message counts once"
    sent(ada, MessageKind.DIGEST, "2")
    rate(post, "less")
    assert FrequencyPreference.objects.get(person=ada).days == 28


def test_fewer_and_useful_change_recommendation_interval(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.RECOMMENDATION)
    rate(post, "less")
    assert preferences_of(ada).days == 28
    sent(ada, MessageKind.RECOMMENDATION, "2")
    assert "Thank you" in rate(post, "useful")
    assert preferences_of(ada).days == 26


def test_outbox_respects_reduced_frequency_per_kind(ada: Person, post: Mailbox, world: World) -> None:
    sent(ada, MessageKind.CAMPAIGN)
    rate(post, "less")
    delayed = sent(ada, MessageKind.CAMPAIGN, "2")
    assert (delayed.state, delayed.why) == ("waiting", "enough")
    assert delayed.next_at - Message.objects.get(key="1").done_at == timedelta(days=28)
    assert sent(ada, MessageKind.QUESTIONNAIRE, "q").state == "said", "other kinds are not affected"
    world.advance(days=28)
    delivery_worker.work(hub_clock().now())
    delayed.refresh_from_db()
    assert delayed.state == "said"
    rate(post, "useful")
    assert not FrequencyPreference.objects.filter(kind=MessageKind.CAMPAIGN).exists()


def test_staff_see_rating_totals(ada: Person, post: Mailbox) -> None:
    sent(ada, MessageKind.CAMPAIGN)
    rate(post, "useful")
    page = words(Grace().client.get(reverse("messaging:log")).content)
    assert "Patron ratings of news, last 3 months" in page
    assert "useful 1 · fewer 0 · unsubscribe 0" in page
