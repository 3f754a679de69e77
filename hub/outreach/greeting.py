"""With what a kiosk greets her after her card: a guide for the new, new titles for whoever stayed away; names none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.outreach.new_titles import listing
from hub.outreach.profiles import consents
from hub.outreach.profiles.feed_consumer import person_of
from hub.outreach.profiles.models import Person
from hub.outreach.profiles.purposes import Purpose
from hub.outreach.reading_profiles.models import SegmentGreeting, SegmentMembership, WeeklyLoans
from hub.outreach.reading_profiles.models.segments import GREETS, Segment
from hub.outreach.reminders.library_time import local_day, zone

FIRST = 3
"""Weeks with loans, in which somebody is still new here."""
WEEK = timedelta(days=6)
"""From its Monday to its last day."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """`words` by language are the library's own; without any the kiosk has some."""

    kind: str
    words: dict[str, str]


def greeting(ref: str, now: datetime) -> Greeting | None:
    """What the library shows to her segment; whoever has borrowed nothing yet is new."""
    person = person_of(ref)
    if person is None:
        return None
    standing = SegmentMembership.objects.filter(person=person).first()
    segment = Segment(standing.segment) if standing else Segment.NEW
    kept = SegmentGreeting.of(segment)
    if not kept.on or segment not in GREETS or not _is_due(person, segment, now):
        return None
    words = {"zh": kept.words_zh, "en": kept.words_en}
    return Greeting(GREETS[segment], {language: told for language, told in words.items() if told})


def _is_due(person: Person, segment: Segment, now: datetime) -> bool:
    """Winning her back wants her consent, as on every other way; all that is new must have come since she borrowed."""
    weeks = WeeklyLoans.objects.filter(person=person, loans__gt=0)
    if segment is Segment.NEW:
        return bool(weeks.count() <= FIRST)
    last = weeks.order_by("-monday").values_list("monday", flat=True).first()
    away = last is None or last + WEEK < local_day(now - listing.DAYS, zone())
    return away and consents.given(person, Purpose.CAMPAIGN)
