"""Every night, train the model on all loan lengths, replan every open loan, and measure how good the forecasts were."""

import time
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import scipy
from numpy.typing import NDArray

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.recommendations.reminders import loan_length_model, reminder_planning
from hub.outreach.recommendations.reminders.loan_length_model import Floats
from hub.outreach.recommendations.reminders.models import (
    Fit,
    LoanLength,
    OpenLoan,
    Outcome,
    ReminderSettings,
    TypeHabit,
    VisitPattern,
)
from hub.outreach.recommendations.reminders.reminder_planning import EVERY, Learnt, evaluation_day

BATCH = 2000
PLANNED = (
    "basis", "first", "middle", "spread", "by_type", "usual", "likely", "late", "why", "remind_at", "early_at",
)  # fmt: skip
YEAR = timedelta(days=365)
NEWEST = 200_000
"""Maximum number of outcomes to count; the newest ones."""
ENOUGH = 30
"""Number of loans from which a share is shown."""
TENTHS = 8


def learnt(*types: str) -> Learnt:
    """Return the last trained model, for these item types or for all."""
    rows = TypeHabit.objects.filter(type__in=(*types, EVERY)) if types else TypeHabit.objects.all()
    fit = Fit.objects.order_by("pk").first()
    return Learnt({each.type: each for each in rows}, fit.between if fit else 0.0)


def nightly(now: datetime) -> None:
    """Train the model, then replan every open loan. Running it twice gives the same result."""
    learn(now)
    plan_open(now)
    store_calibration(now)


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
    patterns = reminder_planning.patterns_of(each.person_id for each in batch)
    reminder_planning.plan_all(batch, patterns, known, plan, where, now)
    OpenLoan.objects.bulk_create(
        batch, batch_size=BATCH, update_conflicts=True, unique_fields=("loan",), update_fields=PLANNED
    )
    return batch


@dataclass(frozen=True, slots=True)
class Group:
    """Forecasts that are due, of one item type or of all.

    `usual` and `likely` are the shares that were back by these days (expected: 0.5 and 0.8). `off` is the median
    error in days, and `better` by how much the mean error of the log length is smaller than with the item type alone;
    both are based on returned loans only.
    """

    type: str
    count: int
    usual: float
    likely: float
    off: float | None
    better: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Result of all loans and of each item type.

    `tenths` has the share of each of the first eight tenths of the forecast, and the share of later returns.
    """

    all: Group | None = None
    types: tuple[Group, ...] = ()
    tenths: tuple[float, ...] = ()
    simulated: int = 0

    @staticmethod
    def from_dict(kept: dict[str, object]) -> "Calibration":
        """Read what `as_dict` has written."""
        if not kept:
            return Calibration()
        groups = [Group(**each) for each in kept["groups"]]  # type: ignore[attr-defined]
        return Calibration(groups[0], tuple(groups[1:]), tuple(kept["tenths"]), kept["simulated"])  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, object]:
        """Return the result as JSON data; empty if nothing was counted."""
        groups = [asdict(each) for each in (self.all, *self.types) if each is not None]
        return {"groups": groups, "tenths": self.tenths, "simulated": self.simulated} if groups else {}


def store_calibration(now: datetime) -> None:
    """Evaluate the last year's forecasts, and store the result with the model."""
    Fit.objects.filter(pk=1).update(calibration=measure_calibration(now).as_dict())


def measure_calibration(now: datetime) -> Calibration:
    """Evaluate the forecasts of the last year."""
    where = zone()
    today = local_day(now, where)
    rows = Outcome.objects.filter(judged_on__lte=today, judged_on__gt=today - YEAR)
    judged: list[tuple[str, float, float, float, float]] = []
    newest = rows.order_by("-pk").values_list("type", "middle", "spread", "by_type", "days", "simulated")[:NEWEST]
    simulated = 0
    for *each, made_up in newest.iterator(chunk_size=2000):
        judged.append(tuple(each))
        simulated += made_up
    for loan in OpenLoan.objects.filter(middle__isnull=False, handed_in_at=None).iterator(chunk_size=2000):
        if evaluation_day(loan, where) <= today:
            judged.append((loan.type, loan.middle, loan.spread, loan.by_type, np.inf))
    return _calibration(judged, simulated) if judged else Calibration()


def _calibration(judged: Sequence[tuple[str, float, float, float, float]], simulated: int) -> Calibration:
    type, middle, spread, by_type, days = map(np.array, zip(*judged, strict=True))
    log = np.log(np.maximum(days, 0.25))
    place: Floats = scipy.special.ndtr((log - middle) / spread)
    shown = TENTHS / 10
    counts, _edges = np.histogram(place[place <= shown], TENTHS, (0.0, shown))
    tenths = [*(counts / len(log)), float((place > shown).mean())]
    everything = np.ones(len(log), bool)
    groups = [_group("", everything, log, middle, by_type, place)]
    groups += [_group(str(name), type == name, log, middle, by_type, place) for name in np.unique(type)]
    by_size = sorted(groups[1:], key=lambda each: (-each.count, each.type))
    return Calibration(groups[0], tuple(by_size), tuple(map(float, tenths)), simulated)


def _group(type: str, chosen: NDArray[np.bool_], log: Floats, middle: Floats, by_type: Floats, place: Floats) -> Group:
    back = chosen & np.isfinite(log)
    off = better = None
    if back.any():
        wrong, without = np.abs(log - middle)[back].mean(), np.abs(log - by_type)[back].mean()
        off = float(np.median(np.abs(np.exp(log[back]) - np.exp(middle[back]))))
        better = float(1 - wrong / without) if without > 0 else None
    return Group(
        type, int(chosen.sum()), float((place[chosen] <= 0.5).mean()), float((place[chosen] <= 0.8).mean()), off, better
    )
