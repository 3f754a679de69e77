"""Test checkout and return by two scans, without false statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.catalogue import workplace
from hub.catalogue.models import Branch
from hub.circulation.models import PendingReturn, Transit
from hub.circulation.operations import hold_queue
from hub.commands import work
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import LIN_UID, World
from tests.stories.pictures import Keep, of_mail, of_page


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Return Ada's mailbox; receipts are sent by mail."""
    person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    records.set_channel_order(person, "receipt", ["mail"])
    with mailbox() as found:
        yield found


def eleven_minutes_later(world: World) -> None:
    world.advance(minutes=11)
    assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0
    world.advance(minutes=11)
    assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0


@pytest.mark.story(
    "F14",
    begins="At the kiosk a patron borrows two books; later one of them is returned there",
    ends="A mail has the receipt of both; staff find the returned book, and the patron's page shows one loan",
)
def test_patron_borrows_and_returns_with_a_card_and_scans(
    world: World, box: Mailbox, browser: Chrome, keep: Keep
) -> None:
    grace = Grace()
    answers = world.upload_all(world.checkout(world.dune), world.checkout(world.emma))
    assert [each["outcome"] for each in answers] == ["accepted", "accepted"]
    refused = world.upload(world.checkout(world.emma, LIN_UID))
    assert refused["outcome"] == "refused", "an item on loan cannot be borrowed by another patron"
    eleven_minutes_later(world)
    (receipt,) = box.mails
    assert "Dune" in body(receipt)
    assert "Emma" in body(receipt)
    keep(of_mail(browser, receipt))
    world.make_due_soon()
    world.upload(world.renewal(world.emma, due=hub_clock().now() + timedelta(days=28)))
    eleven_minutes_later(world)
    assert ["Emma" in body(each) for each in box.mails] == [True, True], "a renewal has its receipt"
    world.upload(world.checkin(world.dune))
    assert "Dune" in grace.page("pending_returns")
    grace.post("found", PendingReturn.objects.get().pk)
    eleven_minutes_later(world)
    page = grace.client.get(reverse("staff:patron_loans", args=(world.ada.pk,)))
    assert "Emma" in words(page.content)
    assert "Dune" not in words(page.content)
    keep(of_page(browser, page.content.decode()))


@pytest.mark.story(
    "F14",
    begins="A clerk of the main library scans a returned book for which a patron waits at the east branch",
    ends="A mail says that it is ready at the east branch, once it has been unpacked there",
)
def test_returned_item_is_transferred_to_the_pickup_branch(world: World, browser: Chrome, keep: Keep) -> None:
    east = Branch.objects.create(code="east", name="东馆", name_en="East branch")
    lin = Person.objects.create(ref=world.lin.ref, since=hub_clock().now(), language="en")
    records.store_contact(lin, "mail", "lin@example.org", RecordSource(Source.STAFF, "grace"))
    hold_queue.place(world.by, world.lin, world.dune.title, east)
    world.upload(world.checkout(world.dune))
    clerk, far = Grace(role="clerk", name="clio"), Grace(role="clerk", name="edda")
    workplace.bind(far.user, [east])
    with mailbox() as box:
        line = clerk.enter(world.dune.barcode, mode="return")["line"]
        assert (line["words"], line["where"]) == ("Hold waiting", "To East branch")
        page = clerk.client.get(reverse("staff:transits"))
        keep(of_page(browser, page.content.decode()))
        clerk.post("sent", Transit.objects.get().pk)
        eleven_minutes_later(world)
        assert box.mails == [], "it is not there yet"
        assert "Dune" in far.page("transits", query="?show=way")
        assert "hold shelf" in far.post("unpacked", barcode=world.dune.barcode)
        eleven_minutes_later(world)
        (mail,) = box.mails
    assert "Dune" in body(mail) and "East branch" in body(mail)
    keep(of_mail(browser, mail))
