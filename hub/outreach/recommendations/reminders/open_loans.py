"""Track open loans from the event feed (checkout, renewal, return) and plan each one's reminder."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import ClassVar
from zoneinfo import ZoneInfo

from hub.core.clock import hub_clock
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.library_system.events import Event
from hub.outreach.messaging.enqueue import withdraw_message
from hub.outreach.patrons.feed_consumer import EventBatch
from hub.outreach.patrons.models import Consent
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reminders import reminder_planning
from hub.outreach.recommendations.reminders.forecasts import learnt
from hub.outreach.recommendations.reminders.models import (
    LoanLength,
    Lost,
    OpenLoan,
    Outcome,
    ReminderSettings,
    VisitPattern,
)

VISITS = frozenset({"checkout", "checkin", "handed_in"})
LOANS = frozenset(
    """
    checkout loan_taken_over renewed renewal_undone handed_in checkin return_confirmed loan_reopened checkout_undone
    loan_written_off item_lost item_found
    """.split()
)
DATED = frozenset({"checkout", "loan_taken_over", "renewed", "renewal_undone", "loan_reopened"})
"""Events after which reminders are planned by the due date."""


class OpenLoanTracker:
    """Process a batch of events.

    Open loans are read and written event by event, because other jobs plan and choose reminders meanwhile.
    """

    KINDS: ClassVar = LOANS

    def __init__(self, stretch: EventBatch) -> None:
        self._people, self._where = stretch.people, stretch.zone
        self._rhythms = reminder_planning.patterns_of(stretch.keys)
        self._visited: dict[int, VisitPattern] = {}
        named = {_loan(each) for each in stretch.events if each.kind in LOANS}
        self._known = set(OpenLoan.objects.filter(loan__in=named).values_list("loan", flat=True))
        self._lengths: list[LoanLength] = []
        self._outcomes: list[Outcome] = []

    @cached_property
    def _learnt(self) -> reminder_planning.Learnt:
        return learnt()

    @cached_property
    def _plan(self) -> ReminderSettings:
        return ReminderSettings.now()

    def take(self, event: Event) -> None:
        """Process one event."""
        if event.kind in VISITS and event.data.get("time") != "uncertain":
            self._visit(event)
        if event.kind in DATED and event.data.get("reckoned"):
            self._on_end(event)  # until an event contains the due date
            return
        match event.kind:
            case "checkout":
                self._on_checkout(event)
            case "loan_taken_over":
                self._on_migration(event)
            case "renewed" | "renewal_undone":
                self._due_changed(event)
            case "handed_in":
                self._on_handed_in(event)
            case "checkin" | "return_confirmed":
                self._on_return(event)
            case "loan_reopened":
                self._on_reopen(event)
            case "checkout_undone" | "loan_written_off":
                self._on_end(event)
            case "item_lost":
                self._on_loss(event)
            case "item_found":
                self._on_found(event)

    def finish(self) -> None:
        """Save visits and lengths at the end of the batch: they are not read in between."""
        VisitPattern.objects.bulk_create(
            self._visited.values(),
            update_conflicts=True,
            unique_fields=("person",),
            update_fields=("weekdays", "last_visit"),
        )
        Outcome.objects.bulk_create(self._outcomes)
        self._keep_lengths()

    def _keep_lengths(self) -> None:
        LoanLength.objects.bulk_create(self._lengths)
        self._lengths.clear()

    def _visit(self, event: Event) -> None:
        """Count the day of a visit under its weekday, once."""
        day, person = local_day(event.at, self._where), self._people.get(event.patron)
        if person is None:
            return
        rhythm = self._rhythms.get(person.pk) or VisitPattern(person=person, weekdays=[0] * 7)
        if rhythm.last_visit is not None and day <= rhythm.last_visit:
            return
        counts = list(rhythm.weekdays or [0] * 7)
        counts[day.weekday()] += 1
        rhythm.weekdays, rhythm.last_visit = counts, day
        self._rhythms[person.pk] = self._visited[person.pk] = rhythm

    def _open(self, event: Event) -> OpenLoan | None:
        """Return the current loan; without a query if no loan has this number."""
        number = _loan(event)
        return OpenLoan.objects.filter(loan=number).first() if number in self._known else None

    def _begin(self, event: Event) -> OpenLoan | None:
        """Return the loan with the facts of the event, not saved yet; None if its patron is unknown."""
        person = self._people.get(event.patron)
        if person is None:
            return None
        loan = self._open(event) or OpenLoan(loan=_loan(event))
        self._known.add(loan.loan)
        loan.person = person
        _fill(loan, event)
        return loan

    def _on_checkout(self, event: Event) -> None:
        loan = self._begin(event)
        if loan is not None:
            self._replan(loan)

    def _on_migration(self, event: Event) -> None:
        loan = self._begin(event)
        if loan is not None:
            begin_migrated(loan, event, self._plan, self._where)
            self._replan(loan)
            pass_over_migrated(loan, event)

    def _due_changed(self, event: Event) -> None:
        """Update the due date after a renewal or its undo, and withdraw the reminder for the old date."""
        loan = self._open(event)
        if loan is None:
            return
        loan.due = _moment(event.data, "due") or loan.due
        count = event.data.get("renewals")
        loan.renewals = count if isinstance(count, int) else loan.renewals + (1 if event.kind == "renewed" else -1)
        loan.chosen, loan.rung, loan.lettered = None, 0, 0
        withdraw_reminder(loan, self._replan)
        self._replan(loan)

    def _on_handed_in(self, event: Event) -> None:
        loan = self._open(event)
        if loan is not None:
            withdraw_reminder(loan, self._replan)
            loan.handed_in_at = event.at
            loan.believed = loan.believed and event.data.get("time") != "uncertain"
            loan.save()

    def _on_return(self, event: Event) -> None:
        """Close the loan: keep its length and its outcome, and delete everything else."""
        loan = self._open(event)
        if loan is None:
            return
        withdraw_reminder(loan, self._replan)
        back = loan.handed_in_at or event.at
        if loan.believed and event.data.get("time") != "uncertain":
            days = days_between(loan.out_at, back)
            day = local_day(back, self._where)
            week = day - timedelta(days=day.weekday())
            self._lengths.append(LoanLength(person_id=loan.person_id, type=loan.type, days=round(days, 1), week=week))
            self._judge(loan, days, back)
        loan.delete()

    def _judge(self, loan: OpenLoan, days: float, back: datetime) -> None:
        if loan.middle is None or loan.spread is None or loan.by_type is None:
            return
        self._outcomes.append(
            Outcome(
                type=loan.type,
                basis=loan.first,
                middle=loan.middle,
                spread=loan.spread,
                by_type=loan.by_type,
                days=days,
                late=back > loan.due,
                judged_on=reminder_planning.evaluation_day(loan, self._where),
            )
        )

    def _on_end(self, event: Event) -> None:
        """Delete a loan that was undone or written off, or whose due date is unknown."""
        loan = self._open(event)
        if loan is not None:
            withdraw_reminder(loan, self._replan)
            loan.delete()

    def _on_reopen(self, event: Event) -> None:
        """Reopen a loan whose item is not back after all.

        If it was closed already, the last length of that type is deleted as well.
        """
        loan = self._open(event)
        if loan is None:
            self._keep_lengths()
            last = LoanLength.objects.filter(person__ref=event.patron, type=str(event.data.get("type") or "")).last()
            if last is not None:
                last.delete()
            self._on_checkout(event)
            return
        loan.handed_in_at = None
        self._replan(loan)

    def _on_loss(self, event: Event) -> None:
        """Mark the item as lost, by staff or by the library's own limit: no more notices are sent."""
        item = str(event.data.get("item") or "")
        loan = OpenLoan.objects.filter(item=item, person__ref=event.patron).first() if event.patron else None
        if loan is None:
            return
        withdraw_reminder(loan, self._replan)
        loan.lost = True
        loan.save()
        Lost.objects.get_or_create(
            item=item,
            state=Lost.State.LOST,
            defaults={"person_id": loan.person_id, "title": loan.title, "lost_at": event.at},
        )

    def _on_found(self, event: Event) -> None:
        item = str(event.data.get("item") or "")
        Lost.objects.filter(item=item, state=Lost.State.LOST).update(state=Lost.State.FOUND, found_at=event.at)
        OpenLoan.objects.filter(item=item, lost=True).update(lost=False)

    def _replan(self, loan: OpenLoan) -> None:
        reminder_planning.plan_all([loan], self._rhythms, self._learnt, self._plan, self._where, hub_clock().now())
        loan.save()


def _fill(loan: OpenLoan, event: Event) -> None:
    data = event.data
    loan.item, loan.type = str(data.get("item") or ""), str(data.get("type") or "")
    title = data.get("title")
    loan.title = title if isinstance(title, int) else None
    loan.out_at, loan.due = _moment(data, "out") or event.at, _moment(data, "due") or event.at
    renewals = data.get("renewals")
    loan.renewals = renewals if isinstance(renewals, int) else 0
    loan.believed = data.get("time") != "uncertain"


def withdraw_reminder(loan: OpenLoan, replan: Callable[[OpenLoan], None] | None = None) -> None:
    """Withdraw an unsent reminder, and replan the other loans that it named."""
    plan = replan or replan_and_save
    if loan.message and withdraw_message(MessageKind.DUE_SOON, loan.message):
        for other in OpenLoan.objects.filter(message=loan.message).exclude(pk=loan.pk):
            other.told_for, other.early_for, other.message = None, None, ""
            plan(other)
    loan.message = ""


def replan_and_save(loan: OpenLoan) -> None:
    """Forecast the loan, replan its reminders and save it."""
    patterns = reminder_planning.patterns_of([loan.person_id])
    reminder_planning.plan_all([loan], patterns, learnt(loan.type), ReminderSettings.now(), zone(), hub_clock().now())
    loan.save()


def _loan(event: Event) -> str:
    return str(event.data.get("loan") or "")


def _moment(data: Mapping[str, object], name: str) -> datetime | None:
    text = data.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def begin_migrated(loan: OpenLoan, event: Event, plan: ReminderSettings, where: ZoneInfo) -> None:
    """Prepare the loan before planning: no early reminder, and no notice for a step already passed.

    A loan so long overdue that the item would count as lost is left to staff.
    """
    handed_in = event.data.get("handed_in")
    loan.handed_in_at = datetime.fromisoformat(handed_in) if isinstance(handed_in, str) else None
    days = (local_day(event.at, where) - local_day(loan.due, where)).days
    loan.early_for, loan.rung = loan.due, max(days, 0)
    loan.lettered = loan.rung
    loan.believed = loan.believed and not (plan.lost_after and days >= plan.lost_after)


def pass_over_migrated(loan: OpenLoan, event: Event) -> None:
    """After planning, count a reminder whose time has passed as sent."""
    if loan.remind_at is not None and loan.remind_at <= event.at:
        loan.told_for, loan.remind_at = loan.due, None
        loan.save(update_fields=("told_for", "remind_at"))


@atomic
def consent_changed(sender: object, instance: Consent, **_more: object) -> None:
    """Replan the open loans: by the patron's habit with the consent, else by the item type."""
    if instance.purpose == Purpose.REMINDERS:
        loans = OpenLoan.objects.select_for_update(of=("self",)).filter(handed_in_at=None, lost=False)
        for loan in loans.filter(person=instance.person_id).order_by("pk"):
            replan_and_save(loan)
