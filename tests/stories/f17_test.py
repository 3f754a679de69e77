"""Test a campaign from draft to resulting loans, and a poster with registration by phone."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from django.urls import reverse
from PIL import Image
from selenium.webdriver import Chrome

from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.campaigns.models import Campaign, Poster
from hub.outreach.engagement.feedback.models import Booking, Course
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing, event, picture
from tests.hub.outreach.engagement.feedback.feedback_fixtures import reachable, run_minute_jobs
from tests.hub.outreach.messaging.mailbox import body, mailbox
from tests.hub.outreach.portal.axe import off_the_phone, on_a_phone, serious, speak, too_small
from tests.hub.outreach.portal.phone import verified_ada
from tests.hub.outreach.portal.touch_browser import press, sign_in
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents
from tests.hub.support.world import World
from tests.stories import pictures
from tests.stories.pictures import Keep


@pytest.mark.story(
    "F17",
    begins="Marketing writes a campaign, sees it in both languages and whom it would reach, and sends it",
    ends="Only the patron who agreed gets it; they come and borrow, and the funnel shows it",
)
def test_campaign_leads_to_a_loan(world: World, browser: Chrome, keep: Keep) -> None:
    reachable(world.ada.ref, "ada@example.org")
    reachable(world.lin.ref, "lin@example.org")
    give_consents(world.ada, Purpose.CAMPAIGN)
    grace = Marketing()
    grace.does(
        "new_poster", title_zh="读书月", title_en="A month of reading", words_zh="全馆好书，等您来借",
        words_en="Good books in every room", first="2026-11-25", last="2026-12-25", on_kiosks="on",
    )  # fmt: skip
    page = grace.does(
        "new_campaign", heading_zh="读书月来了", heading_en="Our month of reading", body_zh="每周六下午，童书馆见。",
        body_en="Every Saturday afternoon.", poster=str(Poster.objects.get().pk), hold_out="0", days="14",
    )  # fmt: skip
    assert "under 5 patrons will receive it" in page and "under 5 no consent to events and campaigns" in page
    assert "读书月来了" in page and "Our month of reading" in page
    keep(pictures.of_page(browser, grace.last, height=1300))
    campaign = Campaign.objects.get()
    with mailbox() as box:
        assert "Sending to under 5 patrons." in grace.does("send", campaign.pk, seen=dispatch.review_mark(campaign))
        run_minute_jobs()
        (mail,) = box.mails
    assert mail["To"] == "ada@example.org" and mail["Subject"] == "Our month of reading"
    keep(pictures.of_mail(browser, mail))
    link = next(line.split()[-1] for line in body(mail).splitlines() if "/p/more/" in line)
    shared = Client(headers={"Accept-Language": "en"}).get(link[link.index("/p/") :], follow=True)
    assert "Good books in every room" in shared.content.decode()
    keep(pictures.of_page(browser, shared.content.decode(), width=500, height=844))
    world.advance(days=1)
    assert world.upload(world.checkout(world.dune))["outcome"] == "accepted"
    carry()
    grace.sign_in()
    page = grace.opens("campaign", campaign.pk)
    assert "Sent" + 5 * " under 5" in page, page
    keep(pictures.of_page(browser, grace.last, height=1200))


@pytest.fixture
def public(live_server: Any, world: World, settings: Any, browser: Chrome) -> Iterator[str]:
    settings.PUBLIC_URL = live_server.url
    yield str(live_server.url)
    off_the_phone(browser)


@pytest.mark.story(
    "F17",
    begins="Marketing makes an event's poster with a picture, and prints it on a sheet of A4",
    ends="A phone scans the sheet's code and opens the event; the patron signs in and signs up, and staff see it",
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("channels")
def test_patron_signs_up_by_phone_from_a_printed_poster(public: str, world: World, browser: Chrome, keep: Keep) -> None:
    verified_ada(world)
    session, grace = event(world, places=12), Marketing("zh-hans", role="librarian")
    grace.does("event_poster", session.course_id)
    poster = Poster.objects.get()
    poster_text: dict[str, Any] = {
        "title_zh": "读书会",
        "title_en": "Reading circle",
        "words_zh": "一起读《边城》",
        "words_en": "Border Town",
    }
    days: dict[str, Any] = {"first": "2026-11-25", "last": "2026-11-28", "on_kiosks": "on"}
    grace.does("edit_poster", poster.pk, **poster_text, **days, file=picture(1200, 900))
    speak(browser, "zh-CN")
    browser.get(f"{public}{reverse('portal:home')}")
    browser.add_cookie({"name": "sessionid", "value": grace.client.cookies["sessionid"].value})
    browser.set_window_size(900, 1700)
    browser.get(f"{public}{reverse('campaigns:print_poster', args=(poster.pk,))}")
    keep(browser.get_screenshot_as_png())
    code = browser.find_element("css selector", ".a4 .qr").screenshot_as_png
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(code)).convert("L"))
    assert found.text == f"{public}{reverse('portal:event', args=(session.course_id,))}"
    browser.delete_all_cookies()
    on_a_phone(browser)
    browser.get(found.text)
    meta = browser.find_element("css selector", "meta[property='og:image']").get_attribute("content")
    assert Client().get(str(meta).removeprefix(public)).headers["Content-Type"] == "image/jpeg"
    assert serious(browser) == [] and too_small(browser) == []
    keep(browser.get_screenshot_as_png())
    assert "登录后报名" in browser.find_element("css selector", ".bar a.primary").text
    press(browser, ".bar a.primary")
    sign_in(browser, world.ada.identifier)
    assert "报名成功，期待您的到来！" in press(browser, ".bar form .primary")
    keep(browser.get_screenshot_as_png())
    assert Booking.objects.get().person.ref == world.ada.ref
    who = grace.client.get(reverse("feedback:session", args=(session.pk,))).content.decode()
    assert "Ada S" in who and Course.objects.get().kind == "event"
    off_the_phone(browser)
    keep(pictures.of_page(browser, who))
