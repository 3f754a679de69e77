"""Test the preferred channel: chosen at the kiosk with a test message, used for required messages."""

from __future__ import annotations

import base64
import re
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from PIL import Image
from selenium.webdriver import Chrome

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.outreach import post_visit
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.messaging.models import Message
from hub.outreach.messaging.settings import FILE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.portal import portal_session
from hub.outreach.portal.models import Scope
from kiosk.hardware import receipt_raster
from kiosk.views import Farewell, LineState, Status, VisitTask
from kiosk.views import VisitLine as KioskLine
from kiosk.words import Words
from kiosk.words.receipt import Receipt, layout
from lending import wire
from lending.model import ItemId
from lending.questions import AfterVisit
from lending.wire.lookups import after_from
from tests.hub.outreach.engagement.feedback.feedback_fixtures import run_minute_jobs
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.messaging.tencent import tencent
from tests.hub.outreach.messaging.wechat_callback import CALLBACKS, scans
from tests.hub.outreach.portal import touch_browser
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.phone import press, sign_in, verified_ada
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, LIN_UID, World
from tests.stories.pictures import Keep


def pictured(browser: Chrome, mail: EmailMessage) -> bytes:
    """Return a picture of the mail in a mail program."""
    page = base64.b64encode(body(mail, "html").encode()).decode()
    browser.get(f"data:text/html;charset=utf-8;base64,{page}")
    return browser.get_screenshot_as_png()


@pytest.mark.story(
    "F9",
    begins="After their visit the kiosk asks a patron how they want to be reached, and they touch email",
    ends="A test message is in their mailbox, and email is their preferred channel from now on",
)
def test_patron_chooses_a_channel_and_receives_a_test_message(
    world: World, ada_box: Mailbox, browser: Chrome, keep: Keep
) -> None:
    asked = post_visit.ask(world.ada.ref, hub_clock().now())
    assert asked is not None and (asked.kind, asked.facts) == ("channel", {"mail": "a•••@example.org"})
    world.upload(world.row("said", ask="channel", answer="mail", card=cards.hash_number(ADA_UID)))
    run_minute_jobs()
    run_minute_jobs()
    (mail,) = ada_box.mails
    assert (mail["To"], str(mail["Subject"]).strip()) == ("ada@example.org", "Test Library: test message")
    assert records.channel_order(Person.objects.get(ref=world.ada.ref))[0] == "mail"
    keep(pictured(browser, mail))


@pytest.mark.story(
    "F9",
    begins="A patron returns a book at the kiosk, and staff put it on the hold shelf for the patron who waits for it",
    ends="A mail says that it is ready, where and until when, once",
)
def test_hold_ready_notice_is_sent_once(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    world.upload(world.checkout(world.utopia, LIN_UID))
    world.place_hold(world.ada, world.utopia)
    world.upload(world.checkin(world.utopia, "trusted"))
    Grace().post("trap", barcode=world.utopia.barcode)
    run_minute_jobs()
    run_minute_jobs()
    (mail,) = ada_box.mails
    assert str(mail["Subject"]).strip() == "Ready for you: Utopia"
    assert "Pick it up at: Main" in body(mail) and "We keep it until: Wednesday 2 December" in body(mail)
    keep(pictured(browser, mail))


@pytest.mark.story(
    "F9",
    begins="Staff put a book on the hold shelf for a patron whose mail bounces",
    ends="They read it on the kiosk's screen at their next visit, and are asked whether their address is right",
)
def test_bounced_notice_is_shown_at_the_kiosk(world: World, ada_box: Mailbox) -> None:
    ada_box.answers["ada@example.org"] = "550 5.1.1 no such user"
    world.place_hold(world.ada, world.utopia)
    Grace().post("trap", barcode=world.utopia.barcode)
    run_minute_jobs()
    shown = post_visit.ask(world.ada.ref, hub_clock().now())
    assert shown is not None and shown.kind == "message" and "“Utopia” is ready for you." in shown.facts["words"]
    card = cards.hash_number(ADA_UID)
    world.upload(world.row("said", ask="message", answer="read", about=shown.about, card=card))
    run_minute_jobs()
    asked = post_visit.ask(world.ada.ref, hub_clock().now())
    assert asked is not None and asked.kind == "contact" and asked.facts["why"] == "bounced"
    assert Message.objects.get().state == "said"


@pytest.mark.story(
    "F9",
    begins="A librarian sends a test message by email, reads what is wrong, corrects it and sends it again",
    ends="The test message is in the mailbox",
)
def test_librarian_tests_and_corrects_a_channel(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    grace, path = Grace(), Path(settings.STATE) / FILE
    right = path.read_text(encoding="utf-8")
    path.write_text(right.replace(f"port = {ada_box.port}", "port = 9"), encoding="utf-8")
    url = reverse("messaging:test", args=("mail",))
    page = words(grace.client.post(url, {"address": "grace@example.org"}).content)
    assert "The mail server cannot be reached · Check server and port, and that the server is running." in page
    path.write_text(right, encoding="utf-8")
    page = words(grace.client.post(url, {"address": "grace@example.org"}).content)
    assert "Email: test message sent." in page
    (mail,) = ada_box.mails
    assert mail["To"] == "grace@example.org" and "this is a test message" in body(mail)
    keep(pictured(browser, mail))


@pytest.mark.story(
    "F9",
    begins="A patron touches the stop link in a message about their question",
    ends="The next one waits for them on the kiosk's screen, and nothing is mailed",
)
def test_patron_unsubscribes_from_a_message_type(world: World, ada_box: Mailbox) -> None:
    ada = Person.objects.get(ref=world.ada.ref)
    queue_message(ada, MessageKind.RECALL, "1", {"title": "Utopia"})
    run_minute_jobs()
    link = re.search(r"/p/stop/\S+", body(ada_box.mails[0]).replace("=\r\n", ""))
    assert link is not None
    assert "Unsubscribe from these messages?" in words(Client().get(link.group()).content)
    Client().post(link.group())
    queue_message(ada, MessageKind.RECALL, "2", {"title": "Emma"})
    run_minute_jobs()
    assert len(ada_box.mails) == 1
    shown = post_visit.ask(world.ada.ref, hub_clock().now())
    assert shown is not None and "Emma" in shown.facts["words"]


@pytest.mark.story(
    "F9",
    begins="A patron chooses paper as their message channel on their phone",
    ends="The next receipt from the kiosk has the library's message, once",
)
def test_message_is_printed_on_the_receipt(world: World, browser: Chrome, keep: Keep) -> None:
    ada, phone = verified_ada(world), Client(headers={"accept-language": "en"})
    sign_in(phone, world.ada.identifier)
    assert "Preferred contact method: next receipt." in press(
        phone, reverse("portal:channel"), reverse("portal:me"), channel="paper"
    )
    world.place_hold(world.ada, world.utopia)
    Grace().post("trap", barcode=world.utopia.barcode)
    run_minute_jobs()
    visit = receipt_of(world)
    text = visit.text
    assert text[text.index("From the library") + 1] == (
        "Test Library: “Utopia” is ready for you. Pick it up at Main. We keep it until Wednesday 2 December."
    )
    page = BytesIO()
    receipt_raster.draw(visit, 576).convert("L").save(page, "PNG")
    keep(page.getvalue())
    world.upload(
        world.row(
            "said",
            ask="message",
            answer="printed",
            about=post_visit_data(world).paper[0].about,
            card=cards.hash_number(ADA_UID),
        )
    )
    run_minute_jobs()
    assert "From the library" not in receipt_of(world).text
    assert Message.objects.get(person=ada, kind=MessageKind.HOLD_READY).state == "said"


def post_visit_data(world: World) -> AfterVisit:
    """Return the post-visit data that the hub sends to the kiosk."""
    answer = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/after")
    return after_from(wire.parse(wire.AfterAnswer, answer.content))


def receipt_of(world: World) -> Receipt:
    """Return the printed receipt."""
    line = KioskLine(ItemId(world.dune.barcode), VisitTask.BORROW, LineState.DONE, "Dune", confirmed=True)
    view = Farewell((line,), paper=post_visit_data(world).paper)
    return layout(view, Status("Test Library", hub_clock().now(), "en"), Words("en"))


@pytest.mark.story(
    "F9",
    begins="A patron touches WeChat on their phone and scans the code shown with WeChat",
    ends="Their page says that it is linked, and the library's messages arrive in WeChat",
)
def test_patron_links_wechat_by_scanning(
    live_server: Any, world: World, browser: Chrome, keep: Keep, settings: Any
) -> None:
    settings.PUBLIC_URL = live_server.url
    path = Path(settings.STATE) / FILE
    with tencent() as wechat:
        template = '[wechat.templates.hold_ready]\nid = "T1"\ndata = { thing1 = "{title}", thing2 = "{pickup}" }\n'
        head = f'[wechat]\napp_id = "wx1"\nsecret = "s"\nbase_url = "{wechat.url}"\n'
        path.write_text(head + CALLBACKS + template, encoding="utf-8")
        try:
            ada = verified_ada(world)
            on_a_phone(browser)
            speak(browser, "en")
            cookie = portal_session.start_session(HttpResponse(), ada, Scope.ALL).cookies[portal_session.COOKIE].value
            browser.get(f"{live_server.url}/p/")
            browser.add_cookie({"name": portal_session.COOKIE, "value": cookie, "path": "/p/"})
            browser.get(f"{live_server.url}/p/me/scan/wechat/")
            touch_browser.press(browser, "main .button.primary")
            code = browser.find_element("css selector", ".qr")
            (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(code.screenshot_as_png)).convert("L"))
            assert found.text == "http://weixin.qq.com/q/1"
            keep(browser.get_screenshot_as_png())
            assert serious(browser) == [] and too_small(browser) == []
            status, said = scans("oAda_openid", wechat.scenes[0])
            assert status == 200 and "Linked." in said
            assert "Linked: •••nid" in touch_browser.press(browser, "main a.button.primary")
            keep(browser.get_screenshot_as_png())
            assert serious(browser) == [] and too_small(browser) == []
            off_the_phone(browser)
            world.place_hold(world.ada, world.utopia)
            Grace().post("trap", barcode=world.utopia.barcode)
            run_minute_jobs()
            (letter,) = (each for each in wechat.taken.values() if "touser" in each)
            assert (letter["touser"], letter["data"]["thing1"]["value"]) == ("oAda_openid", "Utopia")
        finally:
            off_the_phone(browser)
            path.unlink()
