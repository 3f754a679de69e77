"""Create the demo library's many patrons without a card.

The figures and the segments then count the same people as the list of patrons.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from hub.circulation.models import Patron, PatronCategory
from hub.core.encrypted_fields import keyed_hash
from hub.demo.sample_data import stranger
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.recommendations.reading_profiles.models import WeeklyLoans
from hub.outreach.statistics.models import Borrower

SEED = 20261128
HEADS = {"adult": (216, 24, 54, 46), "child": (100, 20, 24, 18), "visitor": (24, 12, 12, 12)}
"""Regular, new, lapsing and lapsed patrons by category, as `rolling.heads` counts them."""
LAST_LOAN = ((0, 59), (0, 59), (61, 179), (181, 364))
"""Days since the last loan of each of these, at least and at most."""
EAST_EVERY = 4
"""Every n-th patron borrows at the other branch."""
RHYTHMS = (14, 30, 44, 66)
"""Days between two loans of a patron."""
MAIL_EVERY, STALE_EVERY = 3, 6
"""Every n-th patron has an address, and every n-th of those was not confirmed for over a year."""


@dataclass(frozen=True, slots=True)
class CrowdMember:
    """One of the crowd, with the days of the first and the last loan."""

    number: int
    category: str
    first_on: date
    last_on: date


def make(now: datetime) -> None:
    """Add them, once."""
    crowd = list(_crowd(local_day(now, zone())))
    known = [stranger(each.number) for each in crowd]
    if Patron.objects.filter(identifier=known[0].identifier).exists():
        return
    categories = {row.code: row for row in PatronCategory.objects.all()}
    Patron.objects.bulk_create(
        Patron(
            identifier=who.identifier, ref=who.ref, name=who.name, category=categories[each.category],
            expires=each.last_on + timedelta(days=400), language="zh",
        )
        for who, each in zip(known, crowd, strict=True)
    )  # fmt: skip
    people = Person.objects.bulk_create(
        Person(ref=who.ref, since=now - timedelta(days=400), language="zh") for who in known
    )
    Borrower.objects.bulk_create(
        Borrower(
            person=person, branch="main" if each.number % EAST_EVERY else "east", group=each.category,
            first_on=each.first_on, last_on=each.last_on,
        )
        for person, each in zip(people, crowd, strict=True)
    )  # fmt: skip
    rng = np.random.default_rng(SEED)
    WeeklyLoans.objects.bulk_create(
        row for person, each in zip(people, crowd, strict=True) for row in _weeks(person, each, rng)
    )
    Contact.objects.bulk_create(
        _mail(person, each.number, now)
        for person, each in zip(people, crowd, strict=True)
        if each.number % MAIL_EVERY == 0
    )


def _crowd(today: date) -> Iterator[CrowdMember]:
    rng, number = np.random.default_rng(SEED), 0
    for category, counts in HEADS.items():
        for standing, count in enumerate(counts):
            for _each in range(count):
                number += 1
                last = int(min(rng.integers(*LAST_LOAN[standing], endpoint=True, size=2)))
                first = int(rng.integers(last, 60)) if standing == 1 else int(rng.integers(max(last, 60), 720))
                yield CrowdMember(number, category, today - timedelta(days=first), today - timedelta(days=last))


def _weeks(person: Person, who: CrowdMember, rng: np.random.Generator) -> Iterable[WeeklyLoans]:
    """Return the weeks with loans, from that of the first loan to that of the last."""
    days = range(who.last_on.toordinal(), who.first_on.toordinal(), -RHYTHMS[who.number % len(RHYTHMS)])
    ordinals = {who.first_on.toordinal(), *days}
    mondays = {date.fromordinal(each - (each - 1) % 7) for each in ordinals}
    return [WeeklyLoans(person=person, monday=each, loans=int(rng.integers(1, 4))) for each in sorted(mondays)]


def _mail(person: Person, number: int, now: datetime) -> Contact:
    address = f"reader{number}@example.org"
    right = now - timedelta(days=460 if number % (MAIL_EVERY * STALE_EVERY) == 0 else number % 180)
    return Contact(
        person=person, channel="mail", address=address, hash=keyed_hash("mail", address), source=Source.IMPORT,
        told_at=right, verified_at=right,
    )  # fmt: skip
