"""Test the kiosk's greeting: a guide for new patrons, new titles for lapsed ones, as staff set it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import (
    Segment,
    SegmentGreeting,
    SegmentMembership,
    WeeklyLoans,
)
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.staff.staff_client import Grace, words
from tests.hub.support.world import ADA_UID, World


def greeting(world: World) -> dict[str, Any] | None:
    body: dict[str, Any] = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/greeting").json()
    found: dict[str, Any] | None = body["greeting"]
    return found


def put_in_segment(world: World, segment: Segment, *weeks_ago: int) -> None:
    today = hub_clock().now().date()
    monday = today - timedelta(days=today.weekday())
    ada = person(world.ada)
    SegmentMembership.objects.update_or_create(person=ada, defaults={"segment": segment, "since": today})
    WeeklyLoans.objects.filter(person=ada).delete()
    WeeklyLoans.objects.bulk_create(
        WeeklyLoans(person=ada, monday=monday - timedelta(weeks=each), loans=1) for each in weeks_ago
    )


GUIDE, NEWS = {"kind": "guide", "words": {}}, {"kind": "news", "words": {}}


def test_patron_without_loans_gets_guide_by_default(world: World) -> None:
    assert not SegmentGreeting.objects.exists()
    assert greeting(world) == GUIDE


@pytest.mark.parametrize(("weeks", "found"), [((0,), GUIDE), ((0, 1, 2), GUIDE), ((0, 1, 2, 3), None)])
def test_guide_is_shown_in_first_three_weeks_with_loans(
    world: World, weeks: tuple[int, ...], found: dict[str, Any] | None
) -> None:
    put_in_segment(world, Segment.NEW, *weeks)
    assert greeting(world) == found


@pytest.mark.parametrize("segment", [Segment.AT_RISK, Segment.HIBERNATING])
def test_lapsed_patron_with_consent_gets_new_titles(world: World, segment: Segment) -> None:
    put_in_segment(world, segment, 20, 21, 22, 23)
    assert greeting(world) is None, "the patron has not agreed"
    give_consents(world.ada, Purpose.CAMPAIGN)
    assert greeting(world) == NEWS


@pytest.mark.parametrize("last", [0, 7])
def test_recent_loan_suppresses_new_titles(world: World, last: int) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    put_in_segment(world, Segment.AT_RISK, last, 20)
    assert greeting(world) is None


@pytest.mark.parametrize("segment", [Segment.REGULAR, Segment.CHAMPION])
def test_active_segment_gets_no_greeting(world: World, segment: Segment) -> None:
    give_consents(world.ada, Purpose.CAMPAIGN)
    put_in_segment(world, segment, 20)
    assert greeting(world) is None


def test_staff_change_and_disable_greeting(world: World) -> None:
    put_in_segment(world, Segment.NEW, 0)
    segments.assign_all(hub_clock().now())
    grace = Grace()
    page = reverse("reading_profiles:segments") + "?show=new"
    assert "At the kiosk, after card scan" in words(grace.client.get(page).content)
    keep = reverse("reading_profiles:keep_welcome", args=("new",))
    fields = {"glass-words_zh": "新读者看这里", "glass-words_en": "New? Look here", "glass-on": "on"}
    assert "Kiosks use it" in words(grace.client.post(keep, fields, follow=True).content)
    assert greeting(world) == {"kind": "guide", "words": {"zh": "新读者看这里", "en": "New? Look here"}}
    grace.client.post(keep, {"glass-words_zh": "", "glass-words_en": ""})
    assert greeting(world) is None
    grace.client.post(keep, {"glass-words_en": "x" * 81, "glass-on": "on"})
    assert greeting(world) is None
    assert grace.client.post(reverse("reading_profiles:keep_welcome", args=("regular",))).status_code == 404


def test_unknown_card_returns_404(world: World) -> None:
    answer = world.device.get(f"/api/v1/cards/{'0' * 64}/greeting")
    assert (answer.status_code, answer.json()) == (404, {"detail": "unknown_card"})
