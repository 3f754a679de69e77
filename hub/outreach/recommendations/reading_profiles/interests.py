"""Keep a patron's interests: inferred from the history with consent, added or removed by the patron."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.dispatch import Signal

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import recommendation_picker, subjects
from hub.outreach.recommendations.reading_profiles.history import lock_all, lock_preferences
from hub.outreach.recommendations.reading_profiles.models import HistoryTitle, Interest, Opinion, ReadingPreferences
from hub.outreach.recommendations.reading_profiles.recommender import HALF_LIFE

MOST = 12
"""Maximum number of inferred interests per person."""
EXPLAINED = 5
"""Number of source titles stored with an inferred interest."""
NAMED = 1.0
"""Weight of an interest that the patron named."""
worked_out = Signal()
"""Signal with `person`: interests changed before the nightly job, which makes derived data outdated."""


@atomic
def infer(people: Iterable[int], now: datetime) -> None:
    """Infer the interests of these persons in bulk; those they named or removed stay unchanged."""
    there = lock_all(set(people))
    Interest.objects.filter(person__in=there, source=Interest.Source.INFERRED).delete()
    wanted = set(recommendation_picker.all_allowed(there))
    wanted -= set(ReadingPreferences.objects.filter(person__in=wanted, infer=False).values_list("person_id", flat=True))
    own: dict[int, set[str]] = defaultdict(set)
    for person, subject in Interest.objects.filter(person__in=wanted).values_list("person_id", "subject"):
        own[person].add(subject)
    Interest.objects.bulk_create(
        Interest(
            person_id=person,
            subject=subject,
            weight=weight,
            source=Interest.Source.INFERRED,
            of=sources[:EXPLAINED],
            at=now,
        )
        for person, found in _weigh_subjects(wanted, now).items()
        for subject, (weight, sources) in sorted(found.items(), key=lambda each: (-each[1][0], each[0]))[:MOST]
        if subject not in own[person]
    )


def _weigh_subjects(people: set[int], now: datetime) -> dict[int, dict[str, tuple[float, list[int]]]]:
    """Return by person and subject the sum of decayed weights and the source titles, newest first."""
    loans = list(HistoryTitle.objects.filter(person__in=people).values_list("person_id", "title", "at"))
    liked = Opinion.objects.filter(person__in=people, says=Opinion.Says.LIKE)
    loans += liked.values_list("person_id", "title", "at")
    rows = Title.objects.only(*subjects.COLUMNS).in_bulk({title for _person, title, _at in loans})
    codes = {pk: subjects.codes(title) for pk, title in rows.items()}
    found: dict[int, dict[str, tuple[float, list[int]]]] = defaultdict(dict)
    for person, title, at in sorted(loans, key=lambda each: each[2], reverse=True):
        for code in codes.get(title, ()):
            weight, sources = found[person].get(code, (0.0, []))
            found[person][code] = weight + 0.5 ** (days_between(at, now) / HALF_LIFE), [*sources, title]
    return found


@atomic
def add(person: Person, subject: str) -> bool:
    """Add an interest named by the patron; return False if there is no such class or subject."""
    if not subjects.is_subject_code(subject):
        return False
    _put(person, subject, Interest.Source.STATED, NAMED)
    return True


@atomic
def remove(person: Person, subject: str) -> None:
    """Remove an interest: it gets no weight and is not inferred again."""
    lock_preferences(person)
    existing = Interest.objects.filter(person=person, subject=subject).first()
    if existing is not None and existing.source == Interest.Source.STATED:
        existing.delete()
        recompute(person)
    elif subjects.is_subject_code(subject):
        _put(person, subject, Interest.Source.REMOVED, 0.0)


@atomic
def restore(person: Person, subject: str) -> None:
    """Let a removed interest be inferred again."""
    lock_preferences(person)
    Interest.objects.filter(person=person, subject=subject, source=Interest.Source.REMOVED).delete()
    recompute(person)


@atomic
def switch(person: Person, on: bool) -> None:
    """Switch inference from loans on or off. Switching it off deletes inferred interests at once."""
    preferences = lock_preferences(person)
    preferences.infer = on
    preferences.save(update_fields=("infer",))
    recompute(person)


def _put(person: Person, subject: str, source: str, weight: float) -> None:
    lock_preferences(person)
    fields = {"source": source, "weight": weight, "of": [], "at": hub_clock().now()}
    Interest.objects.update_or_create(person=person, subject=subject, defaults=fields)
    recompute(person)


def recompute(person: Person) -> None:
    """Recompute the interests and recommendations of one person."""
    now = hub_clock().now()
    infer([person.pk] if recommendation_picker.allowed(person) else [], now)
    recommendation_picker.again(person, now)
    worked_out.send(Person, person=person)
