"""Test that every message says how to stop its kind, and that this works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from hub.core.clock import hub_clock
from hub.outreach.messaging import delivery_worker
from hub.outreach.messaging.channels.tencent import LONGEST_TEXT
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.message_templates import samples
from hub.outreach.messaging.rendering import Renderer
from hub.outreach.messaging.settings import FILE
from hub.outreach.messaging.unsubscribe import CANNOT
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.channels.apprise_test import Hook, hook
from tests.hub.outreach.messaging.channels.tencent_test import fake, letter, sent, wecom
from tests.hub.outreach.messaging.tencent import Tencent
from tests.hub.support.world import World

__all__ = ["fake", "hook"]

CAN = [each for each in MessageKind if each not in CANNOT]
STOP = "https://library.example/p/stop/x/"


@pytest.fixture
def lin(world: World, hook: Hook) -> Iterator[Person]:
    """A patron with only a phone number, in a library that sends text messages."""
    patron: Person = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), language="zh")
    records.store_contact(patron, "sms", "+8613800138000", RecordSource(Source.STAFF, "grace"))
    path = Path(settings.STATE) / FILE
    path.write_text(f'[apprise]\nsms = "json://127.0.0.1:{hook.port}/{{address}}"\n', encoding="utf-8")
    yield patron
    path.unlink()


def consent_to(person: Person, kind: MessageKind) -> None:
    if kind.marketing:
        consents.give(person, kind.purpose, "staff grace", consents.text(kind.purpose).version)


@pytest.mark.parametrize("kind", [MessageKind.ANSWER, MessageKind.CAMPAIGN])
def test_link_in_text_message_stops_kind(lin: Person, hook: Hook, kind: MessageKind) -> None:
    consent_to(lin, kind)
    facts: dict[str, Any] = {"heading": "读书会", "body": "周六十点", "question": "几点开门？", "answer": "九点。"}
    queue_message(lin, kind, "1", facts)
    delivery_worker.work(hub_clock().now())
    ((_path, content),) = hook.got
    link = re.search(r"https?://\S+/p/stop/\S+", content["message"])
    assert link is not None, content["message"]
    Client().post(urlsplit(link.group()).path, {"stop": "1"})
    queue_message(lin, kind, "2", facts)
    delivery_worker.work(hub_clock().now())
    assert len(hook.got) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_stoppable_kind_ends_with_one_line_stop_link(world: World, language: str) -> None:
    for kind in CAN:
        words = Renderer().words(kind, language, samples(kind), STOP)
        assert words.stop.endswith(STOP) and "\n" not in words.stop, kind
    assert Renderer().words(MessageKind.CODE, language, samples(MessageKind.CODE)).stop == ""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_long_wecom_message_is_cut_before_stop_link(world: World, fake: Tencent, language: str) -> None:
    titles = [{"words": f"很长的书名{number} / 很长的作者名", "note": "架上"} for number in range(60)]
    facts = {**samples(MessageKind.DIGEST), "items": titles}
    words = Renderer().words(MessageKind.DIGEST, language, facts, STOP)
    assert len(words.long.encode()) > LONGEST_TEXT
    sent(wecom(fake), letter(words=words))
    content = fake.asked[0][1]["text"]["content"]
    assert len(content.encode()) <= LONGEST_TEXT and content.endswith(words.stop) and content.count(STOP) == 1
