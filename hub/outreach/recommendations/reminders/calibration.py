"""Measure how accurate the forecasts were, from anonymous outcomes and loans that are not yet back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

import numpy as np
import scipy
from numpy.typing import NDArray

from hub.outreach.library_system.central import local_day, zone
from hub.outreach.recommendations.reminders.loan_length_model import Floats
from hub.outreach.recommendations.reminders.models import Fit, OpenLoan, Outcome
from hub.outreach.recommendations.reminders.reminder_planning import evaluation_day

YEAR = timedelta(days=365)
NEWEST = 200_000
"""Maximum number of outcomes to count; the newest ones."""
ENOUGH = 30
"""Number of loans from which a share is shown."""
TENTHS = 8


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


@dataclass(slots=True)
class _Columns:
    type: list[str] = field(default_factory=list)
    middle: list[float] = field(default_factory=list)
    spread: list[float] = field(default_factory=list)
    by_type: list[float] = field(default_factory=list)
    days: list[float] = field(default_factory=list)


def count(now: datetime) -> None:
    """Evaluate the last year's forecasts, and store the result with the model."""
    Fit.objects.filter(pk=1).update(calibration=measure_calibration(now).as_dict())


def measure_calibration(now: datetime) -> Calibration:
    """Evaluate the forecasts of the last year."""
    where = zone()
    today = local_day(now, where)
    rows = Outcome.objects.filter(judged_on__lte=today, judged_on__gt=today - YEAR)
    columns = _Columns()
    newest = rows.order_by("-pk").values_list("type", "middle", "spread", "by_type", "days", "simulated")[:NEWEST]
    simulated = 0
    for *each, made_up in newest.iterator(chunk_size=2000):
        _add(columns, *each)
        simulated += made_up
    for loan in OpenLoan.objects.filter(middle__isnull=False, handed_in_at=None).iterator(chunk_size=2000):
        if evaluation_day(loan, where) <= today:
            _add(columns, loan.type, loan.middle, loan.spread, loan.by_type, np.inf)
    if not columns.days:
        return Calibration()
    return _calibration(columns, simulated)


def _add(columns: _Columns, type: str, middle: float, spread: float, by_type: float, days: float) -> None:
    columns.type.append(type)
    columns.middle.append(middle)
    columns.spread.append(spread)
    columns.by_type.append(by_type)
    columns.days.append(days)


def _calibration(columns: _Columns, simulated: int) -> Calibration:
    type = np.array(columns.type)
    log = np.log(np.maximum(np.array(columns.days), 0.25))
    middle, spread, by_type = np.array(columns.middle), np.array(columns.spread), np.array(columns.by_type)
    place: Floats = scipy.special.ndtr((log - middle) / spread)
    shown = TENTHS / 10
    counts, _edges = np.histogram(place[place <= shown], TENTHS, (0.0, shown))
    tenths = [*(counts / len(log)), float((place > shown).mean())]
    everything = np.ones(len(log), bool)
    groups = [_group("", everything, log, middle, by_type, place)]
    groups += [_group(str(name), type == name, log, middle, by_type, place) for name in np.unique(type)]
    return Calibration(groups[0], _by_size(groups[1:]), tuple(map(float, tenths)), simulated)


def _by_size(groups: Sequence[Group]) -> tuple[Group, ...]:
    return tuple(sorted(groups, key=lambda each: (-each.count, each.type)))


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
