"""Forecast how long a loan of an item type by a patron lasts, from loan lengths alone.

Log length = the type's middle + the patron's shift + noise. Open loans count as "longer than this" (right-censored). A
variational EM finds the parameters, which shrinks the shift of a patron with few loans towards 0. Old lengths lose
weight.

The EM's quantiles hold for log-normal lengths only. So the loans returned in the last months are forecast from what
was known when each began, and the quantiles of the results correct the forecast of each item type. Where the median of
a patron's own last returns forecasts better than the shrunk shift, it is used instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import scipy  # imports its submodules on first use, so that the hub starts sooner
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Number = TypeVar("Number", float, Floats)

ROUNDS = 80
CLOSE_ENOUGH = 1e-4
SHORTEST = 0.25
"""Shortest length in days. A return within the hour was no reading, and its log would weigh like a year."""
OF_ALL = 5.0
"""Weight of all types together in the parameters of one type, in loans."""
FEW_RETURNS = 3
"""Returns of a patron below which the forecast is made from the item type alone."""
HALF_LIFE = 180.0
"""Days after which a length weighs half."""
LAST = 31
"""Number of a patron's last returns whose median is used."""
JUDGED = 90.0
"""Days of the past whose returns calibrate the forecast."""
ENOUGH = 50
"""Weight of all types together in the calibration of one type, in loans."""
LIKELY = 0.8
NARROWEST = 0.01
"""Spread of the log length below which the conditional forecast of a loan would not be computable."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Loans in columns: patron, type, days until the return or, where `out`, since the checkout.

    Types are names or numbers; the model identifies them by their text. `age` is the number of days since the loan
    ended or, where `out`, since it began: a loan that has been out for years weighs as little as one that ended years
    ago.
    """

    patron: Whole
    type: NDArray[np.str_] | Whole
    days: Floats
    out: NDArray[np.bool_]
    age: Floats

    def select(self, rows: NDArray[np.bool_] | Whole) -> Lengths:
        """Return the loans at these rows."""
        return Lengths(self.patron[rows], self.type[rows], self.days[rows], self.out[rows], self.age[rows])


class Habit(Protocol):
    """Middle and spread of a type's log length, and the correction of its forecasts by outcomes.

    A forecast is moved by `offset` and widened by `factor`, both in units of its spread: `own_*` where it is made from
    the patron's own returns, `type_*` where it is made from the type alone. `by_median`: own forecasts use the
    patron's median.
    """

    @property
    def middle(self) -> float: ...
    @property
    def spread(self) -> float: ...
    @property
    def own_offset(self) -> float: ...
    @property
    def own_factor(self) -> float: ...
    @property
    def type_offset(self) -> float: ...
    @property
    def type_factor(self) -> float: ...
    @property
    def by_median(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class CountedHabit:
    """A `Habit`, and the number of returned loans that it was learnt from."""

    middle: float
    spread: float
    returns: int
    own_offset: float = 0.0
    own_factor: float = 1.0
    type_offset: float = 0.0
    type_factor: float = 1.0
    by_median: bool = False


@dataclass(frozen=True, slots=True)
class PatronEstimates:
    """Estimates from the returns of patrons at certain times, in columns.

    `shift` is the shrunk deviation from the types' middles with its variance `doubt`, `median` the median log length
    of the last returns, `returns` the number of all.
    """

    shift: Floats
    doubt: Floats
    median: Floats
    returns: Whole


@dataclass(frozen=True, slots=True)
class LoanLengthFit:
    """The trained model; `estimates` has the estimates of the patrons in `patron`, in the same order."""

    types: Mapping[str, CountedHabit]
    every: CountedHabit
    between: float
    """Variance of the patrons' shifts."""
    patron: Whole
    estimates: PatronEstimates

    @property
    def share(self) -> float:
        """The patrons' share of the variance: 0 is no habit, 1 nothing else.

        Old lengths count less, so it comes out up to 0.06 too small.
        """
        return self.between / (self.between + self.every.spread**2)

    def habit(self, type: str) -> CountedHabit:
        """Return a type's habit, or that of all types if it is unknown."""
        return self.types.get(type, self.every)


def fit(loans: Lengths) -> LoanLengthFit | None:
    """Train the model on the loans, in any order; None if no loan was ever returned."""
    if not len(loans.days) or bool(loans.out.all()):
        return None
    work = _Work(loans)
    return _calibrate(work, work.train())


def from_own(habit: Habit, shift: Number, doubt: Number, median: Number) -> tuple[Number, Number]:
    """Return middle and spread of the log length, from the patron's own returns."""
    spread = np.hypot(habit.spread, np.sqrt(doubt))
    middle = median if habit.by_median else habit.middle + shift
    return middle + habit.own_offset * spread, np.maximum(habit.own_factor * spread, NARROWEST)


def from_type(habit: Habit, between: float) -> tuple[float, float]:
    """Return middle and spread of the log length, from the item type alone."""
    spread = float(np.hypot(habit.spread, np.sqrt(between)))
    return habit.middle + habit.type_offset * spread, max(habit.type_factor * spread, NARROWEST)


def quantile(middle: Floats, spread: Floats, share: float, out: Floats) -> Floats:
    """Return the days within which this share of loans is back, given that they are out for `out` days."""
    gone = scipy.special.ndtr((np.log(np.maximum(out, 1e-9)) - middle) / spread)
    found: Floats = np.exp(middle + spread * scipy.special.ndtri(np.clip(gone + (1 - gone) * share, 1e-9, 1 - 1e-9)))
    return np.maximum(found, out)


def later(middle: Floats, spread: Floats, days: Floats, out: Floats) -> Floats:
    """Return the probability that a loan lasts longer than `days`, given that it is out for `out` days."""
    reached = np.maximum(np.maximum(days, out), 1e-9)
    beyond = scipy.special.log_ndtr(-(np.log(reached) - middle) / spread)
    yet = scipy.special.log_ndtr(-(np.log(np.maximum(out, 1e-9)) - middle) / spread)
    return np.exp(beyond - yet)


def quantile_days(middle: float, spread: float, share: float) -> float:
    """Return the days within which this share of loans is back, counted from the checkout."""
    return float(np.exp(middle + spread * scipy.special.ndtri(share)))


class _Work:
    """The EM's columns and parameters, in a canonical order, so that sums are equal to the last bit."""

    def __init__(self, loans: Lengths) -> None:
        order = np.lexsort((loans.days, loans.type, loans.out, -loans.age, loans.patron))
        self.loans = loans = loans.select(order)
        self.y = np.log(np.maximum(loans.days, SHORTEST))
        self.weight = np.exp2(-loans.age / HALF_LIFE)
        self.out = np.flatnonzero(loans.out)
        self.limit = self.y[self.out]
        self.patrons, self.who = np.unique(loans.patron, return_inverse=True)
        self.names, self.what = np.unique(loans.type, return_inverse=True)
        self.loans_of = np.bincount(self.what, self.weight, len(self.names))
        self.back = ~loans.out
        self.blur = np.zeros(len(self.y))
        self.middle = np.full(len(self.names), float(self.y.mean()))
        self.variance = np.full(len(self.names), max(float(self.y.var()), 1e-3))
        self.between = 0.3 * float(self.variance[0])
        self.shift, self.doubt = np.zeros(len(self.patrons)), np.zeros(len(self.patrons))

    def train(self) -> LoanLengthFit:
        """Run the EM to convergence and return the model, not yet calibrated."""
        for _round in range(ROUNDS):
            before = self.between
            self._imagine()
            self._expect()
            self._learn()
            if abs(self.between - before) <= CLOSE_ENOUGH * before:
                break
        back = np.bincount(self.what[self.back], minlength=len(self.names))
        types = {
            str(name): CountedHabit(float(self.middle[at]), float(np.sqrt(self.variance[at])), int(back[at]))
            for at, name in enumerate(self.names)
        }
        every = CountedHabit(self.all_middle, float(np.sqrt(self.all_variance)), int(back.sum()))
        return LoanLengthFit(
            types, every, self.between, self.patrons, _Past(self).estimates_before(np.arange(len(self.patrons)), 0.0)
        )

    def _imagine(self) -> None:
        """Impute each open loan's length: its expected value, given that it is longer than now."""
        if not len(self.out):
            return
        what, expected = self.what[self.out], self.shift[self.who[self.out]]
        centre, spread = self.middle[what] + expected, np.sqrt(self.variance[what])
        at = (self.limit - centre) / spread
        hazard = np.exp(-0.5 * at**2 - 0.5 * np.log(2 * np.pi) - scipy.special.log_ndtr(-at))
        self.y[self.out] = centre + spread * hazard
        self.blur[self.out] = self.variance[what] * np.clip(1 + at * hazard - hazard**2, 0, 1)

    def _expect(self) -> None:
        weight = self.weight / self.variance[self.what]
        count = len(self.patrons)
        self.doubt = 1 / (1 / self.between + np.bincount(self.who, weight, count))
        self.shift = self.doubt * np.bincount(self.who, weight * (self.y - self.middle[self.what]), count)

    def _learn(self) -> None:
        count = len(self.names)
        left = self.y - self.shift[self.who]
        self.all_middle = float(np.average(left, weights=self.weight))
        middle = np.bincount(self.what, self.weight * left, count) + OF_ALL * self.all_middle
        self.middle = middle / (self.loans_of + OF_ALL)
        square = (left - self.middle[self.what]) ** 2 + self.doubt[self.who] + self.blur
        self.all_variance = max(float(np.average(square, weights=self.weight)), 1e-4)
        variance = np.bincount(self.what, self.weight * square, count) + OF_ALL * self.all_variance
        self.variance = variance / (self.loans_of + OF_ALL)
        self.between = max(float((self.shift**2 + self.doubt).mean()), 1e-6)


class _Past:
    """Returned loans by patron and day, to estimate what was known of a patron on any day."""

    def __init__(self, work: _Work) -> None:
        rows = np.flatnonzero(work.back)
        self._who, self._ended, what = work.who[rows], -work.loans.age[rows], work.what[rows]
        self._y = work.y[rows]
        self._between = work.between
        weight = np.exp2(self._ended / HALF_LIFE) / work.variance[what]
        self._weight = np.append(0.0, np.cumsum(weight))
        self._sum = np.append(0.0, np.cumsum(weight * (self._y - work.middle[what])))
        self._first = float(np.min(self._ended)) - 1
        self._keys = self._key(self._who, self._ended)

    def estimates_before(self, patron: Whole, day: Floats | float) -> PatronEstimates:
        """Return the estimates from loans that ended before the day; today is 0, the past is negative."""
        day = np.broadcast_to(np.asarray(day, np.float64), patron.shape)
        begin = np.searchsorted(self._who, patron)
        end = np.searchsorted(self._keys, self._key(patron, np.maximum(day, self._first)), "right")
        end = np.maximum(end, begin)
        since = np.exp2(day / HALF_LIFE)
        doubt = 1 / (1 / self._between + (self._weight[end] - self._weight[begin]) / since)
        shift = doubt * (self._sum[end] - self._sum[begin]) / since
        return PatronEstimates(shift, doubt, self._medians(begin, end), (end - begin).astype(np.int64))

    def _key(self, patron: Whole, day: Floats) -> Floats:
        """Return a number that increases with the patron, then with the day."""
        return np.asarray(patron * (1 - self._first) + np.minimum(day, 0) - self._first)

    def _medians(self, begin: Whole, end: Whole) -> Floats:
        count = np.minimum(end - begin, LAST)
        place = end[:, None] - 1 - np.arange(LAST)
        last = np.where(np.arange(LAST) < count[:, None], self._y[np.maximum(place, 0)], np.inf)
        last.sort(axis=1)
        rows, half = np.arange(len(end)), np.maximum(count - 1, 0)
        return np.where(count > 0, 0.5 * (last[rows, half // 2] + last[rows, (half + 1) // 2]), 0.0)


def _calibrate(work: _Work, found: LoanLengthFit) -> LoanLengthFit:
    """Correct each type by the outcomes of the forecasts of the last months' returns."""
    rows = np.flatnonzero(work.back & (work.loans.age <= JUDGED))
    what, y = work.what[rows], work.y[rows]
    own = _Past(work).estimates_before(work.who[rows], -work.loans.age[rows] - work.loans.days[rows])
    by_own = own.returns >= FEW_RETURNS
    spread = np.hypot(np.sqrt(work.variance[what]), np.sqrt(own.doubt))
    left = y - work.middle[what]
    shrunk, raw = (left - own.shift) / spread, (y - own.median) / spread
    alone = left / np.sqrt(work.variance[what] + work.between)

    def choose_correction(habit: CountedHabit, rows: NDArray[np.bool_], every: CountedHabit) -> CountedHabit:
        selected = rows & by_own
        by_median = every.by_median if selected.sum() < ENOUGH else _error(raw[selected]) < _error(shrunk[selected])
        # a type that chooses otherwise than all types together cannot borrow their correction
        prior = (every.own_offset, every.own_factor) if by_median == every.by_median else (0.0, 1.0)
        own_offset, own_factor = _correction((raw if by_median else shrunk)[selected], *prior)
        type_offset, type_factor = _correction(alone[rows], every.type_offset, every.type_factor)
        return replace(
            habit,
            own_offset=own_offset,
            own_factor=own_factor,
            type_offset=type_offset,
            type_factor=type_factor,
            by_median=bool(by_median),
        )

    every = choose_correction(found.every, np.ones(len(rows), bool), found.every)
    places = {str(name): at for at, name in enumerate(work.names)}
    types = {name: choose_correction(habit, what == places[name], every) for name, habit in found.types.items()}
    return replace(found, types=types, every=every)


def _error(left: Floats) -> float:
    """Return the mean absolute error after the median error is corrected."""
    return float(np.abs(left - np.median(left)).mean())


def _correction(left: Floats, offset: float, factor: float) -> tuple[float, float]:
    """Return offset and factor at which half and four fifths of the errors lie below.

    Few errors are mixed with the offset and factor given.
    """
    count = len(left)
    if count:
        half, likely = np.quantile(left, (0.5, LIKELY))
        own = float(likely - half) / float(scipy.special.ndtri(LIKELY))
        offset = (count * float(half) + ENOUGH * offset) / (count + ENOUGH)
        factor = (count * own + ENOUGH * factor) / (count + ENOUGH)
    return offset, factor
