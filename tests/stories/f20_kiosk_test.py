"""Test the patron record at the kiosk: proof by PIN or code, changes, and ending it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.circulation import pins
from hub.circulation.models import Patron
from hub.commands import work
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import erasure
from hub.outreach.patrons.models import Contact, Person
from kiosk.views import Blocked, Details, Identify
from tests.hub.outreach.engagement.feedback.feedback_fixtures import Librarian
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.phone import token_of, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.kiosk_session import KioskSession
from tests.stories.pictures import Keep, of_mail, of_page

PIN = "4711"


@pytest.fixture
def ada(world: World) -> Person:
    pins.set_pin(world.ada, PIN)
    return verified_ada(world)


def at_their_record(world: World, folder: Path, uid: str = ADA_UID) -> KioskSession:
    kiosk = KioskSession(world, folder)
    kiosk.tap(uid)
    kiosk.press("account")
    kiosk.press("details")
    return kiosk


def record(person: Person) -> str:
    return Grace().client.get(reverse("patrons:record", args=(person.pk,))).content.decode()


def changes(person: Person) -> str:
    """Return the page with the history of the record."""
    patron = Patron.objects.get(ref=person.ref)
    return Grace().client.get(reverse("staff:patron_history", args=(patron.pk,))).content.decode()


@pytest.mark.story(
    "F2",
    begins="At the kiosk a patron enters their PIN, opens their addresses and touches that one is not theirs any more",
    ends="The address is no longer in their record, and a last mail about it went there",
)
def test_patron_removes_an_address(world: World, ada: Person, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    kiosk = at_their_record(world, tmp_path)
    assert isinstance(kiosk.view, Identify) and "example.org" not in kiosk.words
    kiosk.proves(PIN)
    kiosk.press("open", "contacts")
    assert "a•••@example.org" in kiosk.words
    assert "ada@example.org" in record(ada) and "removed" not in words(changes(ada).encode())
    with mailbox() as box:
        kiosk.press("wrong", str(Contact.objects.get().pk))
        carry()
        assert work.run(EVERY_MINUTE) == 0
        (mail,) = box.mails
    assert "ada@example.org" in str(mail["To"])
    keep(of_mail(browser, mail))
    page = changes(ada)
    assert "removed" in words(page.encode())
    keep(of_page(browser, page, height=2000))
    assert Contact.objects.get().replaced_at is not None


@pytest.mark.story(
    "F20",
    begins="At the kiosk a patron without a PIN has a code sent to their mail, enters it, and agrees to one purpose",
    ends="Staff see the consent on their record with who noted it; they withdraw it by one touch, "
    "and staff see that too",
)
def test_consent_is_given_and_withdrawn(world: World, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    ada = verified_ada(world)
    kiosk = at_their_record(world, tmp_path)
    assert "We send you a code: E-mail" in kiosk.words
    kiosk.press("send_code")
    code = str(Message.objects.get(kind="code").decrypted_facts()["code"])
    kiosk.proves(code)
    assert isinstance(kiosk.view, Details)
    kiosk.press("open", "consents")
    kiosk.press("why", "campaign")
    assert "talks, exhibitions and other events" in kiosk.words
    kiosk.press("give", "campaign")
    carry()
    page = record(ada)
    assert "kiosk front" in words(page.encode())
    keep(of_page(browser, page, height=2400))
    kiosk.press("withdraw", "campaign")
    carry()
    assert not ada.consents.first().given
    keep(of_page(browser, record(ada), height=2400))


@pytest.mark.story(
    "F20",
    begins="At the kiosk a patron asks for a copy of all their data",
    ends="It becomes a librarian's task; the copy is in the patron's mailbox",
)
def test_copy_of_patron_data_is_requested(
    world: World, ada: Person, browser: Chrome, keep: Keep, tmp_path: Path
) -> None:
    kiosk = at_their_record(world, tmp_path)
    kiosk.proves(PIN)
    kiosk.press("open", "data")
    kiosk.press("export")
    assert "We will message you when it is ready." in kiosk.words
    carry()
    grace = Librarian()
    assert "资料" in grace.reads("questions", query="?show=unowned")
    keep(of_page(browser, grace.last))
    with mailbox() as box:
        grace.does("answer", ada.tickets.get().pk, words="Your copy waits for you at the desk.")
        assert work.run((("carry", lambda _now: carry()), *EVERY_MINUTE)) == 0
        (mail,) = box.mails
    assert "Your copy waits for you at the desk." in body(mail, "plain")
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F20",
    begins="At the kiosk a patron opens Erase, reads what goes and what stays, and touches Erase my data",
    ends="Three days later staff find no patron with this number",
)
def test_patron_is_erased_in_two_steps(world: World, ada: Person, browser: Chrome, keep: Keep, tmp_path: Path) -> None:
    url = reverse("staff:patron", args=(world.ada.pk,))
    kiosk = at_their_record(world, tmp_path)
    kiosk.proves(PIN)
    kiosk.press("open", "data")
    kiosk.press("open", "erase")
    assert "After 3 days. You can cancel until then." in kiosk.words
    carry()
    assert Patron.objects.filter(pk=world.ada.pk).exists(), "nothing is erased before the confirmation"
    kiosk.press("erase_all")
    assert "It is erased after 3 days." in kiosk.words
    carry()
    world.advance(hours=72)
    erasure.go_on(hub_clock().now())
    grace = Grace()
    seen = grace.client.get(url)
    assert seen.status_code == 404
    keep(of_page(browser, seen.content.decode()))
    assert not Patron.objects.filter(pk=world.ada.pk).exists()


@pytest.mark.story(
    "F9",
    begins="At the kiosk a patron enters their PIN, opens the code for their phone, and their phone follows it",
    ends="Their phone shows their settings without another code; a second phone with the same picture is turned away",
)
def test_portal_session_is_opened_once_by_qr_code(
    world: World, ada: Person, browser: Chrome, keep: Keep, tmp_path: Path, settings: Any
) -> None:
    settings.PUBLIC = True
    kiosk = at_their_record(world, tmp_path)
    kiosk.proves(PIN)
    kiosk.press("open", "contacts")
    kiosk.press("open", "phone")
    assert isinstance(kiosk.view, Details)
    where = kiosk.view.link[kiosk.view.link.index("/p/") :]
    phone, other = Client(enforce_csrf_checks=True), Client(enforce_csrf_checks=True)
    seen, late = phone.get(where), other.get(where)
    keep(of_page(browser, seen.content.decode(), width=390, height=844))
    phone.post(where, {"csrfmiddlewaretoken": token_of(seen.content)})
    mine = phone.get(reverse("portal:notifications")).content
    assert "a•••@example.org" in words(mine)
    keep(of_page(browser, mine.decode(), width=390, height=844))
    assert other.post(where, {"csrfmiddlewaretoken": token_of(late.content)}).status_code == 410


@pytest.mark.story(
    "F20",
    begins="A person scans a card that they have found, of a patron with neither a PIN nor an address",
    ends="They read that it cannot be opened here and where to go; nothing of the patron is on the screen",
)
def test_found_card_opens_no_patron_record(world: World, keep: Keep, tmp_path: Path, browser: Chrome) -> None:
    kiosk = at_their_record(world, tmp_path, LIN_UID)
    assert isinstance(kiosk.view, Blocked)
    assert "We cannot verify here that this card is yours." in kiosk.words and "service desk" in kiosk.words
    page = Grace().client.get(reverse("staff:patron", args=(world.lin.pk,)))
    keep(of_page(browser, page.content.decode()))
