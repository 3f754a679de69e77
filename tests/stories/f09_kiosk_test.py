"""Test the preferred channel at the kiosk: an address for loans only, and a receipt sent with one touch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import pins
from hub.commands import work
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_mail, of_page
from tests.support.loopback import QuietHandler, serving

PIN = "4711"


class Texts(QuietHandler):
    """Text message provider that records its messages in `got`."""

    got: list[str]

    def do_POST(self) -> None:
        message = json.loads(self.body())
        self.got.append(f"{self.path} {message['message']}")
        self.reply(200)


@pytest.fixture
def texts(box: Mailbox) -> Iterator[list[str]]:
    got: list[str] = []
    with serving(type("Ours", (Texts,), {"got": got})) as port:
        with (Path(settings.STATE) / FILE).open("a", encoding="utf-8") as file:
            file.write(f'[apprise]\nsms = "json://127.0.0.1:{port}/{{address}}"\n')
        yield got


@pytest.fixture
def ada(world: World, box: Mailbox) -> Person:
    """Return a patron with a number, a mail address and consent to the digest, which is sent to the number."""
    own = person(world.ada)
    for channel, address in (("sms", "13800005678"), ("mail", "ada@example.org")):
        records.store_contact(own, channel, address, RecordSource(Source.STAFF, "grace"))
    records.set_channel_order(own, "", ["sms", "mail"])
    give_consents(world.ada, Purpose.DIGEST)
    pins.set_pin(world.ada, PIN)
    return own


def send_digest(world: World, title: str) -> None:
    add_title(world, title, "Author")
    Grace(role="librarian").client.post(reverse("new_titles:send"))
    assert work.run(EVERY_MINUTE) == 0


def record(person: Person) -> str:
    return Grace().client.get(reverse("patrons:record", args=(person.pk,))).content.decode()


@pytest.mark.story(
    "F9",
    begins="A patron whose digest comes as a text message touches Stop news here next to their number on the screen",
    ends="The next digest goes to their mailbox instead; replies still come as text messages, and staff see why",
)
def test_number_used_for_loans_only_receives_no_news(
    world: World, ada: Person, box: Mailbox, texts: list[str], browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    world.advance(days=30)
    send_digest(world, "Walden")
    assert len(texts) == 1 and box.mails == [], "the digest goes to the number at first"
    world.advance(days=30)
    kiosk = KioskSession(world, tmp_path)
    kiosk.tap(ADA_UID)
    kiosk.press("account")
    kiosk.press("details")
    kiosk.proves(PIN)
    kiosk.press("open", "contacts")
    assert "For your loans, and: digest of new titles" in kiosk.words
    kiosk.press("no_news", "sms")
    assert "For loans only" in kiosk.words
    carry()
    send_digest(world, "Utopia revisited")
    (mail,) = box.mails
    assert "Utopia revisited" in body(mail) and len(texts) == 1
    keep(of_mail(browser, mail))
    page = record(ada)
    assert "Only for loans, holds and replies: news withdrawn on" in words(page.encode())
    assert "kiosk front" in words(page.encode())
    keep(of_page(browser, page, height=1600))
    world.place_hold(world.ada, world.utopia)
    Grace().post("trap", barcode=world.utopia.barcode)
    assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0
    assert len(texts) == 2 and len(box.mails) == 1, "hold notices still go to the number"


@pytest.mark.story(
    "F9",
    begins="A patron whose address is known borrows two books and touches Message at the end",
    ends="The receipt with both due dates is in their mailbox, once; the screen shows only the masked address",
)
def test_receipt_is_sent_as_a_message(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    ada = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(ada, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    kiosk = KioskSession(world, tmp_path)
    with mailbox() as box:
        kiosk.tap(ADA_UID)
        kiosk.scan(world.emma.barcode)
        kiosk.scan(world.dune.barcode)
        kiosk.press("finish")
        kiosk.press("receipt_message")
        assert "Your receipt is on its way to a•••@example.org" in kiosk.words
        assert "receipt_message" not in kiosk.offers
        carry()
        for _step in range(4):
            for _name, job in EVERY_MINUTE:
                job(hub_clock().now())
            world.advance(minutes=10)
        (mail,) = box.mails
    assert "Emma" in body(mail) and "Dune" in body(mail) and "23 December" in body(mail)
    keep(of_mail(browser, mail))
