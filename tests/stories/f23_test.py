"""Test self-service: from a message or a receipt to the library's pages on the phone."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By as Find

from hub.circulation import cards, pins
from hub.circulation.models import Card, Patron
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from kiosk.hardware.receipt_raster import draw
from kiosk.words.receipt import LookUp, Receipt
from lending.transactions import TransactionId, receipt_code
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, speak
from tests.hub.outreach.portal.phone import link, verified_ada
from tests.hub.outreach.portal.touch_browser import follow
from tests.hub.staff.staff_client import Grace
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.pictures import Keep

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address(live_server: Any, settings: Any) -> str:
    """Return the public address of the live hub."""
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@pytest.fixture
def phone(browser: Chrome) -> Iterator[Chrome]:
    """Return a phone browser in English."""
    on_a_phone(browser)
    speak(browser, "en")
    yield browser
    off_the_phone(browser)


def run_minute_jobs() -> None:
    carry()
    for _name, job in EVERY_MINUTE:
        job(hub_clock().now())


def seen(phone: Chrome) -> str:
    return phone.find_element(Find.TAG_NAME, "body").text


def touch(phone: Chrome, words: str) -> None:
    follow(phone, phone.find_element(Find.XPATH, f"//main//*[self::button or self::a][contains(., '{words}')]"))


def fill(phone: Chrome, field: str, words: str) -> None:
    phone.find_element(Find.NAME, field).send_keys(words)


def link_in(text: str, path: str) -> str:
    found = re.search(rf"https?://\S+{path}\S+", text)
    assert found is not None, text
    return found.group()


@pytest.mark.story(
    "F23",
    begins="A patron touches the link in a reminder, and Renew on the page that it opens",
    ends="The loan is renewed in the library system, and the link does not work on another phone",
)
def test_patron_renews_from_the_reminder(address: str, world: World, box: Mailbox, phone: Chrome, keep: Keep) -> None:
    verified_ada(world)
    world.upload(world.checkout(world.dune))
    for _day in range(26):
        world.advance(days=1)
        run_minute_jobs()
    link = link_in(body(box.mails[-1]).replace("\n", " "), "/p/loans/")
    phone.get(link)
    assert "Dune" in seen(phone)
    keep(phone.get_screenshot_as_png())
    touch(phone, "Renew")
    assert "Renewed to" in seen(phone)
    keep(phone.get_screenshot_as_png())
    (loan,) = world.loans(world.dune)
    assert loan.renewals == 1
    phone.delete_all_cookies()
    phone.get(link)
    assert "This link was already used" in seen(phone)
    assert "Dune" not in seen(phone)


@pytest.mark.story(
    "F23",
    begins="A patron who lost their card enters its number on their phone, and the code that comes by mail",
    ends="The kiosk refuses the card, and the patron's own pages say how to get a new one",
)
def test_patron_blocks_a_lost_card(address: str, world: World, box: Mailbox, phone: Chrome, keep: Keep) -> None:
    verified_ada(world)
    phone.get(f"{address}/p/")
    keep(phone.get_screenshot_as_png())
    touch(phone, "Report lost card")
    fill(phone, "card", "20000000000012")
    touch(phone, "Email me a code")
    run_minute_jobs()
    code = re.search(r"\b\d{6}\b", body(box.mails[-1]))
    assert code is not None
    fill(phone, "code", code.group())
    touch(phone, "Sign in")
    touch(phone, "Block my card")
    assert "Your card is blocked" in seen(phone)
    keep(phone.get_screenshot_as_png())
    assert not Card.objects.filter(patron=world.ada, status="active").exists()
    assert world.upload(world.checkout(world.dune))["outcome"] != "accepted"


@pytest.mark.story(
    "F23",
    begins="A patron who forgot their PIN reports it on their phone and enters a new one with the code sent by mail",
    ends="The kiosk accepts the new PIN and no longer the former one; staff see that it was changed, and by whom",
)
def test_patron_sets_a_new_pin(address: str, world: World, box: Mailbox, phone: Chrome, keep: Keep) -> None:
    ada = verified_ada(world)
    pins.set_pin(world.ada, "1234")
    assert (at_the_kiosk(world, "1234"), at_the_kiosk(world, "4711")) == ("right", "wrong")
    phone.get(f"{address}/p/")
    touch(phone, "I forgot my PIN")
    fill(phone, "card", "20000000000012")
    touch(phone, "Email me a code")
    run_minute_jobs()
    fill(phone, "code", code_in(box))
    touch(phone, "Sign in")
    keep(phone.get_screenshot_as_png())
    touch(phone, "Send code")
    run_minute_jobs()
    fill(phone, "code", code_in(box))
    fill(phone, "pin", "4711")
    keep(phone.get_screenshot_as_png())
    touch(phone, "Set PIN")
    assert "Your new PIN now works" in seen(phone)
    keep(phone.get_screenshot_as_png())
    assert (at_the_kiosk(world, "4711"), at_the_kiosk(world, "1234")) == ("right", "wrong")
    assert "PIN changed patron portal" in Grace().page("patron_history", Patron.objects.get(ref=ada.ref).pk)


def code_in(box: Mailbox) -> str:
    found = re.search(r"\b\d{6}\b", body(box.mails[-1]))
    assert found is not None
    return found.group()


def at_the_kiosk(world: World, pin: str) -> str:
    """Return the hub's verdict on a PIN entered at the kiosk."""
    path = f"/api/v1/cards/{cards.hash_number(ADA_UID)}/pin"
    return str(world.client().post(path, {"pin": pin}, content_type="application/json").json()["verdict"])


@pytest.mark.story(
    "F23",
    begins="A patron scans the code on their printed receipt with their phone and pastes it into the library's page",
    ends="They see that their return is being checked, without a name or a title on the page",
)
def test_patron_looks_up_a_receipt(address: str, world: World, phone: Chrome, keep: Keep) -> None:
    world.upload(world.checkout(world.dune, LIN_UID))
    row = world.checkin(world.dune)
    world.upload(row)
    phone.get(f"{address}/p/receipt/")
    paper = draw(Receipt((LookUp("Receipt code", receipt_code(TransactionId(row["id"]))),)), 384)
    (scanned,) = zxingcpp.read_barcodes(paper.convert("L"))
    fill(phone, "code", scanned.text)
    touch(phone, "Look up receipt")
    assert "Returned, being checked" in seen(phone)
    assert "Dune" not in phone.page_source
    assert "样本" not in phone.page_source
    keep(phone.get_screenshot_as_png())


@pytest.mark.story(
    "F9",
    begins="A patron switches one purpose off on their phone",
    ends="The library's record says so at once, with the wording that they had agreed to",
)
def test_patron_withdraws_a_consent(address: str, world: World, box: Mailbox, phone: Chrome, keep: Keep) -> None:
    ada: Person = verified_ada(world)
    consents.give(
        ada, "campaign", "staff grace", consents.text("campaign").version, hub_clock().now() - timedelta(days=1)
    )
    phone.get(f"{address}/p/in/?to=me")
    fill(phone, "card", "20000000000012")
    touch(phone, "Email me a code")
    run_minute_jobs()
    code = re.search(r"\b\d{6}\b", body(box.mails[-1]))
    assert code is not None
    fill(phone, "code", code.group())
    touch(phone, "Sign in")
    touch(phone, "Your consents")
    touch(phone, "Events and campaigns")
    assert "Withdrawn: events and campaigns." in seen(phone)
    assert not consents.has_consented(ada, "campaign")
    keep(whole(phone))


def whole(phone: Chrome) -> bytes:
    """Return a screenshot of the whole page."""
    shot = phone.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "format": "png"})
    png = base64.b64decode(shot["data"])
    assert Image.open(BytesIO(png)).width >= 390
    return png


@pytest.mark.story(
    "F15",
    begins="A patron opens the link in a message on their phone and moves the reminder of one book",
    ends="The reminder is in their mailbox on the day that they chose, and on no other before",
)
def test_patron_changes_the_reminder_date_on_the_phone(
    address: str, world: World, box: Mailbox, phone: Chrome, keep: Keep
) -> None:
    ada = verified_ada(world)
    world.upload(world.checkout(world.dune))
    run_minute_jobs()
    phone.get(f"{address}{link(ada)}")
    touch_only(phone, "Reminder on")
    day = phone.find_element(Find.NAME, "remind")
    phone.execute_script("arguments[0].value = '2026-12-09'", day)
    touch(phone, "Save date")
    assert "We will remind you of Dune on Wed 9 Dec." in seen(phone)
    keep(phone.get_screenshot_as_png())
    came: list[str] = []
    for _day in range(16):
        world.advance(days=1)
        run_minute_jobs()
        came += [f"{hub_clock().now():%d}"] * (len(box.mails) - len(came))
    assert came == ["09"]


def touch_only(phone: Chrome, words: str) -> None:
    """Touch a control that stays on the page."""
    phone.find_element(Find.XPATH, f"//main//summary[contains(., '{words}')]").click()
