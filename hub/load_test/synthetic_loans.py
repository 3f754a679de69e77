"""Invent the loans of a large library: patron, title, copy, begin and end of each.

Loan lengths by item type, loans per patron, habits, weekdays and the late rate follow what city libraries have
published. The titles are invented. Patrons join, stay and leave; each reads mostly in one subject, and loans of one
visit belong together. The same seed, sizes and day give the same library.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.random import Generator

from hub.outreach.recommendations.reminders.loan_length_model import Floats, Whole
from hub.outreach.recommendations.reminders.simulated_loans import LOANS, TYPES, UPPER_QUARTILE

DAYS = 3 * 364
PERIOD = 28
HABIT = 0.25
"""The patrons' share of the variance of loan lengths."""
LATE = 0.042
MOST_OF_ONE = 330
"""Maximum loans per patron in the whole period, also as a rate: about 12 are then out at a time."""
OF_A_VISIT = 2.5
USUAL_DAY = 0.4
STAYS, FROM_THE_FIRST = 0.6, 0.55
"""Shares of the patrons who are still active, and who were active from the first day."""
SUBJECTS, STRAYS = 60, 0.25
OF_A_TITLE, FEWEST = 25, 60
"""Average loans per title, and minimum titles per subject."""
LONGEST = 300.0
CHILDREN = 0.15


@dataclass(frozen=True, slots=True)
class SyntheticLoans:
    """One row per loan in order of beginning, with moments in days since the first day, local time.

    A loan that is not returned by `end` has a later `back`. `title` counts the titles of a subject by popularity.
    `copy` is 0 except for loans of one title that are out at the same time.
    """

    patron: Whole
    title: Whole
    copy: Whole
    type: Whole
    out: Floats
    back: Floats
    renewals: Whole

    def __len__(self) -> int:
        return len(self.patron)

    def select(self, rows: object) -> SyntheticLoans:
        return SyntheticLoans(*(getattr(self, each.name)[rows] for each in fields(self)))

    def due(self, renewals: Whole) -> Floats:
        """Return the due moment after so many renewals: the last minute of the day."""
        return np.asarray(np.floor(self.out) + PERIOD * (1 + renewals) + (1 - 1 / 1440))

    def renewals_by(self, now: float) -> Whole:
        """Return the renewals of each loan by then, each made on the due date before closing."""
        passed = np.floor((now - np.floor(self.out) - 0.75) / PERIOD)
        return np.clip(passed, 0, self.renewals).astype(np.int64)


@dataclass(frozen=True, slots=True)
class SyntheticLibrary:
    """Patrons by number with branch and group, titles by number with type, and all loans until `end`."""

    branch: Whole
    group: Whole
    types: Whole
    loans: SyntheticLoans
    end: float

    @property
    def titles(self) -> int:
        return len(self.types)


def invent_library(patrons: int, loans: int, seed: int) -> SyntheticLibrary:
    """Invent a library, up to the night after day DAYS.

    It has fewer loans than requested if patrons drew a title twice.
    """
    rng = np.random.default_rng(seed)
    titles = max(loans // OF_A_TITLE, FEWEST * SUBJECTS)
    types = rng.choice(len(TYPES), titles, p=[share for _median, _upper, share in TYPES.values()])
    end = DAYS + 1 + 2 / 24
    patron = np.repeat(np.arange(patrons), _sizes(rng, patrons, round(1.25 * loans)))
    patron, title = _distinct(patron, _titles(rng, patrons, titles, patron), loans, rng)
    out = _moments(rng, patrons, patron, end)
    order = np.lexsort((title, out))
    patron, title, out = patron[order], title[order], out[order]
    days = _lengths(rng, patrons, patron, types[title])
    renewals = _renewals(rng, out, days)
    back = out + days
    copy = _copies(title, back > end)
    found = SyntheticLoans(patron, title, copy, types[title], out, back, renewals)
    branch = rng.choice(3, patrons, p=[0.6, 0.25, 0.15])
    group = np.where(rng.random(patrons) < CHILDREN, 1, np.where(rng.random(patrons) < 0.1, 2, 0))
    return SyntheticLibrary(branch, group, types, found, end)


def _sizes(rng: Generator, patrons: int, loans: int) -> Whole:
    """Return the loans per patron, in the shape of the published quartiles and with the requested mean."""
    spread = np.log(LOANS[2] / LOANS[1]) / UPPER_QUARTILE
    mean = loans / patrons
    found = np.exp(rng.normal(0, spread, patrons))
    for _again in range(20):
        found = np.minimum(found * mean / found.mean(), MOST_OF_ONE)
    return np.maximum(np.round(found), 1).astype(np.int64)


def _titles(rng: Generator, patrons: int, titles: int, patron: Whole) -> Whole:
    each = titles // SUBJECTS
    own = rng.integers(SUBJECTS, size=patrons)[patron]
    subject = np.where(rng.random(len(patron)) < STRAYS, rng.integers(SUBJECTS, size=len(patron)), own)
    rank = (each * rng.random(len(patron)) ** 2).astype(np.int64)
    return np.asarray(subject + SUBJECTS * rank)


def _distinct(patron: Whole, title: Whole, most: int, rng: Generator) -> tuple[Whole, Whole]:
    """Drop repeated titles of a patron, and loans beyond `most`."""
    both = np.unique(patron * (int(np.max(title)) + 1) + title)
    if len(both) > most:
        both = np.sort(rng.choice(both, most, replace=False))
    return both // (int(np.max(title)) + 1), both % (int(np.max(title)) + 1)


def _moments(rng: Generator, patrons: int, patron: Whole, end: float) -> Floats:
    """Return when each loan began: seconds apart within a visit, often on the patron's usual weekday."""
    last = int(end)
    first = np.where(rng.random(patrons) < FROM_THE_FIRST, 0, rng.random(patrons) * 0.95 * last)
    stay = np.where(rng.random(patrons) < STAYS, 1.0, rng.random(patrons))
    until = first + np.maximum(stay * (last - first), 1.0)
    count = np.bincount(patron, minlength=patrons)
    until = np.maximum(until, np.minimum(first + count * last / MOST_OF_ONE, last))
    first = np.minimum(first, until - count * last / MOST_OF_ONE)
    first = np.maximum(first, 0)
    visits = np.maximum(np.ceil(count / OF_A_VISIT), 1).astype(np.int64)
    whose = np.repeat(np.arange(patrons), visits)
    day = np.floor(first[whose] + rng.random(len(whose)) * (until - first)[whose])
    usual = rng.integers(7, size=patrons)[whose]
    moved = np.minimum(day + (usual - day) % 7, last - 1)
    day = np.where(rng.random(len(whose)) < USUAL_DAY, moved, np.minimum(day, last - 1))
    moment = day + rng.uniform(9.5, 18.5, len(whose)) / 24
    begin = np.cumsum(visits) - visits
    visit = begin[patron] + (rng.random(len(patron)) * visits[patron]).astype(np.int64)
    return np.asarray(moment[visit] + rng.integers(1, 300, len(patron)) / 86400)


def _lengths(rng: Generator, patrons: int, patron: Whole, type: Whole) -> Floats:
    middle = np.log([median for median, _upper, _share in TYPES.values()])
    wide = np.log([upper / median for median, upper, _share in TYPES.values()]) / UPPER_QUARTILE
    between = HABIT * float((wide[type] ** 2).mean())
    chance = np.sqrt(np.maximum(wide**2 - between, 0.05))
    shift = rng.normal(0, np.sqrt(between), patrons)
    y = middle[type] + shift[patron] + rng.normal(0, 1, len(patron)) * chance[type]
    return np.clip(np.exp(y), 0.3, LONGEST)


def _renewals(rng: Generator, out: Floats, days: Floats) -> Whole:
    """Return the renewals needed. A few patrons omit the last one and are late by less than a period."""
    needed = np.maximum(np.ceil((np.floor(out + days) - np.floor(out)) / PERIOD) - 1, 0).astype(np.int64)
    late = rng.random(len(days)) < LATE / max(float((needed > 0).mean()), LATE)
    return np.maximum(needed - late, 0)


def _copies(title: Whole, open: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Whole:
    """Assign a copy of its own to each loan of a title that is still out."""
    copy = np.zeros(len(title), np.int64)
    rows = np.flatnonzero(open)
    rows = rows[np.argsort(title[rows], kind="stable")]
    _each, begin, count = np.unique(title[rows], return_index=True, return_counts=True)
    copy[rows] = np.arange(len(rows)) - np.repeat(begin, count)
    return copy
