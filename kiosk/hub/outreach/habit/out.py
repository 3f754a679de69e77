"""Keeps the open loans as the feed tells of them: lent, renewed, back; plans each one's reminder as it comes."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.say import unsay
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.habit import moved, planning, rhythms
from kiosk.hub.outreach.habit.learning import learnt
from kiosk.hub.outreach.habit.models import Length, Lost, OpenLoan, Outcome, Plan, Rhythm
from kiosk.hub.outreach.habit.times import days_between, local_day, the_plan, zone
from kiosk.hub.outreach.taking import Stretch

VISITS = frozenset({"checkout", "checkin", "handed_in"})


class Out:
    """Takes the events of a stretch; what it does not know it lets pass.

    What is out is read and written event by event: others plan and choose reminders meanwhile.
    """

    def __init__(self, stretch: Stretch) -> None:
        self._people, self._where = stretch.people, stretch.where
        self._rhythms = rhythms.of(stretch.keys)
        self._visited: dict[int, Rhythm] = {}
        named = {_loan(each) for each in stretch.events if each.kind in TAKERS}
        self._known = set(OpenLoan.objects.filter(loan__in=named).values_list("loan", flat=True))
        self._lengths: list[Length] = []
        self._outcomes: list[Outcome] = []

    @cached_property
    def _learnt(self) -> planning.Learnt:
        return learnt()

    @cached_property
    def _plan(self) -> Plan:
        return the_plan()

    def take(self, event: Event) -> None:
        if event.kind in VISITS and event.data.get("time") != "uncertain":
            self._visit(event)
        taker = TAKERS.get(event.kind)
        if taker in DATED and event.data.get("reckoned"):
            self._undated(event)
        elif taker is not None:
            taker(self, event)

    def finish(self) -> None:
        """Visits and what was learnt are counted in the end; nobody else reads them in between."""
        Rhythm.objects.bulk_create(
            self._visited.values(),
            update_conflicts=True,
            unique_fields=("person",),
            update_fields=("weekdays", "last_visit"),
        )
        Outcome.objects.bulk_create(self._outcomes)
        self._keep_lengths()

    def _keep_lengths(self) -> None:
        Length.objects.bulk_create(self._lengths)
        self._lengths.clear()

    def _visit(self, event: Event) -> None:
        """Counts the day of a visit under its weekday, once."""
        day, person = local_day(event.at, self._where), self._people.get(event.patron)
        if person is None:
            return
        rhythm = self._rhythms.get(person.pk) or Rhythm(person=person, weekdays=[0] * 7)
        if rhythm.last_visit is not None and day <= rhythm.last_visit:
            return
        counts = list(rhythm.weekdays or [0] * 7)
        counts[day.weekday()] += 1
        rhythm.weekdays, rhythm.last_visit = counts, day
        self._rhythms[person.pk] = self._visited[person.pk] = rhythm

    def _open(self, event: Event) -> OpenLoan | None:
        """The loan as it is now; nobody is asked for one that nobody knows."""
        number = _loan(event)
        return OpenLoan.objects.filter(loan=number).first() if number in self._known else None

    def _lent(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is None:
            return
        loan = self._open(event) or OpenLoan(loan=_loan(event))
        self._known.add(loan.loan)
        loan.person = person
        _fill(loan, event)
        self._replan(loan)

    def _taken_over(self, event: Event) -> None:
        person = self._people.get(event.patron)
        if person is None:
            return
        loan = self._open(event) or OpenLoan(loan=_loan(event))
        self._known.add(loan.loan)
        loan.person = person
        _fill(loan, event)
        moved.begin(loan, event, self._plan, self._where)
        self._replan(loan)
        moved.pass_over(loan, event)

    def _due(self, event: Event) -> None:
        """A renewal, or one that was undone: the old due date is no more, and what was to be said of it is not said."""
        loan = self._open(event)
        if loan is None:
            return
        loan.due = _moment(event.data, "due") or loan.due
        told = event.data.get("renewals")
        loan.renewals = told if isinstance(told, int) else loan.renewals + (1 if event.kind == "renewed" else -1)
        loan.chosen, loan.rung = None, 0
        hush(loan, self._replan)
        self._replan(loan)

    def _undated(self, event: Event) -> None:
        """Nothing can be planned by a day that nobody knows: the loan begins here when its day is told."""
        loan = self._open(event)
        if loan is not None:
            hush(loan, self._replan)
            loan.delete()

    def _handed_in(self, event: Event) -> None:
        loan = self._open(event)
        if loan is not None:
            hush(loan, self._replan)
            loan.handed_in_at = event.at
            loan.believed = loan.believed and event.data.get("time") != "uncertain"
            loan.save()

    def _back(self, event: Event) -> None:
        """The loan is over: its length stays, and what was forecast of it, but not what it was."""
        loan = self._open(event)
        if loan is None:
            return
        hush(loan, self._replan)
        back = loan.handed_in_at or event.at
        if loan.believed and event.data.get("time") != "uncertain":
            days = days_between(loan.out_at, back)
            day = local_day(back, self._where)
            week = day - timedelta(days=day.weekday())
            self._lengths.append(Length(person_id=loan.person_id, type=loan.type, days=round(days, 1), week=week))
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
                judged_on=planning.judged_on(loan, self._where),
            )
        )

    def _over(self, event: Event) -> None:
        """Undone or written off: it never was, or nobody waits for it."""
        loan = self._open(event)
        if loan is not None:
            hush(loan, self._replan)
            loan.delete()

    def _reopened(self, event: Event) -> None:
        """It is not back after all. Where it counted as over, the last length of that type goes with it."""
        loan = self._open(event)
        if loan is None:
            self._keep_lengths()
            last = Length.objects.filter(person__ref=event.patron, type=str(event.data.get("type") or "")).last()
            if last is not None:
                last.delete()
            self._lent(event)
            return
        loan.handed_in_at = None
        self._replan(loan)

    def _lost(self, event: Event) -> None:
        """Staff, or the library's own delay, gave it up: no notice goes out any more."""
        item = str(event.data.get("item") or "")
        loan = OpenLoan.objects.filter(item=item, person__ref=event.patron).first() if event.patron else None
        if loan is None:
            return
        hush(loan, self._replan)
        loan.lost = True
        loan.save()
        Lost.objects.get_or_create(
            item=item,
            state=Lost.State.LOST,
            defaults={"person_id": loan.person_id, "title": loan.title, "lost_at": event.at},
        )

    def _found(self, event: Event) -> None:
        item = str(event.data.get("item") or "")
        Lost.objects.filter(item=item, state=Lost.State.LOST).update(state=Lost.State.FOUND, found_at=event.at)
        OpenLoan.objects.filter(item=item, lost=True).update(lost=False)

    def _replan(self, loan: OpenLoan) -> None:
        planning.plan_all([loan], self._rhythms, self._learnt, self._plan, self._where, hub_clock().now())
        loan.save()


TAKERS: Mapping[str, Callable[[Out, Event], None]] = {
    "checkout": Out._lent,
    "loan_taken_over": Out._taken_over,
    "renewed": Out._due,
    "renewal_undone": Out._due,
    "handed_in": Out._handed_in,
    "checkin": Out._back,
    "return_confirmed": Out._back,
    "loan_reopened": Out._reopened,
    "checkout_undone": Out._over,
    "loan_written_off": Out._over,
    "item_lost": Out._lost,
    "item_found": Out._found,
}


DATED = frozenset({Out._lent, Out._taken_over, Out._due, Out._reopened})
"""They plan by the due date."""


def _fill(loan: OpenLoan, event: Event) -> None:
    data = event.data
    loan.item, loan.type = str(data.get("item") or ""), str(data.get("type") or "")
    title = data.get("title")
    loan.title = title if isinstance(title, int) else None
    loan.out_at, loan.due = _moment(data, "out") or event.at, _moment(data, "due") or event.at
    renewals = data.get("renewals")
    loan.renewals = renewals if isinstance(renewals, int) else 0
    loan.believed = data.get("time") != "uncertain"


def hush(loan: OpenLoan, replan: Callable[[OpenLoan], None] | None = None) -> None:
    """Takes back a reminder that has not gone out yet; what it would have said of other loans is planned anew."""
    plan = replan or replanned
    if loan.message and unsay(Kind.DUE_SOON, loan.message):
        for other in OpenLoan.objects.filter(message=loan.message).exclude(pk=loan.pk):
            other.told_for, other.early_for, other.message = None, None, ""
            plan(other)
    loan.message = ""


def replanned(loan: OpenLoan) -> None:
    """Forecasts the loan and plans its reminders anew, and saves it."""
    hers = rhythms.of([loan.person_id])
    planning.plan_all([loan], hers, learnt(loan.type), the_plan(), zone(), hub_clock().now())
    loan.save()


def _loan(event: Event) -> str:
    return str(event.data.get("loan") or "")


def _moment(data: Mapping[str, object], name: str) -> datetime | None:
    text = data.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
