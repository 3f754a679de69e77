"""Test campaigns: the audience, that one is sent once and as reviewed, and the results."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.engagement.campaigns import dispatch
from hub.outreach.engagement.campaigns.dispatch import FunnelStep, NotSent, audience
from hub.outreach.engagement.campaigns.models import Campaign, CampaignRecipient, Poster
from hub.outreach.messaging.models import FrequencyPreference, Message, Unsubscription
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import Interest, Segment, SegmentMembership
from hub.outreach.statistics.models import Borrower
from tests.hub.outreach.engagement.campaigns.campaign_fixtures import Marketing
from tests.hub.outreach.engagement.feedback.feedback_fixtures import reachable, run_minute_jobs
from tests.hub.outreach.messaging.mailbox import Mailbox, body, mailbox
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.support.text_inputs import text_inputs
from tests.hub.support.world import LIN_UID, NOW, World

WORDS: dict[str, Any] = {
    "heading": {"zh": "读书月来了", "en": "A month of reading"},
    "body": {"zh": "每周六下午，童书馆见。", "en": "Every Saturday in the children's room."},
}
FORM = text_inputs(WORDS)


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """Activate Chinese, so that an earlier test does not determine the language."""
    with override("zh-hans"):
        yield


@pytest.fixture
def box(world: World) -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def campaign(**more: Any) -> Campaign:
    made: Campaign = Campaign.objects.create(by="grace", made_at=hub_clock().now(), **{**WORDS, **more})
    return made


def consenting_people(count: int, begin: int = 0) -> list[Person]:
    """Create people who consented to campaigns and are reached on the kiosk screen."""
    made = [Person.objects.create(ref=f"p{begin + each}", since=NOW) for each in range(count)]
    for each in made:
        consents.give(each, Purpose.CAMPAIGN, "staff grace", consents.text(Purpose.CAMPAIGN).version)
    return made


def test_dry_run_counts_reached_and_excluded_patrons_by_reason(world: World) -> None:
    found = consenting_people(6)
    Unsubscription.objects.create(person=found[0], kind="campaign", at=NOW)
    records.set_channel_order(found[1], "campaign", [])
    consents.withdraw(found[2], Purpose.CAMPAIGN, "phone")
    FrequencyPreference.objects.create(person=found[3], kind="campaign", days=28)
    Message.objects.create(
        person=found[3], kind="campaign", key="k", made_at=NOW, next_at=NOW, state="said", done_at=NOW
    )
    plan = audience(campaign())
    assert (plan.meant, plan.count, plan.not_agreed, plan.stopped, plan.no_way, plan.less) == (6, 2, 1, 1, 1, 1)
    assert plan.reached == tuple(each.pk for each in found[4:])
    world.advance(days=29)
    assert audience(campaign()).count == 3


def test_audience_matches_all_chosen_criteria(world: World) -> None:
    one, two, three = consenting_people(3)
    for each in (one, two):
        SegmentMembership.objects.create(person=each, segment=Segment.AT_RISK, since=NOW.date())
        Borrower.objects.create(person=each, branch="main", group="adult", first_on=NOW.date(), last_on=NOW.date())
    for each in (one, three):
        for purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
            consents.give(each, purpose, "phone", "2026-1")
        Interest.objects.create(person=each, subject="8", source="stated", at=NOW)
    assert audience(campaign(segments=["at_risk"])).reached == (one.pk, two.pk)
    assert audience(campaign(interests=["8"])).reached == (one.pk, three.pk)
    assert audience(campaign(segments=["at_risk"], interests=["8"])).reached == (one.pk,)
    assert audience(campaign(groups=["adult"], branches=["main"])).count == 2
    assert audience(campaign(branches=["east"])).meant == 0
    consents.withdraw(one, Purpose.HISTORY, "phone")
    assert audience(campaign(interests=["8"])).reached == (three.pk,), (
        "interests require consent to the reading history"
    )


def queries(count: int, begin: int) -> tuple[int, int]:
    """Return the number of queries of the dry run and of sending."""
    Person.objects.all().delete()
    consenting_people(count, begin)
    made = campaign()
    with CaptureQueriesContext(connection) as dry:
        assert audience(made).count == count
    with CaptureQueriesContext(connection) as sent:
        assert dispatch.send(made, dispatch.review_mark(made)) == count
    return len(dry), len(sent)


def test_dry_run_and_sending_use_constant_number_of_queries(world: World) -> None:
    few, many = queries(3, 0), queries(60, 100)
    assert few == many and few[0] <= 14 and few[1] <= 25, (few, many)


def test_campaign_is_sent_once_and_only_as_reviewed(world: World) -> None:
    consenting_people(2)
    made = campaign()
    seen = dispatch.review_mark(made)
    made.body = {**made.body, "en": "Something else"}
    made.save()
    with pytest.raises(NotSent, match="重新阅读"):
        dispatch.send(made, seen)
    assert Message.objects.count() == 0
    assert dispatch.send(made, dispatch.review_mark(made)) == 2
    with pytest.raises(NotSent, match="已发出"):
        dispatch.send(made, dispatch.review_mark(made))
    assert Message.objects.filter(kind="campaign").count() == 2


def test_scheduled_campaign_is_sent_on_time_and_can_be_cancelled(world: World) -> None:
    consenting_people(1)
    made = campaign()
    with pytest.raises(NotSent, match="已过"):
        dispatch.schedule(made, NOW - timedelta(minutes=1), dispatch.review_mark(made))
    dispatch.schedule(made, NOW + timedelta(hours=2), dispatch.review_mark(made))
    assert dispatch.due(NOW + timedelta(hours=1)) == 0
    assert dispatch.call_off(made)
    assert dispatch.due(NOW + timedelta(hours=3)) == 0
    dispatch.schedule(made, NOW + timedelta(hours=2), dispatch.review_mark(made))
    assert (dispatch.due(NOW + timedelta(hours=2)), dispatch.due(NOW + timedelta(hours=2))) == (1, 0)
    assert not dispatch.call_off(made)
    assert CampaignRecipient.objects.count() == 1


def test_holdout_group_and_two_headings_are_assigned_randomly(world: World, box: Mailbox) -> None:
    people = consenting_people(60)
    made = campaign(hold_out=30, heading_b={"zh": "来读书吧", "en": "Come and read"})
    count = dispatch.send(made, dispatch.review_mark(made))
    parts = dict.fromkeys(CampaignRecipient.Part, 0)
    for each in CampaignRecipient.objects.all():
        parts[CampaignRecipient.Part(each.part)] += 1
    assert (
        parts[CampaignRecipient.Part.HELD] == len(people) - count and 8 <= parts[CampaignRecipient.Part.HELD] <= 30
    ), parts
    assert min(parts.values()) > 5, parts
    headings = {each.decrypted_facts()["heading"]["en"] for each in Message.objects.all()}
    assert headings == {"A month of reading", "Come and read"}
    assert not Message.objects.filter(person__campaigns__part="held").exists()


def test_funnel_counts_opened_visited_and_borrowed(world: World, box: Mailbox) -> None:
    """Ada opens the link and borrows; Lin only returns a book."""
    for patron, address in ((world.ada, "ada@example.org"), (world.lin, "lin@example.org")):
        reachable(patron.ref, address)
        give_consents(patron, Purpose.CAMPAIGN)
    world.upload(world.checkout(world.emma, LIN_UID))
    carry()
    poster = Poster.objects.create(
        title={"zh": "读书月", "en": "Reading month"},
        first=NOW.date(),
        last=NOW.date() + timedelta(days=9),
        made_at=NOW,
    )
    made = campaign(poster=poster)
    dispatch.send(made, dispatch.review_mark(made))
    run_minute_jobs()
    ada = next(each for each in box.mails if each["To"] == "ada@example.org")
    link = next(line.split()[-1] for line in body(ada).splitlines() if "/p/more/" in line)
    path = link[link.index("/p/more/") :]
    phone = Client(headers={"Accept-Language": "en"})
    assert phone.get(path).headers["Location"].endswith(f"/p/posters/{poster.pk}/")
    phone.get(path)
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 2, 2, 1, 0, 0)]
    world.advance(days=1)
    world.upload(world.checkout(world.dune))
    world.upload(world.checkin(world.emma, "trusted"))
    carry()
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 2, 2, 1, 2, 1)]


def test_undone_and_late_loans_do_not_count_in_funnel(world: World) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    world.upload(world.checkout(world.emma))
    carry()
    made = campaign(days=2)
    world.advance(hours=1)
    dispatch.send(made, dispatch.review_mark(made))
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 0, 0)]
    row = world.checkout(world.dune)
    world.upload(row)
    world.upload(world.undo(row))
    carry()
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 1, 0)], "the visit counts, the undone loan does not"
    world.advance(days=3)
    world.upload(world.checkout(world.utopia))
    carry()
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 1, 0)]


def test_loan_before_campaign_does_not_count_though_relayed_later(world: World) -> None:
    """The feed delivers the loan, the campaign and the return together."""
    give_consents(world.ada, Purpose.CAMPAIGN)
    world.upload(world.checkout(world.emma))
    world.advance(hours=1)
    made = campaign()
    dispatch.send(made, dispatch.review_mark(made))
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 0, 0)]
    world.advance(hours=1)
    world.upload(world.checkin(world.emma, "trusted"))
    carry()
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 1, 0)]


def test_closed_campaign_keeps_only_figures(world: World) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    made = campaign(days=2)
    dispatch.send(made, dispatch.review_mark(made))
    world.advance(days=8)
    assert dispatch.close_finished(hub_clock().now()) == 0, "an offline kiosk may still upload"
    world.advance(days=2)
    assert (dispatch.close_finished(hub_clock().now()), dispatch.close_finished(hub_clock().now())) == (1, 0)
    made.refresh_from_db()
    assert not CampaignRecipient.objects.exists() and made.state == "closed"
    assert dispatch.funnel_steps(made) == [FunnelStep("a", 1, 0, 0, 0, 0)]
    assert "Patrons" in Marketing().opens("campaign", made.pk)


def test_forged_link_counts_no_opening(world: World) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    made = campaign()
    dispatch.send(made, dispatch.review_mark(made))
    assert Client().get(reverse("portal:follow", args=("x" * 60,))).headers["Location"] == reverse("portal:home")
    assert dispatch.funnel_steps(made)[0].opened == 0


def test_staff_write_review_and_send_campaign(world: World, box: Mailbox) -> None:
    reachable(world.ada.ref, "ada@example.org")
    give_consents(world.ada, Purpose.CAMPAIGN)
    person(world.lin)
    grace = Marketing()
    page = grace.does("new_campaign", **FORM, hold_out="0", days="14")
    assert "under 5 patrons will receive it" in page
    assert "of under 5 in the audience under 5 would get it under 5 no consent to events and campaigns" in page
    assert "读书月来了" in page and "A month of reading" in page, "previewed in both languages"
    made = Campaign.objects.get()
    said = grace.does("send", made.pk, seen=dispatch.review_mark(made))
    assert "Sending to under 5 patrons." in said
    run_minute_jobs()
    assert [str(each["Subject"]) for each in box.mails] == ["A month of reading"]
    assert "It was already sent or scheduled." in grace.does("send", made.pk, seen=dispatch.review_mark(made))
    assert "Sent under 5 under 5 0 0 0" in grace.opens("campaign", made.pk), "shares of few patrons are suppressed"


def test_heading_b_requires_the_languages_of_the_heading(world: World) -> None:
    page = Marketing().does("new_campaign", status=422, **FORM, heading_b_zh="来读书吧", hold_out="0", days="14")
    assert "Enter heading B in the same languages" in page


def test_draft_is_scheduled_and_called_off(world: World) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    grace, made = Marketing(), campaign()
    assert "Choose a date and time." in grace.does(
        "schedule", made.pk, seen=dispatch.review_mark(made), day="", time=""
    )
    page = grace.does("schedule", made.pk, seen=dispatch.review_mark(made), day="2026-11-28", time="10:00")
    assert "Scheduled for Sat 28 Nov 10:00" in page
    assert "The campaign is a draft again" in grace.does("call_off", made.pk)
