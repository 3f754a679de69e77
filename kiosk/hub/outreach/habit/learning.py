"""Learns from all loan lengths at once, and forecasts and plans every open loan anew; one night's work, in bulk."""

import time
from array import array
from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from kiosk.hub.atomic import atomic
from kiosk.hub.outreach.habit import calibration, model, planning, rhythms
from kiosk.hub.outreach.habit.models import Fit, Length, OpenLoan, Plan, Rhythm, TypeHabit
from kiosk.hub.outreach.habit.planning import EVERY, Learnt
from kiosk.hub.outreach.habit.times import days_between, local_day, the_plan, zone

BATCH = 2000
PLANNED = (
    "basis", "first", "middle", "spread", "by_type", "usual", "likely", "late", "why", "remind_at", "early_at",
)  # fmt: skip


def learnt(*types: str) -> Learnt:
    """What was learnt last, of these item types or, with none named, of all."""
    rows = TypeHabit.objects.filter(type__in=(*types, EVERY)) if types else TypeHabit.objects.all()
    fit = Fit.objects.order_by("pk").first()
    return Learnt({each.type: each for each in rows}, fit.between if fit else 0.0)


def nightly(now: datetime) -> None:
    """Learns anew, then plans every open loan anew. Run twice it gives the same."""
    learn(now)
    plan_open(now)
    calibration.count(now)


def learn(now: datetime) -> model.Fit | None:
    """Fits the model to all lengths and keeps what it found; None where nothing was ever returned."""
    begin = time.perf_counter()
    loans, names = _lengths(now)
    found = model.fit(loans)
    if found is not None:
        _keep(found, names, len(loans.days), now, time.perf_counter() - begin)
    return found


def _lengths(now: datetime) -> tuple[model.Lengths, list[str]]:
    """All loans in columns, types as places in a list of names: millions of rows, so no row is kept as an object."""
    people, types, names = array("q"), array("q"), dict[str, int]()
    days, ages = array("d"), array("d")
    today = local_day(now, zone())

    def add(person: int, type: str, length: float, age: float) -> None:
        people.append(person)
        types.append(names.setdefault(type, len(names)))
        days.append(length)
        ages.append(age)

    rows = Length.objects.order_by().values_list("person_id", "type", "days", "week")
    for person, type, length, week in rows.iterator(BATCH):
        add(person, type, length, max((today - week).days, 0) if week else model.HALF_LIFE)
    back = len(days)
    still = OpenLoan.objects.filter(believed=True, handed_in_at=None, lost=False).order_by()
    for person, type, begin in still.values_list("person_id", "type", "out_at").iterator(BATCH):
        length = days_between(begin, now)
        add(person, type, length, length)
    out = np.arange(len(days)) >= back
    return model.Lengths(np.array(people), np.array(types), np.array(days), out, np.array(ages)), list(names)


@atomic
def _keep(found: model.Fit, names: list[str], loans: int, now: datetime, seconds: float) -> None:
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
    Rhythm.objects.bulk_create(
        (
            Rhythm(person_id=who, weekdays=[0] * 7, shift=shift, doubt=doubt, median=median, returns=returns)
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
    """Forecasts every open loan and plans its reminders; tells how many that were."""
    known, plan, where = learnt(), the_plan(), zone()
    last, done = 0, 0
    while batch := _plan_some(last, known, plan, where, now):
        last, done = batch[-1].pk, done + len(batch)
    return done


@atomic
def _plan_some(after: int, known: Learnt, plan: Plan, where: ZoneInfo, now: datetime) -> list[OpenLoan]:
    """The next some of them, which nobody else changes meanwhile."""
    rows = OpenLoan.objects.select_for_update().filter(pk__gt=after, handed_in_at=None, lost=False)
    batch = list(rows.order_by("pk")[:BATCH])
    hers = rhythms.of(each.person_id for each in batch)
    planning.plan_all(batch, hers, known, plan, where, now)
    OpenLoan.objects.bulk_create(
        batch, batch_size=BATCH, update_conflicts=True, unique_fields=("loan",), update_fields=PLANNED
    )
    return batch
