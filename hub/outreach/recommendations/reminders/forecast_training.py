"""Train the model on all loan lengths, and replan every open loan; a nightly job in bulk."""

import time
from array import array
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.recommendations.reminders import calibration, loan_length_model, reminder_planning, visit_patterns
from hub.outreach.recommendations.reminders.models import (
    Fit,
    LoanLength,
    OpenLoan,
    ReminderSettings,
    TypeHabit,
    VisitPattern,
)
from hub.outreach.recommendations.reminders.reminder_planning import EVERY, Learnt

BATCH = 2000
PLANNED = (
    "basis", "first", "middle", "spread", "by_type", "usual", "likely", "late", "why", "remind_at", "early_at",
)  # fmt: skip


def learnt(*types: str) -> Learnt:
    """Return the last trained model, for these item types or for all."""
    rows = TypeHabit.objects.filter(type__in=(*types, EVERY)) if types else TypeHabit.objects.all()
    fit = Fit.objects.order_by("pk").first()
    return Learnt({each.type: each for each in rows}, fit.between if fit else 0.0)


def nightly(now: datetime) -> None:
    """Train the model, then replan every open loan. Running it twice gives the same result."""
    learn(now)
    plan_open(now)
    calibration.count(now)


def learn(now: datetime) -> loan_length_model.Fit | None:
    """Fit the model to all lengths and store it; None if nothing was ever returned."""
    begin = time.perf_counter()
    loans, names = _lengths(now)
    found = loan_length_model.fit(loans)
    if found is not None:
        _keep(found, names, len(loans.days), now, time.perf_counter() - begin)
    return found


def _lengths(now: datetime) -> tuple[loan_length_model.Lengths, list[str]]:
    """Return all loans in columns, with types as indexes into a list of names.

    There may be millions of rows, so none is kept as an object.
    """
    people, types, names = array("q"), array("q"), dict[str, int]()
    days, ages = array("d"), array("d")
    today = local_day(now, zone())

    def add(person: int, type: str, length: float, age: float) -> None:
        people.append(person)
        types.append(names.setdefault(type, len(names)))
        days.append(length)
        ages.append(age)

    rows = LoanLength.objects.order_by().values_list("person_id", "type", "days", "week")
    for person, type, length, week in rows.iterator(BATCH):
        add(person, type, length, max((today - week).days, 0) if week else loan_length_model.HALF_LIFE)
    back = len(days)
    still = OpenLoan.objects.filter(believed=True, handed_in_at=None, lost=False).order_by()
    for person, type, begin in still.values_list("person_id", "type", "out_at").iterator(BATCH):
        length = days_between(begin, now)
        add(person, type, length, length)
    out = np.arange(len(days)) >= back
    return loan_length_model.Lengths(np.array(people), np.array(types), np.array(days), out, np.array(ages)), list(
        names
    )


@atomic
def _keep(found: loan_length_model.Fit, names: list[str], loans: int, now: datetime, seconds: float) -> None:
    TypeHabit.objects.all().delete()
    TypeHabit.objects.bulk_create(
        TypeHabit(type=name, **asdict(each))
        for name, each in (
            *((names[int(at)], each) for at, each in found.types.items() if names[int(at)]),
            (EVERY, found.every),
        )
    )
    Fit.objects.update_or_create(
        pk=1,
        defaults={"at": now, "loans": loans, "between": found.between, "share": found.share, "seconds": seconds},
    )
    VisitPattern.objects.bulk_create(
        (
            VisitPattern(person_id=who, weekdays=[0] * 7, shift=shift, doubt=doubt, median=median, returns=returns)
            for who, shift, doubt, median, returns in zip(
                found.patron.tolist(),
                found.own.shift.tolist(),
                found.own.doubt.tolist(),
                found.own.median.tolist(),
                found.own.returns.tolist(),
                strict=True,
            )
        ),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("person",),
        update_fields=("shift", "doubt", "median", "returns"),
    )


def plan_open(now: datetime) -> int:
    """Forecast every open loan and plan its reminders; return how many."""
    known, plan, where = learnt(), ReminderSettings.now(), zone()
    last, done = 0, 0
    while batch := _plan_some(last, known, plan, where, now):
        last, done = batch[-1].pk, done + len(batch)
    return done


@atomic
def _plan_some(after: int, known: Learnt, plan: ReminderSettings, where: ZoneInfo, now: datetime) -> list[OpenLoan]:
    """Plan the next batch, with its rows locked."""
    rows = OpenLoan.objects.select_for_update().filter(pk__gt=after, handed_in_at=None, lost=False)
    batch = list(rows.order_by("pk")[:BATCH])
    patterns = visit_patterns.patterns_of(each.person_id for each in batch)
    reminder_planning.plan_all(batch, patterns, known, plan, where, now)
    OpenLoan.objects.bulk_create(
        batch, batch_size=BATCH, update_conflicts=True, unique_fields=("loan",), update_fields=PLANNED
    )
    return batch
