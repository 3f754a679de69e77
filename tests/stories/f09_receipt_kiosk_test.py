"""Test that one touch sends the receipt to the patron's preferred address."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.support.world import ADA_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_mail


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
