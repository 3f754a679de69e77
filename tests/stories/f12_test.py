"""Test new titles: a digest by mail for subscribers, and a public feed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.commands import work
from hub.core.clock import hub_clock
from hub.outreach.jobs import EVERY_MINUTE
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.new_titles import digest
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.new_titles.added_titles import add_title
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories.pictures import Keep, of_mail, of_page


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    """Return the mailbox of Ada and Lin; only Ada agreed to the digest."""
    for patron, address in ((world.ada, "ada@example.org"), (world.lin, "lin@example.org")):
        records.store_contact(person(patron), "mail", address, RecordSource(Source.STAFF, "grace"))
    give_consents(world.ada, Purpose.DIGEST)
    world.advance(days=30)
    with mailbox() as found:
        yield found


def run_minute_jobs() -> None:
    assert work.run(EVERY_MINUTE) == 0


@pytest.mark.story(
    "F12",
    begins="A librarian leaves a new title out, writes a line on another, and presses send",
    ends="It is in the mailbox of the patron who agreed, once; a patron who did not agree gets nothing",
)
def test_librarian_sends_the_digest(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    river, walden = add_title(world, "额尔古纳河右岸", "迟子建"), add_title(world, "Walden", "Thoreau")
    grace = Grace(language="zh-hans", role="librarian")
    line = {"zh": "茅盾文学奖作品，写鄂温克人的百年", "en": "A century of the Evenki"}
    grace.client.post(reverse("new_titles:line", args=(river.pk,)), line)
    grace.client.post(reverse("new_titles:leave_out", args=(walden.pk,)))
    page = grace.client.get(reverse("new_titles:overview"), {"send": ""}).content
    keep(of_page(browser, page.decode(), height=1500))
    assert words(page).count("1 位读者现在会收到 · 电子邮件 1") == 1, words(page)
    said = words(grace.client.post(reverse("new_titles:send"), follow=True).content)
    assert "已向 1 位读者发送新书快递。" in said
    run_minute_jobs()
    grace.client.post(reverse("new_titles:send"))
    run_minute_jobs()
    (mail,) = box.mails
    assert mail["To"] == "ada@example.org"
    text = body(mail)
    assert "额尔古纳河右岸 / 迟子建" in text and "Walden" not in text
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F12",
    begins="A librarian enters a new title in the catalogue, and the night passes",
    ends="On Friday at ten the patron who agreed has the mail, and its link shows the title on their phone",
)
def test_digest_is_sent_on_friday_morning(world: World, box: Mailbox, browser: Chrome, keep: Keep) -> None:
    add_title(world, "Walden", "Thoreau")
    while hub_clock().now().weekday() != 4 or hub_clock().now().hour != 0:
        world.advance(hours=1)
    digest.nightly(hub_clock().now())
    run_minute_jobs()
    assert box.mails == []
    world.advance(hours=3)
    run_minute_jobs()
    (mail,) = box.mails
    assert "/p/new/#t" in body(mail)
    page = Client(headers={"Accept-Language": "en"}).get("/p/new/").content
    assert "Walden" in words(page)
    keep(of_page(browser, page.decode(), width=390, height=844))
