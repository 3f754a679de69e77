"""Measures the forecast of loan lengths against its bars, on loans that nobody made: it says so in what it prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kiosk.hub.outreach.habit.model import Fit, Floats, Lengths, fit, quantile
from kiosk.hub.outreach.habit.simulated import World, first, simulated

LOANS = 140_000
PATRONS = 2_600
SHARES = (0.1, 0.25, 0.5)
BARRED = 0.25
"""The patrons' share of the variance at which the bars hold: what was measured between real visits."""
BETTER, COVERED, QUICK = 0.10, (0.77, 0.83), 2.0
FORECAST_FROM = 3
"""Returns of a patron under which nothing is forecast from her own."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What came out for one size of habit. The errors are mean absolute ones of the logarithm."""

    share: float
    found: float
    loans: int
    tested: int
    by_type: float
    by_habit: float
    covered: float
    seconds: float
    same: bool

    @property
    def better(self) -> float:
        return 1 - self.by_habit / self.by_type


def figures(seed: int, loans: int = LOANS, patrons: int = PATRONS) -> Iterator[Figure]:
    """One for each size of habit."""
    for share in SHARES:
        rng = np.random.default_rng(seed)
        yield measured(simulated(patrons, share, rng), share, loans, rng)


def measured(world: World, share: float, loans: int, rng: np.random.Generator) -> Figure:
    mixed = _mixed(world.known, rng)
    known = first(mixed, loans)
    begin = time.perf_counter()
    learnt = fit(known)
    seconds = time.perf_counter() - begin
    assert learnt is not None
    middle, spread = forecast(learnt, world.next)
    truth = np.log(world.next.days)
    bound = quantile(middle, spread, 0.8, np.zeros(len(middle)))
    return Figure(
        share,
        learnt.share,
        len(known.days),
        len(truth),
        float(np.abs(truth - np.log(_medians(known, world.next))).mean()),
        float(np.abs(truth - middle).mean()),
        float((world.next.days <= bound).mean()),
        seconds,
        _same(learnt, fit(_mixed(known, rng))),
    )


def forecast(learnt: Fit, loans: Lengths) -> tuple[Floats, Floats]:
    """Middle and spread of the log length of each loan, from the type alone where the patron has too few returns."""
    place = np.clip(np.searchsorted(learnt.patron, loans.patron), 0, len(learnt.patron) - 1)
    own = (learnt.patron[place] == loans.patron) & (learnt.returns[place] >= FORECAST_FROM)
    types = [learnt.of(str(each)) for each in loans.type]
    middle = np.array([each.middle for each in types]) + np.where(own, learnt.shift[place], 0.0)
    chance = np.array([each.spread for each in types])
    return middle, np.sqrt(chance**2 + np.where(own, learnt.doubt[place], learnt.between))


def _medians(known: Lengths, asked: Lengths) -> Floats:
    back = ~known.out
    found = {each: float(np.median(known.days[back & (known.type == each)])) for each in np.unique(known.type)}
    return np.array([found[each] for each in asked.type])


def _mixed(loans: Lengths, rng: np.random.Generator) -> Lengths:
    order = rng.permutation(len(loans.days))
    return Lengths(loans.patron[order], loans.type[order], loans.days[order], loans.out[order])


def _same(one: Fit, other: Fit | None) -> bool:
    return (
        other is not None
        and one.types == other.types
        and one.between == other.between
        and bool(np.array_equal(one.shift, other.shift))
    )


def faults(figure: Figure) -> list[str]:
    """Which bars were missed, in words."""
    low, high = COVERED
    said = []
    if figure.share == BARRED and figure.better < BETTER:
        said.append(f"only {figure.better:.1%} better than the type's median, not {BETTER:.0%}")
    if not low <= figure.covered <= high:
        said.append(f"P80 covers {figure.covered:.3f}, not {low} to {high}")
    if figure.seconds > QUICK:
        said.append(f"fitted in {figure.seconds:.1f} s, not {QUICK:.0f} s")
    if not figure.same:
        said.append("another order of the same loans gives another answer")
    return said


def run(seed: int) -> int:
    """Prints the figures; 1 where a bar was missed."""
    print("habit: SIMULATED loans (lengths per type as a city library published them, log-normal by construction)")
    print("share found   loans  tested  type's median  habit  better  P80 covers   fit s  same when mixed")
    missed = []
    for figure in figures(seed):
        print(
            f"{figure.share:5.2f} {figure.found:5.2f} {figure.loans:7d} {figure.tested:7d} {figure.by_type:14.3f} "
            f"{figure.by_habit:6.3f} {figure.better:7.1%} {figure.covered:11.3f} {figure.seconds:7.2f}  "
            f"{'yes' if figure.same else 'NO'}"
        )
        missed += [f"share {figure.share}: {said}" for said in faults(figure)]
    for said in missed:
        print(f"MISSED {said}")
    return int(bool(missed))
