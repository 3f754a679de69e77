"""Test the catalogue search at the kiosk: few keys, the way to the shelf, holds and alerts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.commands import work
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.records import RecordSource
from hub.outreach.portal.opac import availability_alerts, saved_searches
from kiosk.views import Find, TitlePage
from lending.kiosk_consents import TELL_BACK, TELL_ME
from tests.hub.catalogue.shelves.floors import a_floor
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_mail, of_page


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Return Ada's mailbox; the preferred channel is mail."""
    person = Person.objects.create(ref=world.ada.ref, since=hub_clock().now(), language="en")
    records.store_contact(person, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    records.set_channel_order(person, "", ["mail"])
    with mailbox() as found:
        yield found


def a_while_later(world: World) -> None:
    for _twice in range(2):
        world.advance(minutes=11)
        assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0


@pytest.mark.story(
    "F8",
    begins="At the kiosk a person enters three letters of a title that is out, touches Place a hold, shows their card",
    ends="Staff read on its page that one person is waiting; when it is returned, a mail says that it is ready",
)
def test_title_is_found_at_the_kiosk_and_placed_on_hold(
    world: World, box: Mailbox, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    kiosk, grace = KioskSession(world, tmp_path), Grace()
    kiosk.press("find")
    kiosk.type("dun")
    assert "Dune" in kiosk.words and "All on loan" in kiosk.words
    kiosk.press("title", str(world.dune.title_id))
    assert isinstance(kiosk.view, TitlePage) and "Place a hold" in kiosk.words
    kiosk.press("hold")
    kiosk.tap(ADA_UID)
    assert "Hold placed" in kiosk.words
    page = grace.client.get(reverse("search:title", args=(world.dune.title_id,)))
    assert "1 hold on it" in words(page.content)
    keep(of_page(browser, page.content.decode()))
    assert grace.enter(world.dune.barcode, mode="return")["line"]["words"] == "Hold waiting"
    a_while_later(world)
    (mail,) = box.mails
    assert "Dune" in body(mail)
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F8",
    begins="At the kiosk a person finds a title that is out, touches Notify me when it is back, shows their card",
    ends="The morning after its return a mail says where it is shelved; no second mail follows",
)
def test_availability_alert_is_sent_once_after_the_return(
    world: World, box: Mailbox, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    kiosk, grace = KioskSession(world, tmp_path), Grace()
    kiosk.press("find")
    kiosk.type("dun")
    kiosk.press("title", str(world.dune.title_id))
    kiosk.press("tell_back")
    assert TELL_BACK.english in kiosk.words
    kiosk.press("tell_back")
    kiosk.tap(ADA_UID)
    assert "Saved for you" in kiosk.words and "You can cancel on your phone." in kiosk.words
    carry()
    assert availability_alerts.nightly(hub_clock().now()) == 0, "it is still on loan"
    page = grace.client.get(reverse("search:title", args=(world.dune.title_id,)))
    assert "1 availability alert." in words(page.content)
    keep(of_page(browser, page.content.decode()))
    assert grace.enter(world.dune.barcode, mode="return")["line"]["words"] == "Checked in"
    carry()
    world.advance(days=1)
    assert availability_alerts.nightly(hub_clock().now()) == 1
    a_while_later(world)
    (mail,) = box.mails
    assert "you asked us to tell you: “Dune” is back on the shelf." in body(mail)
    keep(of_mail(browser, mail))
    world.advance(days=1)
    assert availability_alerts.nightly(hub_clock().now()) == 0


@pytest.mark.story(
    "F8",
    begins="At the kiosk a person searches for a title that the library does not have, touches Notify me when it "
    "arrives, and uses their card",
    ends="The morning after it was catalogued a mail names it",
)
def test_alert_is_sent_when_a_title_arrives(
    world: World, box: Mailbox, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    kiosk = KioskSession(world, tmp_path)
    kiosk.press("find")
    kiosk.type("dinosaur")
    assert isinstance(kiosk.view, Find) and kiosk.view.has_no_result and "No results" in kiosk.words
    kiosk.press("tell_me")
    assert TELL_ME.english in kiosk.words
    kiosk.press("tell_me")
    kiosk.tap(ADA_UID)
    assert "Saved. We tell you when it arrives, or why not." in kiosk.words
    carry()
    add_title(world, "Dinosaur atlas", "Owen")
    world.advance(days=1)
    assert saved_searches.nightly(hub_clock().now()) == 1
    a_while_later(world)
    (mail,) = box.mails
    assert "Dinosaur atlas" in body(mail)
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F16",
    begins="A librarian draws a floor with its bays; at the kiosk a person enters a title and touches it",
    ends="They read its call number, floor and bay, and the bay is highlighted on the floor plan",
)
def test_bay_is_highlighted_at_the_kiosk(world: World, keep: Keep, tmp_path: Path, browser: Chrome) -> None:
    world.dune.title.call_number = "I247.57/12"
    world.dune.title.save()
    a_floor(world)
    kiosk = KioskSession(world, tmp_path)
    kiosk.press("find")
    kiosk.type("dune")
    kiosk.press("title", str(world.dune.title_id))
    view = kiosk.view
    assert isinstance(view, TitlePage) and view.stand is not None
    lit = ", ".join(each.code for each in view.stand.bays)
    assert lit == "2" and "I247.57/12" in kiosk.words and "Floor 2, bay 2" in kiosk.words
    page = Grace().client.get(reverse("search:title", args=(world.dune.title_id,)))
    assert lit in words(page.content)
    keep(of_page(browser, page.content.decode()))
