"""Choose the kiosk's greeting after the card: a guide for new patrons, new titles for lapsed ones, or a service's."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.outreach.engagement.segments import services
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.new_titles import listing
from hub.outreach.recommendations.reading_profiles.models import (
    GREETS,
    Segment,
    SegmentGreeting,
    SegmentMembership,
    WeeklyLoans,
)
from lending.questions import Greeting, Greets

FIRST = 3
"""Weeks with loans up to which a patron still counts as new."""
WEEK = timedelta(days=6)
"""Days from a week's Monday to its last day."""


def greeting(ref: str, now: datetime) -> Greeting | None:
    """Return the greeting for the patron's segment, else that of a service; a patron without loans counts as new."""
    person = person_of(ref)
    if person is None:
        return None
    standing = SegmentMembership.objects.filter(person=person).first()
    segment = Segment(standing.segment) if standing else Segment.NEW
    kept = SegmentGreeting.for_segment(segment)
    if not kept.on or segment not in GREETS or not _is_due(person, segment, now):
        return _service_greeting(person, now)
    return Greeting(GREETS[segment], kept.words.in_order())


def _service_greeting(person: Person, now: datetime) -> Greeting | None:
    for each in services.services_of(person, now):
        if each.greeting:
            return Greeting(Greets.SERVICE, each.greeting.in_order())
    return None


def _is_due(person: Person, segment: Segment, now: datetime) -> bool:
    """Return whether to greet now: a new patron in the first weeks, a lapsed one with consent.

    All titles that count as new must have arrived since the lapsed patron's last loan.
    """
    weeks = WeeklyLoans.objects.filter(person=person, loans__gt=0)
    if segment is Segment.NEW:
        return bool(weeks.count() <= FIRST)
    last = weeks.order_by("-monday").values_list("monday", flat=True).first()
    away = last is None or last + WEEK < local_day(now - listing.DAYS, zone())
    return away and consents.has_consented(person, Purpose.CAMPAIGN)
