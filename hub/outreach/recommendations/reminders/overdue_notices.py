"""Send overdue notices by the library's steps, and mark items as lost after a long time."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import local_day, moment, the_central, zone
from hub.outreach.messaging.enqueue import queue_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.recommendations.reminders.models import (
    Lost,
    OpenLoan,
    OverdueNoticeStep,
    ReminderSettings,
)
from hub.outreach.recommendations.reminders.reminder_sender import by_person, due_facts

SOME = 500
NAMED = timedelta(days=7)
"""The shortest time that a library may set for a closed loan to name its patron."""


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
