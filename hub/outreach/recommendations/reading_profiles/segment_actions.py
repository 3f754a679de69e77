"""Send a segment's message to its patrons who consented, after a dry run that counts them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from hub.core.retrying_transaction import atomic
from hub.outreach.messaging.enqueue import queue_messages, queued_keys
from hub.outreach.messaging.reach_estimate import first
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import SegmentMembership, SegmentRule


@dataclass(frozen=True, slots=True)
class Reach:
    """Patrons in the segment, those who consent, those already notified, and the memberships to notify."""

    patrons: int
    agree: int
    told: int
    reached: tuple[SegmentMembership, ...]


def dry_run(segment: str) -> Reach:
    """Return whom the segment's message would reach now, without sending it."""
    there = list(SegmentMembership.objects.filter(segment=segment).select_related("person__guardian"))
    agreed = consents.all_given(Purpose.CAMPAIGN)
    agree = [each for each in there if each.person_id in agreed]
    notified = queued_keys(MessageKind.CAMPAIGN, map(_key, agree))
    left = [each for each in agree if _key(each) not in notified]
    by = first((each.person for each in left), MessageKind.CAMPAIGN)
    return Reach(len(there), len(agree), len(notified), tuple(each for each in left if by[each.person_id]))


def _key(standing: SegmentMembership) -> str:
    """Return the message key, unique per stay in a segment."""
    return f"segment-{standing.person_id}-{standing.segment}-{standing.since:%Y%m%d}"


@atomic
def run(rule: SegmentRule) -> int:
    """Send the message, once per patron and stay; return how many."""
    reached = dry_run(rule.segment).reached
    facts = {
        "heading": {"zh": rule.heading_zh, "en": rule.heading_en},
        "body": {"zh": rule.body_zh, "en": rule.body_en},
        "link": settings.PUBLIC_URL,
    }
    queue_messages(MessageKind.CAMPAIGN, [(each.person, _key(each), facts) for each in reached])
    return len(reached)


def nightly(now: datetime) -> int:
    """Send the messages of the active rules."""
    return sum(run(rule) for rule in SegmentRule.objects.filter(on=True))
