"""Loans that nobody made: lengths per item type as a city library published them, and patrons with a habit of a size
that can be chosen. Tests the code and its calibration, never the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from kiosk.hub.outreach.habit.model import Lengths

TYPES = {
    "children": (37.0, 70.0, 0.30),
    "nonfiction": (42.0, 91.0, 0.22),
    "fiction": (28.0, 53.0, 0.24),
    "dvd": (21.0, 45.0, 0.10),
    "comic": (23.0, 45.0, 0.09),
    "audiobook": (25.0, 53.0, 0.05),
}
"""Median and upper quartile in days as published, and a share of all loans, which was not."""
LOANS = (7.0, 25.0, 91.0)
"""Quartiles of a patron's number of loans."""
UPPER_QUARTILE = 0.6744897501960817
MOST_LOANS = 400
RECENT, RECENTLY = 0.16, 60.0
"""The share of loans that began in the last days, and how many days those are: about a tenth of all are still out."""
FROM_THE_END = 0.25
"""A patron's last loans, as a share, are the ones to be forecast."""


@dataclass(frozen=True, slots=True)
class World:
    """`known` is what a library would have by a certain day; `next` are the loans that came after it, all returned."""

    known: Lengths
    next: Lengths


def simulated(patrons: int, share: float, rng: Generator) -> World:
    """Invents a library. `share` is the patrons' share of the variance."""
    spread = np.log(LOANS[2] / LOANS[1]) / UPPER_QUARTILE
    count = np.clip(np.exp(rng.normal(np.log(LOANS[1]), spread, patrons)), 1, MOST_LOANS).astype(np.int64)
    who = np.repeat(np.arange(patrons), count)
    names = np.array(list(TYPES))
    what = rng.choice(len(names), len(who), p=np.array([part for _m, _u, part in TYPES.values()]))
    middle = np.log(np.array([median for median, _u, _p in TYPES.values()]))
    wide = np.array([np.log(upper / median) for median, upper, _p in TYPES.values()]) / UPPER_QUARTILE
    between = share * float((wide[what] ** 2).mean())
    chance = np.sqrt(np.maximum(wide**2 - between, 0.05))
    y = middle[what] + rng.normal(0, np.sqrt(between), patrons)[who] + rng.normal(0, 1, len(who)) * chance[what]
    ordinal = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    known = ordinal < np.ceil((1 - FROM_THE_END) * count[who])
    days, whole = np.exp(y), np.zeros(len(who), bool)
    age = np.where(rng.random(len(who)) < RECENT, rng.uniform(1, RECENTLY, len(who)), np.inf)
    out = days > age
    seen = np.minimum(days, age)
    return World(
        Lengths(who[known], names[what[known]], seen[known], out[known]),
        Lengths(who[~known], names[what[~known]], days[~known], whole[~known]),
    )


def first(loans: Lengths, count: int) -> Lengths:
    """The loans at the head of the columns."""
    return Lengths(loans.patron[:count], loans.type[:count], loans.days[:count], loans.out[:count])
