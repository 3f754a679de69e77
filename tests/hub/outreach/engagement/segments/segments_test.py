"""Test segments by rules: who belongs, what is counted, consent, and how campaigns use them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from hub.outreach.engagement.campaigns.dispatch import audience
from hub.outreach.engagement.campaigns.models import Campaign
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.models import PatronSegment
from hub.outreach.engagement.segments.rules import Rules
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person, ProfileField
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import (
    Interest,
    Segment,
    SegmentMembership,
    WeeklyLoans,
)
from hub.outreach.statistics.models import Borrower
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import NOW, World

TODAY = NOW.date()


def monday(weeks_ago: int) -> date:
    return TODAY - timedelta(days=TODAY.weekday(), weeks=weeks_ago)


def reader(number: int, *weeks_ago: int, loans: int = 1, kinds: int = 0) -> Person:
    """Create a patron who borrowed in these weeks."""
    made: Person = Person.objects.create(ref=f"reader-{number}", since=NOW - timedelta(days=900))
    for week in weeks_ago:
        WeeklyLoans.objects.create(person=made, monday=monday(week), loans=loans, kinds=kinds)
    return made


def members(**conditions: Any) -> set[str]:
    found = rules.members(Rules(**conditions), TODAY, TODAY)
    return set(Person.objects.filter(pk__in=found, ref__startswith="reader").values_list("ref", flat=True))


def test_patrons_meet_all_rules(world: World) -> None:
    fresh, absent, never = reader(1, 1, 3, loans=4), reader(2, 10, 12, loans=4), reader(3)
    everyone = {fresh.ref, absent.ref, never.ref}
    assert members() == everyone
    assert members(away_least=8) == {absent.ref}
    assert members(away_most=8) == {fresh.ref}
    assert members(away_least=9, away_most=9) == {absent.ref}, "its Sunday was more than 9 and less than 10 weeks ago"
    assert members(loans_least=5, months=1) == {fresh.ref}
    assert members(loans_most=0, months=2) == {absent.ref, never.ref}, "no loan at all is at most none"
    assert members(loans_least=1, away_least=8) == {absent.ref}
    Borrower.objects.create(person=fresh, branch="main", group="adult", first_on=TODAY, last_on=TODAY)
    assert members(groups=("adult",), branches=("main",)) == {fresh.ref}
    assert members(groups=("adult",), away_least=8) == set()
    WeeklyLoans.objects.filter(person=fresh).update(kinds=3)
    assert (members(reading="many"), members(reading="one")) == ({fresh.ref}, {absent.ref})
    earlier = rules.members(Rules(away_most=4), monday(9), TODAY)
    assert absent.pk in earlier and fresh.pk not in earlier, "on a day of last autumn, by the loans up to then"


def test_age_and_interests_count_only_with_consent(world: World) -> None:
    old, young = reader(1, 1), reader(2, 1)
    for person, year in ((old, 1950), (young, 2012)):
        ProfileField.objects.create(person=person, name="birth_year", value=str(year), source="staff", told_at=NOW)
        Interest.objects.create(person=person, subject="8", source="stated", at=NOW)
    assert members(ages=("60-",)) == members(interests=("8",)) == set()
    for purpose in (Purpose.CAMPAIGN, Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        consents.give(old, purpose, "phone", consents.text(purpose).version)
    assert members(ages=("60-",)) == members(interests=("8",)) == {old.ref}
    assert members(ages=("12-17",)) == set(), "the young patron has not agreed"
    consents.withdraw(old, Purpose.HISTORY, "phone")
    assert members(interests=("8",)) == set()


def test_rules_are_counted_on_the_page_and_small_counts_hidden(world: World, grace: Grace) -> None:
    for number in range(7):
        reader(number, 10)
    reader(8, 1)
    url = reverse("patron_segments:new_segment")
    page = words(grace.client.get(url + "?away_least=8").content)
    assert "Last loan at least 8 weeks ago" in page and "5 of " in page, "7 patrons are told as 5"
    assert "under 5 of " in words(grace.client.get(url + "?away_most=2").content)
    part = grace.client.get(url + "?away_least=8&part=1").content.decode()
    assert "<main" not in part and "Save segment" in part
    assert "At most must not be below at least." in words(grace.client.get(url + "?away_least=8&away_most=2").content)
    assert "of" not in words(grace.client.get(url + "?away_least=x&part=1").content).split(), "nothing is counted"


def test_list_of_segments_hides_small_counts(world: World, grace: Grace) -> None:
    for number in range(7):
        reader(number, 10)
    reader(8, 1)
    for name, conditions in (("Absent", {"away_least": 8}), ("Here", {"away_most": 2})):
        PatronSegment.objects.create(name=name, rules=conditions, by="grace", made_at=NOW)
    page = words(grace.client.get(reverse("patron_segments:segments")).content)
    absent, here = page.index("Absent"), page.index("Here")
    assert " 5 " in page[absent:here] and " 7 " not in page[absent:here], "7 patrons are told as 5"
    assert "under 5" in page[here : here + 120]


def test_saved_segment_is_addressed_by_a_campaign_and_kept_while_used(world: World, grace: Grace) -> None:
    absent, lost = reader(1, 10), reader(2, 1)
    SegmentMembership.objects.create(person=lost, segment=Segment.AT_RISK, since=TODAY)
    url = reverse("patron_segments:new_segment")
    grace.client.post(url, {"away_least": "8", "name": "Absent"})
    segment = PatronSegment.objects.get()
    assert (segment.rules, segment.by) == ({"away_least": 8}, "grace")
    assert segment.history.get().history_user.username == "grace"
    assert "already a segment" in words(grace.client.post(url, {"away_least": "9", "name": "Absent"}).content)
    form = grace.client.get(reverse("campaigns:new_campaign")).content.decode()
    assert f'value="{segment.code}"' in form and 'value="at_risk"' in form
    texts = {
        "heading_zh": "读",
        "heading_en": "Read",
        "body_zh": "读",
        "body_en": "Read",
        "days": "14",
        "hold_out": "0",
    }
    grace.client.post(reverse("campaigns:new_campaign"), texts | {"segments": [segment.code, "at_risk"]})
    campaign = Campaign.objects.get()
    assert audience(campaign).meant == 2, "the fixed segments are rules among the others"
    drop = reverse("patron_segments:drop_segment", args=(segment.pk,))
    assert "still uses this segment" in words(grace.client.post(drop, follow=True).content)
    campaign.delete()
    assert "Segment deleted" in words(grace.client.post(drop, follow=True).content)
    grace.client.post(reverse("patron_segments:put_back"))
    assert PatronSegment.objects.get().code == segment.code and absent.pk
    ready = words(grace.client.get(reverse("patron_segments:segments")).content)
    assert "Ready-made" in ready and "Absent" in ready
