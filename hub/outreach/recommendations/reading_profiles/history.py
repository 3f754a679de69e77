"""Keep the last loans of patrons who consented, and count co-loans without patrons."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import ClassVar

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.enqueue import unsay_all
from hub.outreach.patrons import consents
from hub.outreach.patrons.feed_consumer import EventBatch, add_counts
from hub.outreach.patrons.models import Consent, Person
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import (
    CoLoanCount,
    HistoryTitle,
    Interest,
    Opinion,
    ReadingPreferences,
    Recommendation,
    WeeklyLoans,
)
from hub.outreach.recommendations.reading_profiles.subjects import Classes
from hub.outreach.recommendations.reading_profiles.trained_model import HALF_LIFE, CoLoanChanges
from hub.outreach.recommendations.reminders.models import OpenLoan


class History:
    """Feed consumer for checkouts and undone checkouts."""

    KINDS: ClassVar = frozenset({"checkout", "checkout_undone"})

    def __init__(self, stretch: EventBatch) -> None:
        self._people, self._where, self._keys = stretch.people, stretch.zone, stretch.keys
        self._weeks: defaultdict[tuple[int, date], Counter[str]] = defaultdict(Counter)
        self._counts, self._classes = CoLoanChanges(), Classes()

    @cached_property
    def _agree(self) -> set[int]:
        return consents.all_given(Purpose.HISTORY, self._keys)

    def take(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is None:
            return
        if event.kind == "checkout":
            self._add_loan(person, event)
        elif event.kind == "checkout_undone":
            self._undone(person, event)

    def finish(self) -> None:
        self._keep_weeks()
        self._counts.keep()

    def _keep_weeks(self) -> None:
        add_counts(WeeklyLoans, ("person_id", "monday"), self._weeks)
        self._weeks.clear()

    def _add_loan(self, person: Person, event: Event) -> None:
        day, title = local_day(event.at, self._where), event.data.get("title")
        week = self._weeks[person.pk, day - timedelta(days=day.weekday())]
        week["loans"] += 1
        if isinstance(title, int):
            week["kinds"] += self._classes.is_another(title, _out(person, title))
            self._counts.note(title, _other_titles(person, title), day, 1)
            if person.pk in self._agree:
                remember(person, title, event.at)

    def _undone(self, person: Person, event: Event) -> None:
        self._keep_weeks()
        day, title = local_day(event.at, self._where), event.data.get("title")
        monday = day - timedelta(days=day.weekday())
        week = WeeklyLoans.objects.filter(person=person, monday__lte=monday, loans__gt=0).order_by("monday").last()
        if week is not None:
            week.loans -= 1
            week.kinds = min(week.kinds, week.loans)
            week.save(update_fields=("loans", "kinds"))
        if isinstance(title, int):
            HistoryTitle.objects.filter(person=person, title=title).delete()
            self._counts.note(title, _other_titles(person, title), day, -1)


def _out(person: Person, title: int) -> set[int]:
    """Return the other titles that the patron has on loan now."""
    out = OpenLoan.objects.filter(person=person, lost=False, handed_in_at=None).exclude(title=None)
    return set(out.order_by().values_list("title", flat=True)) - {title}


def _other_titles(person: Person, title: int) -> set[int]:
    """Return the patron's other known titles: current loans, and the history if it is kept."""
    out = OpenLoan.objects.filter(person=person, lost=False).exclude(title=None).order_by().values_list("title")
    had = HistoryTitle.objects.filter(person=person).order_by().values_list("title")
    return {each for (each,) in out.union(had)} - {title}


@atomic
def remember(person: Person, title: int, at: datetime) -> None:
    """Put the title first in the patron's history, and delete what exceeds the chosen number."""
    keep = lock_preferences(person).keep
    HistoryTitle.objects.update_or_create(person=person, title=title, defaults={"at": at})
    trim(person, keep)


def trim(person: Person, keep: int | None) -> int:
    """Delete the history beyond `keep` titles (None: keep all); return how many were deleted."""
    if keep is None:
        return 0
    return forget(person, list(HistoryTitle.objects.filter(person=person).values_list("title", flat=True)[keep:]))


def forget(person: Person, titles: Collection[int]) -> int:
    """Delete these titles from the history, and the opinions of them; return how many were deleted."""
    count = int(HistoryTitle.objects.filter(person=person, title__in=titles).delete()[0])
    if count:
        Opinion.objects.filter(person=person, title__in=titles).delete()
    return count


def lock_preferences(person: Person) -> ReadingPreferences:
    """Lock the patron's preferences until the commit and return them.

    No other transaction can add a title while the patron reduces the number kept.
    """
    preferences_of(person)
    return ReadingPreferences.objects.select_for_update().get(person=person)


def lock_all(people: Collection[int]) -> set[int]:
    """Lock the preferences of many persons, as `lock_preferences`; return the ids of those who still exist.

    Rows are always locked in the order of the ids, so that two transactions that lock many wait instead of
    deadlocking.
    """
    preferences = ReadingPreferences.objects.filter(person__in=people)
    new = set(people) - set(preferences.values_list("person_id", flat=True))
    there = Person.objects.filter(pk__in=new).order_by("pk").values_list("pk", flat=True)
    ReadingPreferences.objects.bulk_create(
        [ReadingPreferences(person_id=each) for each in there], ignore_conflicts=True
    )
    return set(preferences.order_by("person_id").select_for_update().values_list("person_id", flat=True))


def preferences_of(person: Person) -> ReadingPreferences:
    """Return the patron's reading preferences, creating the defaults."""
    return ReadingPreferences.objects.get_or_create(person=person)[0]


@atomic
def consent_changed(sender: object, instance: Consent, **_more: object) -> None:
    """Start the history with the current loans at consent; delete what depends on it at withdrawal.

    A nightly job that saw the consent at the same moment has either written before, so that its rows are deleted
    here, or no longer finds the consent.
    """
    if instance.purpose == Purpose.TITLES and not instance.given:
        unsay_all(instance.person, MessageKind.RECOMMENDATION)
    if instance.purpose not in (Purpose.HISTORY, Purpose.RECOMMENDATIONS):
        return
    lock_preferences(instance.person)
    if not instance.given:
        unsay_all(instance.person, MessageKind.RECOMMENDATION)
    if instance.purpose == Purpose.HISTORY:
        if instance.given:
            _begin(instance.person)
        else:
            trim(instance.person, 0)
            Interest.objects.filter(person=instance.person, source=Interest.Source.INFERRED).delete()
            Recommendation.objects.filter(person=instance.person).delete()
    elif instance.purpose == Purpose.RECOMMENDATIONS and not instance.given:
        for table in (Recommendation, Opinion, Interest):
            table.objects.filter(person=instance.person).delete()


def _begin(person: Person) -> None:
    out = OpenLoan.objects.filter(person=person, handed_in_at=None, lost=False).exclude(title=None).order_by("out_at")
    for loan in out:
        remember(person, loan.title, loan.out_at)


def tidy(now: datetime) -> int:
    """Delete weekly counts older than three years and pairs with negligible weight."""
    today = local_day(now, zone())
    count, _by_table = WeeklyLoans.objects.filter(monday__lt=today - timedelta(days=3 * 366)).delete()
    old = today - timedelta(days=2 * HALF_LIFE)
    pairs, _by_table = CoLoanCount.objects.filter(day__lt=old, weight__lt=2).delete()
    return int(count + pairs)
