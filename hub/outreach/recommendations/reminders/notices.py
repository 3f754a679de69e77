"""Send reminders before the due date and overdue notices after it, and mark items as lost after a long time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import CurrentLoan, local_day, moment, the_central, zone
from hub.outreach.messaging.enqueue import Fact, queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import (
    Lost,
    OpenLoan,
    OverdueNoticeStep,
    ReminderSettings,
)

SOME = 500
NAMED = timedelta(days=7)
"""The shortest time that a library may set for a closed loan to name its patron."""


def remind(now: datetime) -> int:
    """Queue the reminders that are due; return for how many people."""
    ready = Q(remind_at__lte=now) | Q(early_at__lte=now)
    notified = 0
    while people := _waiting(ready, now):
        for person in people:
            notified += _send_reminder(person, ready, now)
    return notified


def _waiting(ready: Q, now: datetime) -> list[Person]:
    rows = OpenLoan.objects.filter(ready, handed_in_at=None, lost=False, due__gt=now)
    return list(Person.objects.filter(pk__in=rows.order_by().values("person")).order_by("pk")[:SOME])


@atomic
def _send_reminder(person: Person, ready: Q, now: datetime) -> int:
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


def notices(now: datetime) -> int:
    """Notify each borrower of overdue loans, from the daily time for reminders on; return how many.

    A borrower who has passed several steps receives only the notice of the latest one.
    """
    plan, where = ReminderSettings.now(), zone()
    today = local_day(now, where)
    if now < moment(today, plan.moment, where):
        return 0
    notified = 0
    for days in OverdueNoticeStep.objects.order_by("-days").values_list("days", flat=True):
        begun = moment(today - timedelta(days=days - 1), datetime.min.time(), where)
        while loans := list(_overdue_since(begun).filter(rung__lt=days).order_by("person", "pk")[:SOME]):
            for person, late in by_person(loans).items():
                notified += _notify(person, late, days, today, where)
    return notified


def _overdue_since(before: datetime) -> "QuerySet[OpenLoan]":
    return OpenLoan.objects.filter(due__lt=before, handed_in_at=None, lost=False)


@atomic
def _notify(person_id: int, loans: list[OpenLoan], days: int, today: date, where: ZoneInfo) -> int:
    person = Person.objects.get(pk=person_id)
    current = {each.loan: each for each in the_central().account(person.ref).loans}
    true = [each for each in loans if each.loan in current and current[each.loan].due == each.due]
    OpenLoan.objects.filter(pk__in=[each.pk for each in loans]).update(rung=days)
    if not true:
        return 0
    head = true[0]
    facts = due_facts((current[each.loan] for each in true), where)
    late = (today - local_day(min(each.due for each in true), where)).days
    key = f"{head.loan}.{head.due:%Y%m%d}.{days}"
    queue_message(person, MessageKind.OVERDUE, key, {**facts, "days": late})
    return 1


def give_up(now: datetime) -> int:
    """Mark as lost what is overdue for too long (nightly); return how many items.

    Loans with uncertain times are left to staff, so that no patron is charged automatically.
    """
    plan, where = ReminderSettings.now(), zone()
    if not plan.lost_after:
        return 0
    begun = moment(local_day(now, where) - timedelta(days=plan.lost_after - 1), datetime.min.time(), where)
    overdue = _overdue_since(begun).filter(believed=True).select_related("person").order_by("pk")
    return sum(declare(each, plan, now) for each in list(overdue))


@atomic
def declare(loan: OpenLoan, plan: ReminderSettings, now: datetime) -> bool:
    """Mark the item as lost and notify its borrower; False if it was returned, or its due date changed."""
    words = {each.loan: each for each in the_central().account(loan.person.ref).loans}.get(loan.loan)
    if words is None or words.due != loan.due:
        return False
    if not the_central().declare_lost(loan.person.ref, loan.item, plan.lost_fee):
        return False
    OpenLoan.objects.filter(pk=loan.pk).update(lost=True)
    Lost.objects.get_or_create(
        item=loan.item,
        state=Lost.State.LOST,
        defaults={"person": loan.person, "title": loan.title, "fee": plan.lost_fee, "lost_at": now},
    )
    facts = {**due_facts([words], zone()), "fee": str(plan.lost_fee) if plan.lost_fee else ""}
    queue_message(loan.person, MessageKind.LOST, loan.loan, facts)
    return True


def part(now: datetime) -> int:
    """Remove the borrower from lost items some time after they were found or given up; return how many."""
    owed = OpenLoan.objects.filter(item=OuterRef("item"), person=OuterRef("person"))
    over = Lost.objects.annotate(over=Coalesce("found_at", "lost_at")).filter(over__lt=now - NAMED)
    return int(over.filter(~Exists(owed)).exclude(person=None).update(person=None))
