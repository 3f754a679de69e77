"""Send each planned reminder once, with all due loans of a borrower in one message (every minute)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import CurrentLoan, local_day, the_central, zone
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import OpenLoan

SOME = 500


def remind(now: datetime) -> int:
    """Queue the reminders that are due; return for how many people."""
    ready = Q(remind_at__lte=now) | Q(early_at__lte=now)
    notified = 0
    while people := _waiting(ready, now):
        for person in people:
            notified += _send(person, ready, now)
    return notified


def _waiting(ready: Q, now: datetime) -> list[Person]:
    rows = OpenLoan.objects.filter(ready, handed_in_at=None, lost=False, due__gt=now)
    return list(Person.objects.filter(pk__in=rows.order_by().values("person")).order_by("pk")[:SOME])


@atomic
def _send(person: Person, ready: Q, now: datetime) -> int:
    """Queue one message to one person, without loans that are closed or renewed."""
    loans = list(OpenLoan.objects.select_for_update().filter(ready, person=person, handed_in_at=None, lost=False))
    current = {each.loan: each for each in the_central().account(person.ref).loans}
    true = [each for each in loans if (loan_now := current.get(each.loan)) is not None and loan_now.due == each.due]
    for each in loans:
        _mark_sent(each, now)
    if true:
        head = true[0]
        head.told += 1
        key = f"{head.loan}.{head.told}"
        facts = {**due_facts((current[each.loan] for each in true), zone()), "usual": _usual(true)}
        queue_message(person, MessageKind.DUE_SOON, key, facts, until=max(each.due for each in true))
        for each in true:
            each.message = key
    OpenLoan.objects.bulk_update(loans, ("told", "message", "remind_at", "early_at", "told_for", "early_for"))
    return int(bool(true))


def _usual(loans: list[OpenLoan]) -> str:
    """Return the day by which the patron usually returns the items, if the reminder is based on it."""
    days = [each.usual for each in loans if each.why == OpenLoan.Why.HABIT and each.usual is not None]
    return min(days).isoformat() if len(days) == len(loans) else ""


def _mark_sent(loan: OpenLoan, now: datetime) -> None:
    """Mark the reminder as sent for this due date."""
    if loan.remind_at is not None and loan.remind_at <= now:
        loan.told_for, loan.remind_at = loan.due, None
    loan.early_for, loan.early_at = loan.due, None


def due_facts(loans: Iterable[CurrentLoan], where: ZoneInfo) -> dict[str, Fact]:
    """Return the facts of the message: each item with title and due date, and the earliest due date."""
    items: list[dict[str, Any]] = [
        {"words": each.words, "due": local_day(each.due, where).isoformat(), "loan": each.loan} for each in loans
    ]
    return {"items": items, "due": min(str(each["due"]) for each in items), "count": len(items)}


def by_person(loans: Iterable[OpenLoan]) -> dict[int, list[OpenLoan]]:
    """Group loans by the key of their person."""
    found: dict[int, list[OpenLoan]] = defaultdict(list)
    for each in loans:
        found[each.person_id].append(each)
    return dict(found)
