"""Forecast open loans and set the days of their reminders by the library's rules, always within the loan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from hub.outreach.library_system.central import days_between, local_day, moment
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import Purpose
from hub.outreach.recommendations.reminders import loan_length_model
from hub.outreach.recommendations.reminders.models import Basis, OpenLoan, ReminderSettings, TypeHabit, VisitPattern

DAY = timedelta(days=1)
FEW = 3
"""Visits below which a patron has no usual weekday."""
EVERY = ""
GRACE = timedelta(days=1)
"""A reminder later than this is planned for another day: the loan was unknown, or no worker ran."""
FRESH = timedelta(days=1)
"""A forecast is evaluated by its outcome only if it was made this soon after the checkout."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """The trained model: each type's habit, and the variance between patrons."""

    types: Mapping[str, TypeHabit]
    between: float

    def habit(self, type: str) -> TypeHabit | None:
        """Return a type's habit, or that of all types; None before any training."""
        return self.types.get(type) or self.types.get(EVERY)


@dataclass(frozen=True, slots=True)
class Belief:
    """Estimated log length of one loan."""

    basis: str
    middle: float
    spread: float
    by_type: float


def believe(type: str, rhythm: VisitPattern | None, learnt: Learnt) -> Belief | None:
    """Return the estimate from the patron's returns and the item type; None before any training."""
    habit = learnt.habit(type)
    if habit is None:
        return None
    by_type, spread = loan_length_model.from_type(habit, learnt.between)
    if rhythm is None or rhythm.returns < loan_length_model.FEW_RETURNS:
        return Belief(str(Basis.TYPE), by_type, spread, by_type)
    middle, spread = loan_length_model.from_own(habit, rhythm.shift, rhythm.doubt, rhythm.median)
    return Belief(str(Basis.OWN), float(middle), float(spread), by_type)


def plan_all(
    loans: Sequence[OpenLoan],
    rhythms: Mapping[int, VisitPattern],
    learnt: Learnt,
    plan: ReminderSettings,
    where: ZoneInfo,
    now: datetime,
) -> None:
    """Set forecast and reminders of each loan, in place and without database access."""
    beliefs = [believe(each.type, rhythms.get(each.person_id), learnt) for each in loans]
    known = [(loan, belief) for loan, belief in zip(loans, beliefs, strict=True) if belief is not None]
    for loan, belief in known:
        _first(loan, belief, now)
    _forecast(known, where, now)
    for loan in loans:
        _remind(loan, rhythms.get(loan.person_id), plan, where, now)


def _first(loan: OpenLoan, belief: Belief, now: datetime) -> None:
    """Store the forecast made at the checkout."""
    if loan.middle is None and now - loan.out_at <= FRESH:
        loan.first, loan.middle, loan.spread = belief.basis, belief.middle, belief.spread
        loan.by_type = belief.by_type


def _forecast(known: Sequence[tuple[OpenLoan, Belief]], where: ZoneInfo, now: datetime) -> None:
    if not known:
        return
    middle = np.array([belief.middle for _loan, belief in known])
    spread = np.array([belief.spread for _loan, belief in known])
    out = np.array([days_between(loan.out_at, now) for loan, _belief in known])
    term = np.array([days_between(loan.out_at, loan.due) for loan, _belief in known])
    half, most = (
        loan_length_model.quantile(middle, spread, 0.5, out),
        loan_length_model.quantile(middle, spread, 0.8, out),
    )
    late = loan_length_model.later(middle, spread, term, out)
    for at, (loan, belief) in enumerate(known):
        begin, due = local_day(loan.out_at, where), local_day(loan.due, where)
        loan.basis, loan.late = belief.basis, float(late[at])
        loan.usual = clamp_to_loan(days_after(begin, float(half[at])), begin, due)
        loan.likely = clamp_to_loan(days_after(begin, float(most[at])), begin, due)


def _remind(
    loan: OpenLoan, rhythm: VisitPattern | None, plan: ReminderSettings, where: ZoneInfo, now: datetime
) -> None:
    begin, due = local_day(loan.out_at, where), local_day(loan.due, where)
    weekday = usual_weekday(rhythm.weekdays) if rhythm is not None and rhythm.weekdays else None
    if loan.basis != Basis.OWN:
        weekday = None
    if loan.chosen is not None:
        loan.why, day = str(OpenLoan.Why.CHOSEN), clamp_to_loan(loan.chosen, begin, due)
    elif loan.renewals == 0 and loan.likely is not None and weekday is not None:
        loan.why, day = str(OpenLoan.Why.HABIT), reminder_day(begin, due, loan.likely, weekday, plan.before)
        if moment(day, plan.moment, where) < now - GRACE:
            day = replacement_day(begin, due, local_day(now, where), weekday, plan.before)
    else:
        loan.why, day = str(OpenLoan.Why.DUE), reminder_day(begin, due, None, None, plan.before)
    loan.remind_at = None if loan.told_for == loan.due else _moment_within_loan(day, loan, plan, where)
    extra = early_day(begin, due, day, weekday, plan.early) if _risky(loan, rhythm, plan) else None
    is_reminded = loan.due in (loan.early_for, loan.told_for)
    is_past = extra is None or moment(extra, plan.moment, where) < now - GRACE
    loan.early_at = None if extra is None or is_reminded or is_past else _moment_within_loan(extra, loan, plan, where)


def _risky(loan: OpenLoan, rhythm: VisitPattern | None, plan: ReminderSettings) -> bool:
    if loan.renewals or loan.chosen is not None:
        return False
    visits = sum(rhythm.weekdays) if rhythm is not None else 0
    return visits <= plan.first_visits or (loan.late is not None and loan.late > plan.risk)


def _moment_within_loan(day: date, loan: OpenLoan, plan: ReminderSettings, where: ZoneInfo) -> datetime | None:
    """Return the time on that day; None if it is not within the loan, as with one of a few hours."""
    found = moment(day, plan.moment, where)
    return found if loan.out_at < found < loan.due else None


def evaluation_day(loan: OpenLoan, where: ZoneInfo) -> date:
    """Return the day by which four of five such loans are back, by the forecast at the checkout."""
    assert loan.middle is not None and loan.spread is not None
    return days_after(local_day(loan.out_at, where), loan_length_model.quantile_days(loan.middle, loan.spread, 0.8))


def patterns_of(people: Iterable[int]) -> dict[int, VisitPattern]:
    """Return patterns by person. Without the consent only visits may be used, so returns are set to 0."""
    keys = set(people)
    agreed = consents.all_given(Purpose.REMINDERS, keys)
    found = {each.person_id: each for each in VisitPattern.objects.filter(person__in=keys)}
    for each in found.values():
        if each.person_id not in agreed:
            each.returns = 0
    return found


def clamp_to_loan(day: date, out: date, due: date) -> date:
    """Return the day, or the nearest one from the day after the checkout to the due date."""
    return min(max(day, out + DAY), due)


def days_after(out: date, days: float) -> date:
    """Return the day so many days later, or the last day of the calendar if there is none."""
    left = (date.max - out).days
    return out + timedelta(days=min(round(days), left))


def usual_weekday(visits: Sequence[int]) -> int | None:
    """Return the patron's usual weekday (0 is Monday) from seven counts; None if none is most frequent."""
    most = max(visits)
    return visits.index(most) if sum(visits) >= FEW and most >= 2 and list(visits).count(most) == 1 else None


def reminder_day(out: date, due: date, likely: date | None, weekday: int | None, before: int) -> date:
    """Return the last usual weekday before the likely return, at least `before` days before the due date.

    Without a forecast or a usual weekday, or if none is left, `before` days before the due date.
    """
    latest = due - timedelta(days=before)
    if likely is None or weekday is None:
        return clamp_to_loan(latest, out, due)
    day = _last_weekday(weekday, min(latest, likely))
    return day if day > out else clamp_to_loan(latest, out, due)


def replacement_day(out: date, due: date, today: date, weekday: int, before: int) -> date:
    """Return the replacement for a missed day: the next usual weekday, if it is not too late by then."""
    latest = due - timedelta(days=before)
    day = _last_weekday(weekday, today + timedelta(days=7))
    return day if out < day <= latest else clamp_to_loan(latest, out, due)


def early_day(out: date, due: date, main: date, weekday: int | None, before: int) -> date | None:
    """Return the day of an extra reminder: `before` days before the due date, or the usual weekday before.

    None if it would not be two days after the checkout and two days before the main reminder.
    """
    latest = min(due - timedelta(days=before), main - 2 * DAY)
    day = latest if weekday is None else _last_weekday(weekday, latest)
    if day < out + 2 * DAY:
        day = latest
    return day if day >= out + 2 * DAY else None


def _last_weekday(weekday: int, until: date) -> date:
    return until - timedelta(days=(until.weekday() - weekday) % 7)
