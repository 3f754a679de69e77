"""Choose the promotion at the end of a visit: a segment offer or the patron's referral code."""

from __future__ import annotations

from hub.core.public_url import public_url
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.engagement.loyalty.models import ReferralCode
from hub.outreach.patrons import consents
from hub.outreach.patrons.feed_consumer import person_of
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reading_profiles.models import SegmentMembership, SegmentRule
from lending.post_visit import FarewellPromo


def choose_promotion(ref: str) -> FarewellPromo | None:
    """Return at most one strip: the segment's offer if the patron consented, else their referral code."""
    person = person_of(ref)
    if person is None:
        return None
    return _of_segment(person) or _for_friends(person)


def _of_segment(person: Person) -> FarewellPromo | None:
    standing = SegmentMembership.objects.filter(person=person).first()
    if standing is None or not consents.has_consented(person, Purpose.CAMPAIGN):
        return None
    rule = SegmentRule.objects.filter(segment=standing.segment, on=True).first()
    if rule is None:
        return None
    return FarewellPromo({"zh": rule.heading_zh, "en": rule.heading_en}, public_url("portal:home"))


def _for_friends(person: Person) -> FarewellPromo | None:
    """Show the referral code only to patrons who created one; a friend at the kiosk can scan it."""
    invitation = ReferralCode.objects.filter(person=person).first()
    if invitation is None:
        return None
    return FarewellPromo(referrals.on_glass(), referrals.address(invitation))
