"""Show a loan's reminder date to the patron at a kiosk or on the phone, and let them change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.db.models import Q

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import CurrentLoan, local_day, the_central, zone
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import open_loans, reminder_planning
from hub.outreach.recommendations.reminders.forecasts import learnt
from hub.outreach.recommendations.reminders.models import Basis, OpenLoan, ReminderSettings

Reason = Literal["usual", "type", "due", "chosen"]
Refusal = Literal["not_on_loan", "too_early", "too_late"]


@dataclass(frozen=True, slots=True)
class ReminderOffer:
    """A day for the reminder of one loan, which the patron may move from `earliest` to `latest`.

    `reason`: the patron's usual return, the item type's if they have too few returns, the due date if nothing is
    known, or the patron's own choice.
    """

    loan: str
    item: str
    day: date
    reason: Reason
    usual: date | None
    earliest: date
    latest: date
    due: datetime


def suggest_reminders(ref: str, items: Sequence[str]) -> list[ReminderOffer]:
    """Return a suggestion for each of the patron's loans of these items; other items are left out.

    A loan that the feed has not yet delivered is included.
    """
    wanted = set(items)
    return offer_reminders(ref, [each for each in the_central().account(ref).loans if each.item in wanted])


def offer_reminders(ref: str, loans: Iterable[CurrentLoan]) -> list[ReminderOffer]:
    """Return the same for loans that the caller has read from the library system."""
    loans = [each for each in loans if each.dated]
    person = Person.objects.filter(ref=ref).first()
    open_loans = {each.loan: each for each in OpenLoan.objects.filter(person=person)} if person else {}
    rows = [open_loans.get(each.loan) or _row(each, person) for each in loans]
    patterns = reminder_planning.patterns_of([person.pk]) if person else {}
    plan, where, now = ReminderSettings.now(), zone(), hub_clock().now()
    reminder_planning.plan_all(rows, patterns, learnt(), plan, where, now)
    today = local_day(now, where)
    return [_suggestion(each, where, plan.before, today) for each in rows]


def _suggestion(loan: OpenLoan, where: ZoneInfo, before: int, today: date) -> ReminderOffer:
    begin, due = local_day(loan.out_at, where), local_day(loan.due, where)
    earliest = reminder_planning.clamp_to_loan(max(begin, today) + reminder_planning.DAY, begin, due)
    latest = reminder_planning.clamp_to_loan(due - timedelta(days=before), begin, due)
    reason: Reason
    if loan.chosen is not None:
        day, reason = reminder_planning.clamp_to_loan(loan.chosen, begin, due), "chosen"
    elif loan.renewals or loan.usual is None or loan.usual > latest:
        day, reason = latest, "due"
    else:
        day, reason = loan.usual, "usual" if loan.basis == Basis.OWN else "type"
    usual = loan.usual if loan.basis == Basis.OWN else None
    return ReminderOffer(loan.loan, loan.item, max(day, earliest), reason, usual, earliest, due, loan.due)


@atomic
def set_reminder(ref: str, loan: str, day: date) -> date | Refusal:
    """Set the reminder of a loan, given by number or item barcode; return the day, or the refusal.

    The day must be after today, and not after the due date.
    """
    row = _open_loan(ref, loan)
    if row is None:
        return "not_on_loan"
    where = zone()
    if day <= local_day(hub_clock().now(), where):
        return "too_early"
    if day > local_day(row.due, where):
        return "too_late"
    open_loans.withdraw_reminder(row)
    row.chosen, row.told_for = day, None
    open_loans.replan_and_save(row)
    return day


def _open_loan(ref: str, loan: str) -> OpenLoan | None:
    """Return the patron's open loan; from the library system if the feed has not yet delivered it."""
    rows = OpenLoan.objects.select_for_update().filter(Q(loan=loan) | Q(item=loan), person__ref=ref, handed_in_at=None)
    found: OpenLoan | None = rows.first()
    if found is not None:
        return found
    now = hub_clock().now()
    for each in the_central().account(ref).loans:
        if each.dated and loan in (each.loan, each.item):
            return _row(each, Person.objects.get_or_create(ref=ref, defaults={"since": now})[0])
    return None


def _row(loan: CurrentLoan, person: Person | None) -> OpenLoan:
    return OpenLoan(
        loan=loan.loan,
        person=person,
        item=loan.item,
        title=loan.title,
        type=loan.type,
        out_at=loan.out or hub_clock().now(),
        due=loan.due,
        renewals=loan.renewals,
    )
