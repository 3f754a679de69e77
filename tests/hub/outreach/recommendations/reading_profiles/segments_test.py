"""Test segments: assignment by days and counts, comparison with the year before, reach of a rule."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.outreach.messaging.models import Message
from hub.outreach.patrons import consents, records
from hub.outreach.patrons.models import Person, Source
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import RecordSource
from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import (
    HistoryTitle,
    Segment,
    SegmentMembership,
    SegmentRule,
    WeeklyLoans,
)
from hub.outreach.recommendations.reading_profiles.segments import (
    ORDER,
    Weeks,
    assign_segments,
    came_again,
    cohorts,
    shares,
)
from tests.hub.outreach.recommendations.reading_profiles.readers import add_book, borrow_in_turn, give_consents
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.text_inputs import text_inputs
from tests.hub.support.world import World

DAY, PERIOD = 740_000, 28
TEXTS = {
    "heading": {"zh": "想念您", "en": "We miss you"},
    "body": {"zh": "您喜欢的书架有新书。", "en": "New books."},
}
FORM = text_inputs(TEXTS)


def weeks(*ago: list[int], kinds: int = 1) -> Weeks:
    """Return weeks with one loan each, by patron as days before DAY; `kinds` is the classes per week."""
    rows = sorted((patron, DAY - each, 1, kinds) for patron, mine in enumerate(ago) for each in mine)
    return Weeks(*np.array(rows, dtype=np.int64).reshape(-1, 4).T)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ([10], Segment.NEW),
        ([300, 10], Segment.REGULAR),
        (list(range(6, 360, 28)), Segment.CHAMPION),
        (list(range(90, 450, 28)), Segment.AT_RISK),
        (list(range(300, 660, 28)), Segment.HIBERNATING),
        ([420, 180], Segment.AT_RISK),
        ([420, 187], Segment.HIBERNATING),
        ([420, 60], Segment.REGULAR),
        (list(range(62, 440, 28)), Segment.CHAMPION),
        (list(range(63, 440, 28)), Segment.REGULAR),
    ],
)
def test_segment_depends_on_recency_and_frequency(ago: list[int], expected: Segment) -> None:
    assert [ORDER[each] for each in assign_segments(weeks(ago), DAY, PERIOD).segment] == [expected]


@pytest.mark.parametrize(
    ("ago", "narrow", "wide"),
    [
        (list(range(6, 300, 70)), Segment.REGULAR, Segment.CHAMPION),
        (list(range(90, 400, 70)), Segment.AT_RISK, Segment.AT_RISK),
        ([300, 10], Segment.REGULAR, Segment.REGULAR),
    ],
)
def test_wide_reader_needs_fewer_visits(ago: list[int], narrow: Segment, wide: Segment) -> None:
    found = [assign_segments(weeks(ago, kinds=each), DAY, PERIOD).segment[0] for each in (1, 2)]
    assert [ORDER[each] for each in found] == [narrow, wide]


def test_weekly_counts_store_number_of_classes_without_titles(world: World) -> None:
    """Two titles of one class count as one, also if uploaded separately; returned ones do not count."""
    novel = add_book(world, "30000000000099", "Persuasion", "Austen")
    physics = add_book(world, "30000000000098", "Optics", "Newton", "535 NEW")
    borrow_in_turn(world, world.emma, back=False)
    borrow_in_turn(world, novel, physics, back=False)
    person = Person.objects.get(ref=world.ada.ref)
    assert [(each.loans, each.kinds) for each in WeeklyLoans.objects.all()] == [(3, 2)]
    for item in (world.emma, novel, physics):
        world.upload(world.checkin(item, "trusted"))
    carry()
    borrow_in_turn(world, novel, back=False)
    assert [(each.loans, each.kinds) for each in WeeklyLoans.objects.all()] == [(4, 3)]
    assert not HistoryTitle.objects.filter(person=person).exists()
    assert {each.name for each in WeeklyLoans._meta.fields} == {"id", "person", "monday", "loans", "kinds"}


def test_brackets_follow_loan_period() -> None:
    """A visit every eight weeks is frequent for a loan period of eight weeks, not for one of one week."""
    found = weeks(list(range(6, 360, 56)))
    assert [ORDER[assign_segments(found, DAY, days).segment[0]] for days in (56, 7)] == [
        Segment.CHAMPION,
        Segment.REGULAR,
    ]


def test_every_patron_is_in_exactly_one_segment() -> None:
    rng = np.random.default_rng(7)
    found = weeks(*[sorted({int(each) for each in rng.integers(0, 900, rng.integers(1, 40))}) for _who in range(400)])
    now = assign_segments(found, DAY, PERIOD)
    assert now.counts().sum() == 400
    assert len(set(now.person.tolist())) == 400
    assert shares(found, now, DAY).sum() == pytest.approx(1)


def test_comparison_with_year_before_uses_data_known_then() -> None:
    found = weeks([10], [segments.YEAR + 10], [segments.YEAR + 40, segments.YEAR + 10])
    before = assign_segments(found, DAY - segments.YEAR, PERIOD)
    assert before.person.tolist() == [1, 2]
    assert came_again(found, DAY - segments.YEAR, PERIOD)[0] == (1, 1), "the third patron, then new, came again"
    assert came_again(found, DAY, PERIOD) == [(0, 0)] * 4 + [(0, 2)]


def test_cohorts_count_patrons_after_first_quarter() -> None:
    first, second, *_ = cohorts(weeks([540, 450], [540], [450]), DAY)
    assert (first.patrons, first.stayed) == (2, (1, 0, 0, 0, 0))
    assert (second.patrons, len(second.stayed)) == (1, 4)


def test_nightly_run_assigns_segment_from_counts(world: World) -> None:
    borrow_in_turn(world, world.dune)
    segments.assign_all(hub_clock().now())
    standing = SegmentMembership.objects.get(person__ref=world.ada.ref)
    assert standing.segment == Segment.NEW
    assert segments.assign_all(hub_clock().now()) == 0
    world.advance(days=230)
    assert segments.assign_all(hub_clock().now()) == 1
    assert SegmentMembership.objects.get().segment == Segment.HIBERNATING


def lapsing(world: World, count: int = 3) -> list[Person]:
    """Create patrons who came every second week until three months ago."""
    today = hub_clock().now().date()
    people = []
    for number in range(count):
        person = Person.objects.create(ref=f"lapsing-{number}", since=hub_clock().now(), language="en")
        for ago in range(98, 440, 14):
            monday = today - timedelta(days=ago)
            WeeklyLoans.objects.create(person=person, monday=monday - timedelta(days=monday.weekday()), loans=2)
        people.append(person)
    segments.assign_all(hub_clock().now())
    return people


def test_rule_reaches_consenting_patrons_once(world: World) -> None:
    _silent, consenting, unreachable = lapsing(world)
    for each in (consenting, unreachable):
        consent_to_campaigns(each)
    records.store_contact(consenting, "mail", "ada@example.org", RecordSource(Source.STAFF, "grace"))
    found = segments.dry_run(Segment.AT_RISK)
    assert (found.patrons, found.agree, found.notified) == (3, 2, 0)
    assert consenting.pk in [each.person_id for each in found.reached]
    assert not Message.objects.exists()
    rule = SegmentRule.objects.create(segment=Segment.AT_RISK, **TEXTS)
    assert segments.run_rule(rule) == len(found.reached)
    assert segments.run_rule(rule) == 0
    assert segments.dry_run(Segment.AT_RISK).notified == len(found.reached)


def test_active_rule_runs_at_night(world: World) -> None:
    (person,) = lapsing(world, 1)
    consent_to_campaigns(person)
    rule = SegmentRule.objects.create(segment=Segment.AT_RISK, **TEXTS)
    assert segments.run_rules() == 0
    SegmentRule.objects.filter(pk=rule.pk).update(on=True)
    assert segments.run_rules() == 1


def consent_to_campaigns(person: Person) -> None:
    consents.give(person, Purpose.CAMPAIGN, "staff grace", "2026-1")


def test_page_uses_nightly_counts_only(world: World) -> None:
    lapsing(world, 5)
    grace = Grace()
    url = reverse("reading_profiles:segments")
    with CaptureQueriesContext(connection) as queries:
        page = words(grace.client.get(url).content)
    assert not [each for each in queries.captured_queries if f'FROM "{WeeklyLoans._meta.db_table}"' in each["sql"]]
    WeeklyLoans.objects.all().delete()
    assert words(grace.client.get(url).content) == page
    segments.assign_all(hub_clock().now())
    assert "No data yet" in words(grace.client.get(url).content)


def test_page_shows_reach_and_saves_rule(world: World) -> None:
    grace = Grace()
    url = reverse("reading_profiles:segments")
    assert "No data yet" in words(grace.client.get(url).content)
    give_consents(world.ada)
    borrow_in_turn(world, world.dune)
    lapsing(world)
    grace.sign_in()
    page = words(grace.client.get(url + "?show=at_risk").content)
    assert "0 patrons will receive it" in page
    assert "under 5 in the segment last night; 0 of them consent" in page
    assert "Send to" not in page
    answer = grace.client.post(reverse("reading_profiles:keep_rule", args=("at_risk",)), {**FORM, "body_zh": ""})
    assert answer.status_code == 422
    assert not SegmentRule.objects.exists()
    grace.client.post(reverse("reading_profiles:keep_rule", args=("at_risk",)), FORM)
    assert SegmentRule.objects.get().heading["zh"] == "想念您"
    assert grace.client.get(url + "?show=nowhere").status_code == 200
    assert grace.client.post(reverse("reading_profiles:keep_rule", args=("nowhere",)), FORM).status_code == 404
