"""Simulate loans to test the forecast and its calibration; no real return times are available.

Lengths per item type follow the quartiles that a city library published. A patron's habit has a chosen share of the
variance. Each world of `WORLDS` breaks one assumption of a log-normal model with a constant habit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from hub.outreach.recommendations.reminders.loan_length_model import Floats, Lengths

TYPES = {
    "children": (37.0, 70.0, 0.30),
    "nonfiction": (42.0, 91.0, 0.22),
    "fiction": (28.0, 53.0, 0.24),
    "dvd": (21.0, 45.0, 0.10),
    "comic": (23.0, 45.0, 0.09),
    "audiobook": (25.0, 53.0, 0.05),
}
"""Median and upper quartile in days as published, and an assumed share of all loans."""
LOANS = (7.0, 25.0, 91.0)
"""Quartiles of a patron's number of loans."""
UPPER_QUARTILE = 0.6744897501960817
MOST_LOANS = 400
PAST, NEXT = 1095.0, 14.0
"""Days of known loans, and days after them in which tested loans begin. The hub trains every night."""

STEADY, OPEN, DRIFT, PILE, TAILS = "steady", "open gaps", "drifting habit", "due date pile", "heavy tails"
WORLDS = (STEADY, OPEN, DRIFT, PILE, TAILS)
NEVER = 0.15
"""Open gaps: share of loans whose end is never recorded, as where patrons stop coming."""
DRIFT_OF_ALL, DRIFT_OF_ONE = 0.25, 0.35
"""Drifting habit: yearly growth of all log lengths, and deviation of a patron's yearly random walk."""
TERM, PILED = 28.0, 0.7
"""Due date pile: loan period in days, and the share of longer loans returned within its last two days."""
FREEDOM = 2.0
"""Heavy tails: degrees of freedom of Student's t in place of the normal distribution."""


@dataclass(frozen=True, slots=True)
class World:
    """A simulated library: `past` are its loans up to a day, `next` the later ones, all returned."""

    past: Lengths
    next: Lengths


def simulate_loans(patrons: int, share: float, rng: Generator, world: str = STEADY) -> World:
    """Simulate a library.

    Args:
        patrons: Number of patrons.
        share: The patrons' share of the variance of the log length.
        rng: Random number generator.
        world: One of `WORLDS`.
    """
    spread = np.log(LOANS[2] / LOANS[1]) / UPPER_QUARTILE
    count = np.clip(np.exp(rng.normal(np.log(LOANS[1]), spread, patrons)), 1, MOST_LOANS).astype(np.int64)
    patron = np.repeat(np.arange(patrons), count)
    begin = rng.uniform(-PAST, NEXT, len(patron))
    names = np.array(list(TYPES))
    what = rng.choice(len(names), len(patron), p=np.array([part for _m, _u, part in TYPES.values()]))
    middle = np.log(np.array([median for median, _u, _p in TYPES.values()]))
    wide = np.array([np.log(upper / median) for median, upper, _p in TYPES.values()]) / UPPER_QUARTILE
    between = share * float((wide[what] ** 2).mean())
    chance = np.sqrt(np.maximum(wide**2 - between, 0.05))
    noise = rng.standard_t(FREEDOM, len(patron)) * 0.6 if world == TAILS else rng.normal(0, 1, len(patron))
    y = middle[what] + rng.normal(0, np.sqrt(between), patrons)[patron] + noise * chance[what]
    if world == DRIFT:
        y += DRIFT_OF_ALL * begin / 365 + _walks(patrons, rng)[patron, ((begin + PAST) // 30).astype(np.int64)]
    days = np.clip(np.exp(y), 0.01, 3650)
    if world == PILE:
        late = (days > TERM) & (rng.random(len(days)) < PILED)
        days = np.where(late, TERM - rng.uniform(0, 2, len(days)), days)
    end = np.where(rng.random(len(days)) < (NEVER if world == OPEN else 0.0), np.inf, begin + days)
    known, out = begin < 0, end > 0
    week = -np.floor(end / 7) * 7  # the hub keeps only the week of a return
    return World(
        Lengths(patron, names[what], np.where(out, -begin, days), out, np.where(out, -begin, week)).select(known),
        Lengths(patron, names[what], days, np.zeros(len(patron), bool), np.zeros(len(patron))).select(
            ~known & np.isfinite(end)
        ),
    )


def first(loans: Lengths, count: int) -> Lengths:
    """Return the loans at the head of the columns."""
    return loans.select(np.arange(min(count, len(loans.days))))


def _walks(patrons: int, rng: Generator) -> Floats:
    """Return each patron's random walk, in months of 30 days."""
    months = int((PAST + NEXT) // 30) + 1
    return np.cumsum(rng.normal(0, DRIFT_OF_ONE * np.sqrt(30 / 365), (patrons, months)), axis=1)
