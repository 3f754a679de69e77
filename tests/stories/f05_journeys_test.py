"""Test segments by rules, and journeys: from the rules that staff write to what the patron reads."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from selenium.webdriver import Chrome

from hub.core.clock import hub_clock
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.engagement.journeys.models import Journey, JourneyMember
from hub.outreach.engagement.segments.models import PatronSegment
from hub.outreach.jobs import EVERY_MINUTE, NIGHTLY
from hub.outreach.patrons.purposes import Purpose
from tests.hub.outreach.messaging.mailbox import Mailbox, body
from tests.hub.outreach.recommendations.reading_profiles.readers import borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import World
from tests.stories.pictures import Keep, of_mail, of_page

TEXTS = {
    "heading_zh": "回来看看",
    "heading_en": "Come and see",
    "body_zh": "书架上有新书。",
    "body_en": "There are new books on the shelf.",
    "days": "14",
    "hold_out": "0",
}


def run_jobs(world: World, days: int) -> None:
    """Let so many nights pass, and the hours after each."""
    for _day in range(days):
        world.advance(hours=12)
        for _name, job in NIGHTLY:
            job(hub_clock().now())
        for _hour in range(4):
            world.advance(hours=3)
            for _name, job in EVERY_MINUTE:
                job(hub_clock().now())


@pytest.mark.story(
    "F5",
    begins="A librarian writes rules for a segment, eight weeks without a loan, and the page counts while they do",
    ends="A campaign addresses the segment: the patron who stayed away has the mail, the one who came has none",
)
def test_segment_by_rules_receives_a_campaign(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    borrow_in_turn(world, world.dune)
    world.advance(days=70)
    borrow_in_turn(world, world.emma, uid="04D4E5F6")
    grace = Grace()
    url = reverse("patron_segments:new_segment")
    seen = grace.client.get(url + "?away_least=8").content
    assert "Last loan at least 8 weeks ago under 5 of under 5 patrons" in words(seen)
    keep(of_page(browser, seen.decode(), height=1200))
    grace.client.post(url, {"away_least": "8", "name": "Stays away"})
    code = PatronSegment.objects.get().code
    grace.client.post(reverse("campaigns:new_campaign"), TEXTS | {"segments": [code]})
    home = reverse("campaigns:campaign", args=(Campaign.objects.get().pk,))
    shown = grace.client.get(home).content.decode()
    assert "Stays away" in shown
    keep(of_page(browser, shown, height=1000))
    mark = re.findall(r'name="seen" value="([^"]+)"', shown)[0]
    grace.client.post(f"{home}send/", {"seen": mark})
    run_jobs(world, 1)
    (mail,) = ada_box.mails
    assert "There are new books on the shelf." in body(mail)
    keep(of_mail(browser, mail))


@pytest.mark.story(
    "F5",
    begins="A librarian makes a journey for lapsing patrons from its template, reads whom it would have reached last "
    "year, and starts it",
    ends="After eight weeks without a loan the patron has its first mail; they come and borrow, and no second mail "
    "follows",
)
def test_journey_ends_when_the_patron_comes(world: World, ada_box: Mailbox, browser: Chrome, keep: Keep) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    borrow_in_turn(world, world.dune)
    world.advance(days=100)
    borrow_in_turn(world, world.emma)
    world.advance(days=55)
    grace = Grace()
    grace.client.post(reverse("journeys:new_journey", args=("lapsing",)))
    journey = Journey.objects.get()
    Journey.objects.update(hold_out=0)
    home = reverse("journeys:journey", args=(journey.pk,))
    seen = grace.client.get(home).content
    assert "under 5 patrons would have got it in the last 365 days" in words(seen)
    keep(of_page(browser, seen.decode(), height=1000))
    assert "Running" in words(grace.client.post(f"{home}start/", follow=True).content)
    run_jobs(world, 8)
    (mail,) = ada_box.mails
    assert "It has been a while" in str(mail["Subject"])
    keep(of_mail(browser, mail))
    borrow_in_turn(world, world.utopia)
    assert JourneyMember.objects.get().end == "goal"
    run_jobs(world, 30)
    assert len(ada_box.mails) == 1
    grace.sign_in()
    after = grace.client.get(home).content
    assert "Time line" in words(after) and "What it moved" in words(after)
    keep(of_page(browser, after.decode(), height=1200))
