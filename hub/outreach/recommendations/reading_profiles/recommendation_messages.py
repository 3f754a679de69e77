"""Send recommendation messages with reasons, at the interval that each patron chose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import override

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, Plain, queue_message
from hub.outreach.messaging.rendering import SPOKEN
from hub.outreach.patrons import consents
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles import recommendation_display, recommendation_picker
from hub.outreach.recommendations.reading_profiles.history import preferences_of
from hub.outreach.recommendations.reading_profiles.models import ReadingPreferences, Recommendation

MOST = 4
"""Maximum number of titles in a message."""
BATCH = 200
"""Persons per batch."""
SPAN = timedelta(days=5)
"""Validity of a message: a title on the shelf today may be on loan next week."""


def nightly(now: datetime) -> int:
    """Queue the messages that are due; return how many."""
    people = recommendation_picker.all_allowed()
    return sum(_write(people[at : at + BATCH], now) for at in range(0, len(people), BATCH))


def _write(people: list[int], now: datetime) -> int:
    """Queue messages for these persons, except those with a recent one or no title on the shelf."""
    last_sent = dict(ReadingPreferences.objects.filter(person__in=people).values_list("person_id", "told_at"))
    days = dict(ReadingPreferences.objects.filter(person__in=people).values_list("person_id", "days"))
    due = [each for each in people if not last_sent.get(each) or last_sent[each] + timedelta(days=days[each]) <= now]
    picks: dict[int, list[Recommendation]] = {each: [] for each in due}
    for pick in Recommendation.objects.filter(person__in=due, new=False).order_by("person", "rank"):
        picks[pick.person_id].append(pick)
    there = the_central().on_shelf(sorted({each.title for found in picks.values() for each in found}))
    written = 0
    for person in Person.objects.filter(pk__in=due).order_by("pk"):
        found = [each for each in picks[person.pk] if each.title in there][:MOST]
        if found:
            _say(person, found, now)
            written += 1
    return written


@atomic
def _say(person: Person, picks: Iterable[Recommendation], now: datetime) -> None:
    facts = _facts(person, list(picks))
    queue_message(person, MessageKind.RECOMMENDATION, f"{person.pk} {now:%Y%m%d}", facts, until=now + SPAN)
    preferences = preferences_of(person)
    preferences.told_at = now
    preferences.save(update_fields=("told_at",))


def _facts(person: Person, picks: list[Recommendation]) -> dict[str, Fact]:
    """Return titles with reasons in both languages, as the patron's language is read only when sending.

    Others may see a message: titles and authors of the past are named only with a separate consent.
    """
    with_reasons = (
        recommendation_display.with_reasons
        if consents.has_consented(person, Purpose.TITLES)
        else recommendation_display.by_interest
    )
    spoken = {}
    for language, code in SPOKEN.items():
        with override(code):
            spoken[language] = with_reasons(person, picks)
    items: list[dict[str, Plain]] = []
    for at, title in enumerate(spoken["zh"]):
        words = f"{title.words} / {title.author}" if title.author else title.words
        why = {each: found[at].why for each, found in spoken.items()}
        items.append({"work": title.title, "words": words, "note": why})
    return {"items": items, "count": len(items)}
