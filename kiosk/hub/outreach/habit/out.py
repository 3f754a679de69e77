"""Keeps the open loans as the feed tells of them: lent, renewed, back; plans each one's reminder as it comes."""

from collections.abc import Callable, Mapping
from datetime import datetime

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.delivery.kinds import Kind
from kiosk.hub.outreach.delivery.say import unsay
from kiosk.hub.outreach.events import Event
from kiosk.hub.outreach.habit import moved, planning
from kiosk.hub.outreach.habit.learning import learnt
from kiosk.hub.outreach.habit.models import Length, Lost, OpenLoan, Outcome, Rhythm
from kiosk.hub.outreach.habit.times import days_between, local_day, the_plan, zone
from kiosk.hub.outreach.people.models import Person

VISITS = frozenset({"checkout", "checkin", "handed_in"})


def take(event: Event) -> None:
    """Takes one event; what it does not know it lets pass."""
    if event.kind in VISITS and event.data.get("time") != "uncertain":
        _visit(event)
    if (taker := TAKERS.get(event.kind)) is not None:
        taker(event)


def _visit(event: Event) -> None:
    """Counts the day of a visit under its weekday, once."""
    day = local_day(event.at, zone())
    rhythm = _rhythm(_person(event))
    if rhythm.last_visit is not None and day <= rhythm.last_visit:
        return
    counts = list(rhythm.weekdays or [0] * 7)
    counts[day.weekday()] += 1
    rhythm.weekdays, rhythm.last_visit = counts, day
    rhythm.save(update_fields=("weekdays", "last_visit"))


def _lent(event: Event) -> None:
    loan = OpenLoan.objects.filter(loan=_loan(event)).first() or OpenLoan(loan=_loan(event))
    _fill(loan, event)
    replan(loan)


def _fill(loan: OpenLoan, event: Event) -> None:
    data = event.data
    loan.person, loan.item, loan.type = _person(event), str(data.get("item") or ""), str(data.get("type") or "")
    title = data.get("title")
    loan.title = title if isinstance(title, int) else None
    loan.out_at, loan.due = _moment(data, "out") or event.at, _moment(data, "due") or event.at
    renewals = data.get("renewals")
    loan.renewals = renewals if isinstance(renewals, int) else 0
    loan.believed = data.get("time") != "uncertain"


def _taken_over(event: Event) -> None:
    loan = OpenLoan.objects.filter(loan=_loan(event)).first() or OpenLoan(loan=_loan(event))
    _fill(loan, event)
    moved.begin(loan, event, the_plan(), zone())
    replan(loan)
    moved.pass_over(loan, event)


def _due(event: Event) -> None:
    """A renewal, or one that was undone: the old due date is no more, and what was to be said of it is not said."""
    loan = OpenLoan.objects.filter(loan=_loan(event)).first()
    if loan is None:
        return
    loan.due = _moment(event.data, "due") or loan.due
    told = event.data.get("renewals")
    loan.renewals = told if isinstance(told, int) else loan.renewals + (1 if event.kind == "renewed" else -1)
    loan.chosen, loan.rung = None, 0
    hush(loan)
    replan(loan)


def _handed_in(event: Event) -> None:
    loan = OpenLoan.objects.filter(loan=_loan(event)).first()
    if loan is not None:
        hush(loan)
        loan.handed_in_at = event.at
        loan.believed = loan.believed and event.data.get("time") != "uncertain"
        loan.save()


def _back(event: Event) -> None:
    """The loan is over: its length stays, and what was forecast of it, but not what it was."""
    loan = OpenLoan.objects.filter(loan=_loan(event)).first()
    if loan is None:
        return
    hush(loan)
    back = loan.handed_in_at or event.at
    if loan.believed and event.data.get("time") != "uncertain":
        days = days_between(loan.out_at, back)
        Length.objects.create(person_id=loan.person_id, type=loan.type, days=days)
        _judge(loan, days, back)
    loan.delete()


def _judge(loan: OpenLoan, days: float, back: datetime) -> None:
    if loan.middle is None or loan.spread is None or loan.by_type is None:
        return
    Outcome.objects.create(
        type=loan.type,
        basis=loan.first,
        middle=loan.middle,
        spread=loan.spread,
        by_type=loan.by_type,
        days=days,
        late=back > loan.due,
        judged_on=planning.judged_on(loan, zone()),
    )


def _over(event: Event) -> None:
    """Undone or written off: it never was, or nobody waits for it."""
    loan = OpenLoan.objects.filter(loan=_loan(event)).first()
    if loan is not None:
        hush(loan)
        loan.delete()


def _reopened(event: Event) -> None:
    """It is not back after all. Where it counted as over, the last length of that type goes with it."""
    loan = OpenLoan.objects.filter(loan=_loan(event)).first()
    if loan is None:
        last = Length.objects.filter(person__ref=event.patron, type=str(event.data.get("type") or "")).last()
        if last is not None:
            last.delete()
        _lent(event)
        return
    loan.handed_in_at = None
    replan(loan)


def _lost(event: Event) -> None:
    """Staff, or the library's own delay, gave it up: no notice goes out any more."""
    item = str(event.data.get("item") or "")
    loan = OpenLoan.objects.filter(item=item, person__ref=event.patron).first() if event.patron else None
    if loan is None:
        return
    hush(loan)
    loan.lost = True
    loan.save()
    Lost.objects.get_or_create(
        item=item,
        state=Lost.State.LOST,
        defaults={"person_id": loan.person_id, "title": loan.title, "lost_at": event.at},
    )


def _found(event: Event) -> None:
    item = str(event.data.get("item") or "")
    Lost.objects.filter(item=item, state=Lost.State.LOST).update(state=Lost.State.FOUND, found_at=event.at)
    OpenLoan.objects.filter(item=item, lost=True).update(lost=False)


TAKERS: Mapping[str, Callable[[Event], None]] = {
    "checkout": _lent,
    "loan_taken_over": _taken_over,
    "renewed": _due,
    "renewal_undone": _due,
    "handed_in": _handed_in,
    "checkin": _back,
    "return_confirmed": _back,
    "loan_reopened": _reopened,
    "checkout_undone": _over,
    "loan_written_off": _over,
    "item_lost": _lost,
    "item_found": _found,
}


def hush(loan: OpenLoan) -> None:
    """Takes back a reminder that has not gone out yet; what it would have said of other loans is planned anew."""
    if loan.message and unsay(Kind.DUE_SOON, loan.message):
        for other in OpenLoan.objects.filter(message=loan.message).exclude(pk=loan.pk):
            other.told_for, other.early_for, other.message = None, None, ""
            replan(other)
    loan.message = ""


def replan(loan: OpenLoan) -> None:
    """Forecasts the loan and plans its reminders anew, and saves it."""
    rhythms = planning.rhythms_of(Rhythm.objects.filter(person=loan.person_id))
    planning.plan_all([loan], rhythms, learnt(loan.type), the_plan(), zone(), hub_clock().now())
    loan.save()


def _person(event: Event) -> Person:
    person: Person = Person.objects.get_or_create(ref=event.patron, defaults={"since": event.at})[0]
    return person


def _rhythm(person: Person) -> Rhythm:
    rhythm: Rhythm = Rhythm.objects.get_or_create(person=person, defaults={"weekdays": [0] * 7})[0]
    return rhythm


def _loan(event: Event) -> str:
    return str(event.data.get("loan") or "")


def _moment(data: Mapping[str, object], name: str) -> datetime | None:
    text = data.get(name)
    return datetime.fromisoformat(text) if isinstance(text, str) else None
