"""Keeps the last loans of those who agreed to it, and counts what was lent together without whose it was."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.say import unsay_all
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.habit.models import OpenLoan
from kiosk.hub.outreach.habit.times import local_day, zone
from kiosk.hub.outreach.people import consents
from kiosk.hub.outreach.people.models import Consent, Person
from kiosk.hub.outreach.people.purposes import Purpose
from kiosk.hub.outreach.reading.models import Had, Interest, Lent, Opinion, Pick, Taste, Together, Week

HALF_LIFE = 365.0
"""Days after which two titles that were lent together count half: what goes together changes slower than tastes."""
MOST_KEPT = 200


def take(event: Event) -> None:
    """Takes a loan, or that there was none after all; every other event it lets pass."""
    if event.kind == "checkout":
        _lent(event)
    elif event.kind == "checkout_undone":
        _undone(event)


def _lent(event: Event) -> None:
    person, _new = Person.objects.get_or_create(ref=event.patron, defaults={"since": event.at})
    week, _new = Week.objects.get_or_create(person=person, monday=_monday(event.at))
    week.loans += 1
    week.save(update_fields=("loans",))
    title = event.data.get("title")
    if isinstance(title, int):
        _count(title, _beside(person, title), local_day(event.at, zone()), 1)
        if consents.given(person, Purpose.HISTORY):
            remember(person, title, event.at)


def _undone(event: Event) -> None:
    person, title = Person.objects.filter(ref=event.patron).first(), event.data.get("title")
    if person is None:
        return
    week = Week.objects.filter(person=person, monday__lte=_monday(event.at), loans__gt=0).last()
    if week is not None:
        week.loans -= 1
        week.save(update_fields=("loans",))
    if isinstance(title, int):
        Had.objects.filter(person=person, title=title).delete()
        _count(title, _beside(person, title), local_day(event.at, zone()), -1)


def _monday(at: datetime) -> date:
    day = local_day(at, zone())
    return day - timedelta(days=day.weekday())


def _beside(person: Person, title: int) -> set[int]:
    """What else is known to have been hers: what she has now, and her history if she lets it be kept."""
    out = OpenLoan.objects.filter(person=person, lost=False).exclude(title=None).values_list("title", flat=True)
    return {*out, *Had.objects.filter(person=person).values_list("title", flat=True)} - {title}


def _count(title: int, others: Iterable[int], day: date, sign: int) -> None:
    lent, _new = Lent.objects.get_or_create(title=title, defaults={"weight": 0.0, "day": day})
    _add(lent, day, sign)
    for other in others:
        pair, _new = Together.objects.get_or_create(
            low=min(title, other), high=max(title, other), defaults={"weight": 0.0, "day": day}
        )
        _add(pair, day, sign)


def _add(row: Any, day: date, sign: int) -> None:
    """Lets what was counted decay to the later day, and adds one or takes it away."""
    later = max(day, row.day)
    row.weight = max(row.weight * faded((later - row.day).days) + sign * faded((later - day).days), 0.0)
    row.day = later
    row.save(update_fields=("weight", "day"))


def faded(days: float) -> float:
    return float(0.5 ** (days / HALF_LIFE))


def remember(person: Person, title: int, at: datetime) -> None:
    """Puts the title first in her history, and lets go what is more than she wants kept."""
    Had.objects.update_or_create(person=person, title=title, defaults={"at": at})
    _trim(person, taste(person).keep)


def _trim(person: Person, keep: int) -> None:
    kept = list(Had.objects.filter(person=person).values_list("pk", flat=True)[:keep])
    Had.objects.filter(person=person).exclude(pk__in=kept).delete()


def taste(person: Person) -> Taste:
    found: Taste = Taste.objects.get_or_create(person=person)[0]
    return found


@atomic
def keep(person: Person, loans: int) -> None:
    """She chooses how many of her last loans are kept; what is more than that is gone at once."""
    hers = taste(person)
    hers.keep = min(max(loans, 1), MOST_KEPT)
    hers.save(update_fields=("keep",))
    _trim(person, hers.keep)


def answered(sender: object, instance: Consent, **_more: object) -> None:
    """Her yes begins with what she has now; her no takes away at once what stood on her yes."""
    if instance.purpose in (Purpose.HISTORY, Purpose.RECOMMENDATIONS) and not instance.given:
        unsay_all(instance.person, Kind.RECOMMENDATION)
    if instance.purpose == Purpose.HISTORY:
        if instance.given:
            _begin(instance.person)
        else:
            Had.objects.filter(person=instance.person).delete()
            Interest.objects.filter(person=instance.person, source=Interest.Source.INFERRED).delete()
            Pick.objects.filter(person=instance.person).delete()
    elif instance.purpose == Purpose.RECOMMENDATIONS and not instance.given:
        for table in (Pick, Opinion, Interest):
            table.objects.filter(person=instance.person).delete()


def _begin(person: Person) -> None:
    out = OpenLoan.objects.filter(person=person, handed_in_at=None, lost=False).exclude(title=None).order_by("out_at")
    for loan in out:
        remember(person, loan.title, loan.out_at)


def tidy(now: datetime) -> int:
    """Forgets weeks of more than three years ago and pairs that hardly count any more."""
    today = local_day(now, zone())
    gone, _by_table = Week.objects.filter(monday__lt=today - timedelta(days=3 * 366)).delete()
    old = today - timedelta(days=2 * HALF_LIFE)
    pairs, _by_table = Together.objects.filter(day__lt=old, weight__lt=2).delete()
    return int(gone + pairs)
