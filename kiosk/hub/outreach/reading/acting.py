"""What the library does for a segment: a message to those who agreed to hear of it; says before whom it would reach."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.models import Message
from kiosk.hub.outreach.delivery.say import say
from kiosk.hub.outreach.people import consents, contacts
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.reading.models import Rule, Standing


@dataclass(frozen=True, slots=True)
class Reach:
    """How many are in the segment, agree, were not told yet since they came into it, and have a way to be told."""

    patrons: int
    agree: int
    told: int
    reached: tuple[Standing, ...]


def dry_run(segment: str) -> Reach:
    """Whom the rule of this segment would reach now; sends nothing."""
    there = list(Standing.objects.filter(segment=segment).select_related("person"))
    agreed = consents.all_given(Purpose.CAMPAIGN)
    agree = [each for each in there if each.person_id in agreed]
    keys = {_key(each): each for each in agree}
    told = set(Message.objects.filter(kind=Kind.CAMPAIGN, key__in=keys).values_list("key", flat=True))
    left = [each for key, each in keys.items() if key not in told]
    return Reach(len(there), len(agree), len(told), tuple(each for each in left if _can_be_told(each)))


def _can_be_told(standing: Standing) -> bool:
    return bool(contacts.ways(standing.person, Kind.CAMPAIGN))


def _key(standing: Standing) -> str:
    """Once for each stay in a segment."""
    return f"segment-{standing.person_id}-{standing.segment}-{standing.since:%Y%m%d}"


@atomic
def run(rule: Rule) -> int:
    """Tells them, each once for her stay in the segment; tells how many."""
    reached = dry_run(rule.segment).reached
    facts = {
        "heading": {"zh": rule.heading_zh, "en": rule.heading_en},
        "body": {"zh": rule.body_zh, "en": rule.body_en},
        "link": settings.PUBLIC_URL,
    }
    for standing in reached:
        say(standing.person, Kind.CAMPAIGN, _key(standing), facts)
    return len(reached)


def nightly(now: datetime) -> int:
    """Runs the rules that are on."""
    return sum(run(rule) for rule in Rule.objects.filter(on=True))
