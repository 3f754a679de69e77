"""Every minute: says to each borrower what is due soon, at the moment that was planned, once; the words are not its."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from hub.core.retrying_transaction import atomic
from hub.outreach.central import CurrentLoan
from hub.outreach.delivery.enqueue import Fact, say
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.library_system_registry import the_central
from hub.outreach.profiles.models import Person
from hub.outreach.reminders.library_time import local_day, zone
from hub.outreach.reminders.models import OpenLoan

SOME = 500


def remind(now: datetime) -> int:
    """Says what is due; tells to how many people."""
    ready = Q(remind_at__lte=now) | Q(early_at__lte=now)
    told = 0
    while people := _waiting(ready, now):
        for person in people:
            told += _tell(person, ready, now)
    return told


def _waiting(ready: Q, now: datetime) -> list[Person]:
    rows = OpenLoan.objects.filter(ready, handed_in_at=None, lost=False, due__gt=now)
    return list(Person.objects.filter(pk__in=rows.order_by().values("person")).order_by("pk")[:SOME])


@atomic
def _tell(person: Person, ready: Q, now: datetime) -> int:
    """Says it to one person in one message; what she has not got any more, or has renewed, is left out."""
    loans = list(OpenLoan.objects.select_for_update().filter(ready, person=person, handed_in_at=None, lost=False))
    hers = {each.loan: each for each in the_central().account(person.ref).loans}
    true = [each for each in loans if (now_hers := hers.get(each.loan)) is not None and now_hers.due == each.due]
    for each in loans:
        _done(each, now)
    if true:
        head = true[0]
        head.told += 1
        key = f"{head.loan}.{head.told}"
        facts = {**due_facts((hers[each.loan] for each in true), zone()), "usual": _usual(true)}
        say(person, MessageKind.DUE_SOON, key, facts, until=max(each.due for each in true))
        for each in true:
            each.message = key
    OpenLoan.objects.bulk_update(loans, ("told", "message", "remind_at", "early_at", "told_for", "early_for"))
    return int(bool(true))


def _usual(loans: list[OpenLoan]) -> str:
    """The day by which she usually brings them back, where that is what the reminder goes by."""
    days = [each.usual for each in loans if each.why == OpenLoan.Why.HABIT and each.usual is not None]
    return min(days).isoformat() if len(days) == len(loans) else ""


def _done(loan: OpenLoan, now: datetime) -> None:
    """Marks what was said: never again for this due date."""
    if loan.remind_at is not None and loan.remind_at <= now:
        loan.told_for, loan.remind_at = loan.due, None
    loan.early_for, loan.early_at = loan.due, None


def due_facts(loans: Iterable[CurrentLoan], where: ZoneInfo) -> dict[str, Fact]:
    """What the words are made of: each item with its title and due day, and the earliest of these."""
    items: list[dict[str, Any]] = [
        {"words": each.words, "due": local_day(each.due, where).isoformat(), "loan": each.loan} for each in loans
    ]
    return {"items": items, "due": min(str(each["due"]) for each in items), "count": len(items)}


def by_person(loans: Iterable[OpenLoan]) -> dict[int, list[OpenLoan]]:
    found: dict[int, list[OpenLoan]] = defaultdict(list)
    for each in loans:
        found[each.person_id].append(each)
    return dict(found)
