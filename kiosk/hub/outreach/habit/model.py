"""How long a loan of this item type by this patron is likely to last; knows numbers only, never who or what they are.

Log length = the type's middle + the patron's own shift + chance. What is still out counts as "longer than this". The
parameters are found by a variational EM: the shift of a patron with few loans is pulled towards nobody's in particular.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy  # which loads a part of itself when it is first asked for: a hub starts sooner
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROUNDS = 80
CLOSE_ENOUGH = 1e-4
SHORTEST = 0.25
"""Days: what came back within the hour was not read, and its logarithm would weigh like a year."""
OF_ALL = 5.0
"""How many loans' weight all types together have in the parameters of one type."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Loans in columns: whose, of which type, after how many days back; or, where `out`, for how long gone.

    Types are names or numbers, whatever the caller likes; what is learnt knows them by their text.
    """

    patron: Whole
    type: NDArray[np.str_] | Whole
    days: Floats
    out: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TypeHabit:
    """Middle and spread of the log length, chance only, and how many loans that were returned tell of them."""

    middle: float
    spread: float
    returns: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What the loans have taught. The patron in place i has shift `shift[i]`, known up to the variance `doubt[i]`."""

    types: Mapping[str, TypeHabit]
    every: TypeHabit
    between: float
    """Variance of the patrons' shifts."""
    patron: Whole
    shift: Floats
    doubt: Floats
    returns: Whole

    @property
    def share(self) -> float:
        """The patron's share of the variance: 0 is no habit, 1 nothing else."""
        return self.between / (self.between + self.every.spread**2)

    def of(self, type: str) -> TypeHabit:
        return self.types.get(type, self.every)


def fit(loans: Lengths) -> Fit | None:
    """Learns from the loans, in whatever order they come; None where not one was ever returned."""
    if not len(loans.days) or bool(loans.out.all()):
        return None
    return _Work(loans).done()


def quantile(middle: Floats, spread: Floats, share: float, out: Floats) -> Floats:
    """The number of days within which that share of such loans is back, of those that are out for `out` days yet."""
    gone = scipy.special.ndtr((np.log(np.maximum(out, 1e-9)) - middle) / spread)
    found: Floats = np.exp(middle + spread * scipy.special.ndtri(np.clip(gone + (1 - gone) * share, 1e-9, 1 - 1e-9)))
    return np.maximum(found, out)


def later(middle: Floats, spread: Floats, days: Floats, out: Floats) -> Floats:
    """How probably such a loan lasts longer than `days`, when it is out for `out` days yet."""
    reached = np.maximum(np.maximum(days, out), 1e-9)
    beyond = scipy.special.log_ndtr(-(np.log(reached) - middle) / spread)
    yet = scipy.special.log_ndtr(-(np.log(np.maximum(out, 1e-9)) - middle) / spread)
    found: Floats = np.exp(beyond - yet)
    return found


class _Work:
    """The EM's columns and parameters, in an order of its own, so that sums come out the same to the last bit."""

    def __init__(self, loans: Lengths) -> None:
        order = np.lexsort((loans.days, loans.out, loans.type, loans.patron))
        self.y = np.log(np.maximum(loans.days[order], SHORTEST))
        self.out = np.flatnonzero(loans.out[order])
        self.limit = self.y[self.out]
        self.patrons, self.who = np.unique(loans.patron[order], return_inverse=True)
        self.names, self.what = np.unique(loans.type[order], return_inverse=True)
        self.loans_of = np.bincount(self.what, minlength=len(self.names)).astype(np.float64)
        self.back = ~loans.out[order]
        self.blur = np.zeros(len(self.y))
        self.middle = np.full(len(self.names), float(self.y.mean()))
        self.variance = np.full(len(self.names), max(float(self.y.var()), 1e-3))
        self.between = 0.3 * float(self.variance[0])
        self.shift, self.doubt = np.zeros(len(self.patrons)), np.zeros(len(self.patrons))

    def done(self) -> Fit:
        for _round in range(ROUNDS):
            before = self.between
            self._imagine()
            self._expect()
            self._learn()
            if abs(self.between - before) <= CLOSE_ENOUGH * before:
                break
        back = np.bincount(self.what[self.back], minlength=len(self.names))
        types = {
            str(name): TypeHabit(float(self.middle[at]), float(np.sqrt(self.variance[at])), int(back[at]))
            for at, name in enumerate(self.names)
        }
        every = TypeHabit(self.all_middle, float(np.sqrt(self.all_variance)), int(back.sum()))
        returns = np.bincount(self.who[self.back], minlength=len(self.patrons)).astype(np.int64)
        return Fit(types, every, self.between, self.patrons, self.shift, self.doubt, returns)

    def _imagine(self) -> None:
        """Where a loan is still out: its length as it would be on average, being longer than it is by now."""
        if not len(self.out):
            return
        what, expected = self.what[self.out], self.shift[self.who[self.out]]
        centre, spread = self.middle[what] + expected, np.sqrt(self.variance[what])
        at = (self.limit - centre) / spread
        hazard = np.exp(-0.5 * at**2 - 0.5 * np.log(2 * np.pi) - scipy.special.log_ndtr(-at))
        self.y[self.out] = centre + spread * hazard
        self.blur[self.out] = self.variance[what] * np.clip(1 + at * hazard - hazard**2, 0, 1)

    def _expect(self) -> None:
        weight = 1 / self.variance[self.what]
        count = len(self.patrons)
        self.doubt = 1 / (1 / self.between + np.bincount(self.who, weight, count))
        self.shift = self.doubt * np.bincount(self.who, weight * (self.y - self.middle[self.what]), count)

    def _learn(self) -> None:
        count = len(self.names)
        left = self.y - self.shift[self.who]
        self.all_middle = float(left.mean())
        self.middle = (np.bincount(self.what, left, count) + OF_ALL * self.all_middle) / (self.loans_of + OF_ALL)
        square = (left - self.middle[self.what]) ** 2 + self.doubt[self.who] + self.blur
        self.all_variance = max(float(square.mean()), 1e-4)
        self.variance = (np.bincount(self.what, square, count) + OF_ALL * self.all_variance) / (self.loans_of + OF_ALL)
        self.between = max(float((self.shift**2 + self.doubt).mean()), 1e-6)


def at(middle: float, spread: float, share: float) -> float:
    """The number of days within which that share of such loans is back, from the day they begin."""
    return float(np.exp(middle + spread * scipy.special.ndtri(share)))
