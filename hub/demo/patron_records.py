"""Invent contacts, consents and a referral code: some fresh, some old, one that bounced, one newcomer."""

from datetime import datetime, timedelta

from hub.demo.sample_data import Cases
from hub.outreach.engagement.loyalty import referrals
from hub.outreach.patrons import consents, records, registration
from hub.outreach.patrons.models import Contact, Person, ProfileSettings, Source
from hub.outreach.patrons.records import RecordSource, set_channel_order
from hub.outreach.patrons.registration import FilledForm

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
    registration.register(NEWCOMER, RecordSource(Source.PHONE, at=now - timedelta(days=1)))


def _person(ref: str, language: str, now: datetime) -> Person:
    person, _new = Person.objects.get_or_create(ref=ref, defaults={"since": now - timedelta(days=400)})
    person.language = language if language in ("zh", "en") else ""
    person.save(update_fields=("language",))
    return person


def _record_source(days: int, at: datetime) -> RecordSource:
    return RecordSource(Source.IMPORT, IMPORT, at) if days > 200 else RecordSource(Source.STAFF, STAFF, at)


def clear() -> None:
    """Delete what does not belong to a person."""
    ProfileSettings.objects.all().delete()
