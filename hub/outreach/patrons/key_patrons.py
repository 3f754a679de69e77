"""Find key patrons by the library's rule: patron category, number of loans, or staff's mark."""

from datetime import date, datetime

from django.db.models import Sum

from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import MonthlyLoans, Person, ProfileSettings

CHUNK = 500
"""Persons per call to the system that keeps the loans."""


def key_persons(now: datetime) -> set[int]:
    """Return the ids of all key patrons."""
    terms = ProfileSettings.now()
    return (
        set(Person.objects.filter(key=True).values_list("pk", flat=True))
        | _busy(terms, now)
        | _in_groups(frozenset(terms.key_categories))
    )


def is_key(person: Person, now: datetime) -> bool:
    """Return whether the person is a key patron."""
    terms = ProfileSettings.now()
    if person.key or person.pk in _busy(terms, now, person):
        return True
    standing = the_central().standing([person.ref]).get(person.ref)
    return standing is not None and standing.category in terms.key_categories


def _busy(terms: ProfileSettings, now: datetime, only: Person | None = None) -> set[int]:
    """Return the ids of patrons with enough checkouts in the twelve months up to this one."""
    if not terms.key_loans:
        return set()
    months = MonthlyLoans.objects.filter(month__gt=date(now.year - 1, now.month, 1))
    months = months.filter(person=only) if only else months
    counted = months.order_by().values("person_id").annotate(loans=Sum("loans"))
    return set(counted.filter(loans__gte=terms.key_loans).values_list("person_id", flat=True))


def _in_groups(categories: frozenset[str]) -> set[int]:
    found: set[int] = set()
    if not categories:
        return found
    known = list(Person.objects.order_by("pk").values_list("ref", "pk"))
    for first in range(0, len(known), CHUNK):
        some = dict(known[first : first + CHUNK])
        standing = the_central().standing(list(some))
        found |= {some[each.ref] for each in standing.values() if each.category in categories}
    return found
