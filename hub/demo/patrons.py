"""Invent contacts, consents, a referral code and a newcomer, and many patrons without a card.

The figures and the segments then count the same people as the list of patrons.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from hub.circulation.models import Patron, PatronCategory
from hub.core.encrypted_fields import keyed_hash
from hub.core.language import text_languages
from hub.demo.sample_data import Cases, stranger
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons import consents, records, registration
from hub.outreach.patrons.models import Contact, Person, ProfileSettings, Source
from hub.outreach.patrons.records import RecordSource, set_channel_order
from hub.outreach.patrons.registration import FilledForm
from hub.outreach.recommendations.reading_profiles.models import WeeklyLoans
from hub.outreach.statistics.models import Borrower

STAFF, IMPORT = "demo", "contacts.csv"
CONTACTS: tuple[tuple[str, str, str, int, bool], ...] = (
    ("plain_1", "mail", "ada@example.org", 21, True),
    ("plain_1", "sms", "13900000001", 240, False),
    ("plain_2", "wechat", "oLinExample0001", 40, True),
    ("plain_2", "sms", "13900000002", 40, False),
    ("plain_3", "mail", "bruno@example.net", 400, False),
    ("pin", "mail", "petra@example.org", 12, True),
    ("fees", "sms", "13900000006", 90, False),
    ("overdue", "mail", "theo@example.net", 150, False),
    ("hold_ready", "mail", "hanna@example.org", 30, True),
    ("name_zh", "wechat", "oOuyangExample02", 8, True),
    ("name_mn", "sms", "13900000011", 310, False),
    ("uid7_a", "mail", "una@example.org", 60, False),
)
"""Case, channel, address, days since it was valid, and whether it was verified by a code."""
CAME_BACK = "theo@example.net"
AGREES = {
    "plain_1": ("reminders", "digest", "recommendations", "history"),
    "plain_2": ("reminders", "digest", "campaign"),
    "pin": ("reminders", "questionnaire"),
    "hold_ready": ("reminders", "history", "recommendations"),
    "name_zh": ("digest", "campaign", "questionnaire", "history", "recommendations"),
    "uid7_b": ("campaign",),
}
NEWCOMER = FilledForm(
    "Nora Newcomer", "adult", "en", {"mail": "nora@example.org"}, {"birth_year": "1994"}, frozenset({"reminders"})
)
CROWD_SEED = 20261128
HEADS = {"adult": (216, 24, 54, 46), "child": (100, 20, 24, 18), "visitor": (24, 12, 12, 12)}
"""Regular, new, lapsing and lapsed patrons by category, as `counts.heads` of statistics counts them."""
LAST_LOAN = ((0, 59), (0, 59), (61, 179), (181, 364))
"""Days since the last loan of each of these, at least and at most."""
EAST_EVERY = 4
"""Every n-th patron borrows at the other branch."""
RHYTHMS = (14, 30, 44, 66)
"""Days between two loans of a patron."""
MAIL_EVERY, STALE_EVERY = 3, 6
"""Every n-th patron has an address, and every n-th of those was not confirmed for over a year."""
AGREE_EVERY = 2
"""Every n-th patron with an address wants to hear of events and campaigns."""


def make(cases: Cases, now: datetime) -> None:
    """Give the patrons their contacts and consents, once."""
    if Contact.objects.exists():
        return
    people = {each.case: _person(each.ref, each.language, now) for each in cases.patrons if each.case}
    for case, channel, address, days, bound in CONTACTS:
        at = now - timedelta(days=days)
        contact = records.store_contact(people[case], channel, address, _record_source(days, at), verified_at=at)
        contact.bound_at = at if bound else None
        contact.bounced_at = now - timedelta(days=2) if address == CAME_BACK else None
        contact.save(update_fields=("bound_at", "bounced_at"))
    for case, purposes in AGREES.items():
        for purpose in purposes:
            at = now - timedelta(days=60)
            consents.give(people[case], purpose, f"staff {STAFF}", consents.text(purpose).version, at)
    set_channel_order(people["plain_1"], "", ["mail", "screen"])
    set_channel_order(people["plain_1"], "overdue", ["sms", "mail"])
    people["child"].child, people["child"].guardian = True, people["plain_1"]
    people["child"].save(update_fields=("child", "guardian"))
    ProfileSettings.objects.get_or_create(defaults={"key_loans": 24})
    Person.objects.filter(pk=people["name_zh"].pk).update(key=True)
    referrals.invite(people["pin"], now)
    registration.register(NEWCOMER, RecordSource(Source.PHONE, time=now - timedelta(days=1)))


def _person(ref: str, language: str, now: datetime) -> Person:
    person, _new = Person.objects.get_or_create(ref=ref, defaults={"since": now - timedelta(days=400)})
    person.language = language if language in text_languages() else ""
    person.save(update_fields=("language",))
    return person


def _record_source(days: int, at: datetime) -> RecordSource:
    return RecordSource(Source.IMPORT, IMPORT, at) if days > 200 else RecordSource(Source.STAFF, STAFF, at)


def clear() -> None:
    """Delete what does not belong to a person."""
    ProfileSettings.objects.all().delete()


@dataclass(frozen=True, slots=True)
class CrowdMember:
    """One of the crowd, with the days of the first and the last loan."""

    number: int
    category: str
    first_on: date
    last_on: date


def make_crowd(now: datetime) -> None:
    """Add them, once."""
    crowd = list(_crowd(local_day(now, zone())))
    known = [stranger(each.number) for each in crowd]
    if Patron.objects.filter(identifier=known[0].identifier).exists():
        return
    categories = {row.code: row for row in PatronCategory.objects.all()}
    Patron.objects.bulk_create(
        Patron(
            identifier=member.identifier, ref=member.ref, name=member.name, category=categories[each.category],
            expires=each.last_on + timedelta(days=400), language="zh",
        )
        for member, each in zip(known, crowd, strict=True)
    )  # fmt: skip
    people = Person.objects.bulk_create(
        Person(ref=member.ref, since=now - timedelta(days=400), language="zh") for member in known
    )
    Borrower.objects.bulk_create(
        Borrower(
            person=person, branch="main" if each.number % EAST_EVERY else "east", group=each.category,
            first_on=each.first_on, last_on=each.last_on,
        )
        for person, each in zip(people, crowd, strict=True)
    )  # fmt: skip
    rng = np.random.default_rng(CROWD_SEED)
    WeeklyLoans.objects.bulk_create(
        row for person, each in zip(people, crowd, strict=True) for row in _crowd_weeks(person, each, rng)
    )
    Contact.objects.bulk_create(
        _mail(person, each.number, now)
        for person, each in zip(people, crowd, strict=True)
        if each.number % MAIL_EVERY == 0
    )
    text = consents.text("campaign").version
    for person, each in zip(people, crowd, strict=True):
        if each.number % (MAIL_EVERY * AGREE_EVERY) == 0:
            consents.give(person, "campaign", f"staff {STAFF}", text, now - timedelta(days=60))


def _crowd(today: date) -> Iterator[CrowdMember]:
    rng, number = np.random.default_rng(CROWD_SEED), 0
    for category, counts in HEADS.items():
        for standing, count in enumerate(counts):
            for _each in range(count):
                number += 1
                last = int(min(rng.integers(*LAST_LOAN[standing], endpoint=True, size=2)))
                first = int(rng.integers(last, 60)) if standing == 1 else int(rng.integers(max(last, 60), 720))
                yield CrowdMember(number, category, today - timedelta(days=first), today - timedelta(days=last))


def _crowd_weeks(person: Person, member: CrowdMember, rng: np.random.Generator) -> Iterable[WeeklyLoans]:
    """Return the weeks with loans, from that of the first loan to that of the last."""
    days = range(member.last_on.toordinal(), member.first_on.toordinal(), -RHYTHMS[member.number % len(RHYTHMS)])
    ordinals = {member.first_on.toordinal(), *days}
    mondays = {date.fromordinal(each - (each - 1) % 7) for each in ordinals}
    return [WeeklyLoans(person=person, monday=each, loans=int(rng.integers(1, 4))) for each in sorted(mondays)]


def _mail(person: Person, number: int, now: datetime) -> Contact:
    address = f"reader{number}@example.org"
    right = now - timedelta(days=460 if number % (MAIL_EVERY * STALE_EVERY) == 0 else number % 180)
    return Contact(
        person=person, channel="mail", address=address, hash=keyed_hash("mail", address), source=Source.IMPORT,
        told_at=right, verified_at=right,
    )  # fmt: skip
