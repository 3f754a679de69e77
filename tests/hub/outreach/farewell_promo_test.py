"""Test the promotion after a visit: the segment's offer with consent, else the referral code."""

from __future__ import annotations

from typing import Any

from hub.circulation import cards
from hub.core.clock import hub_clock
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import Segment, SegmentMembership, SegmentRule
from tests.hub.outreach.recommendations.reading_profiles.readers import give_consents, person
from tests.hub.support.world import ADA_UID, World

TEXTS = {"heading_zh": "好久不见", "body_zh": "书", "heading_en": "It has been a while", "body_en": "Books"}


def promo(world: World) -> dict[str, Any] | None:
    body: dict[str, Any] = world.device.get(f"/api/v1/cards/{cards.hash_number(ADA_UID)}/after").json()
    found: dict[str, Any] | None = body["strip"]
    return found


def test_segment_offer_requires_consent_and_active_rule(world: World) -> None:
    ada, today = person(world.ada), hub_clock().now().date()
    SegmentMembership.objects.create(person=ada, segment=Segment.AT_RISK, since=today)
    rule = SegmentRule.objects.create(segment=Segment.AT_RISK, on=True, **TEXTS)
    assert promo(world) is None, "the patron has not agreed"
    give_consents(world.ada, Purpose.CAMPAIGN)
    found = promo(world)
    assert found is not None and found["words"] == {"zh": "好久不见", "en": "It has been a while"}
    rule.on = False
    rule.save()
    assert promo(world) is None, "staff have stopped it"


def test_referral_code_is_shown_while_active(world: World) -> None:
    ada = person(world.ada)
    assert promo(world) is None
    invitation = referrals.invite(ada, hub_clock().now())
    found = promo(world)
    assert found is not None and found["link"] == referrals.address(invitation)
    assert found["words"]["en"] == "A friend can join with your code." and found["words"]["zh"] != found["words"]["en"]
    referrals.stop(ada)
    assert promo(world) is None
