"""Segment patrons by recency, frequency and breadth of their loans, relative to the loan period.

A churn model was measured and was no better than recency alone, so none is used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.outreach.recommendations.reading_profiles.models import Segment
from hub.outreach.recommendations.reading_profiles.recommender.model import Floats, Ints

YEAR = 364
"""Days of 52 weeks, so that the same weekdays are compared."""
RECENT = (1, 2, 4, 8)
"""Loan periods since the last loan: upper limits of the scores 5, 4, 3 and 2; beyond the last it is 1."""
NEW_FOR = 3
"""Loan periods after the first loan in which a patron is new."""
OFTEN = (1.0, 0.5, 0.25)
"""Weeks with a loan per loan period of a year: lower limits of the scores 5, 4 and 3.

Two weeks a year score 2, one 1.
"""
WIDELY = 2.0
"""Mean number of classes per week with loans in a year from which a patron reads widely."""
COHORTS, QUARTER = 6, 91


@dataclass(frozen=True, slots=True)
class Weeks:
    """One row per patron and week with loans, sorted by patron, then week. `monday` is a date ordinal."""

    person: Ints
    monday: Ints
    loans: Ints
    kinds: Ints

    def known_on(self, day: int) -> Weeks:
        """Return the weeks known on that day."""
        return self.select(self.monday <= day)

    def select(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Weeks:
        """Return the rows selected by the mask."""
        return Weeks(self.person[rows], self.monday[rows], self.loans[rows], self.kinds[rows])


@dataclass(frozen=True, slots=True)
class SegmentAssignment:
    """Each patron once, with the index of their segment in `ORDER`."""

    person: Ints
    segment: Ints

    def counts(self) -> Ints:
        """Return the number of patrons by segment, in the order of `ORDER`."""
        return np.bincount(self.segment, minlength=len(ORDER))

    def patrons_in(self, segment: Segment) -> Ints:
        """Return the ids of the patrons in the segment."""
        return self.person[self.segment == ORDER.index(segment)]


ORDER = (Segment.NEW, Segment.REGULAR, Segment.CHAMPION, Segment.AT_RISK, Segment.HIBERNATING)


def assign_segments(weeks: Weeks, day: int, period: int) -> SegmentAssignment:
    """Assign every patron known on that day to one segment."""
    known = weeks.known_on(day)
    if not len(known.person):
        return SegmentAssignment(known.person, known.person)
    person, begin = np.unique(known.person, return_index=True)
    end = np.append(begin[1:], len(known.person))
    first, last = known.monday[begin], known.monday[end - 1]
    lately = (known.monday > np.repeat(last - YEAR, end - begin)).astype(np.int64)
    came = np.add.reduceat(lately, begin)
    often = _often(came, period)
    widely = np.add.reduceat(lately * known.kinds, begin) >= WIDELY * came
    devoted = (often >= 4) | ((often == 3) & widely)
    recent = 5 - np.searchsorted(np.array(RECENT) * period, np.maximum(day - last - 6, 0), side="left")
    new = day - first <= NEW_FOR * period
    rules = (recent <= 1, devoted, new, recent == 2)
    then = (Segment.HIBERNATING, Segment.AT_RISK, Segment.NEW, Segment.HIBERNATING)
    found = np.select(rules, [ORDER.index(each) for each in then], ORDER.index(Segment.REGULAR))
    found[devoted & (recent >= 4)] = ORDER.index(Segment.CHAMPION)
    return SegmentAssignment(person, found)


def _often(weeks: Ints, period: int) -> Ints:
    """Return a score from 1 to 5 for weeks with loans in the year up to the last one."""
    bounds = [2.0, *sorted(max(share * YEAR / period, 2.0) for share in OFTEN)]
    return 1 + np.searchsorted(np.array(bounds), weeks, side="right").astype(np.int64)


def came_again(weeks: Weeks, day: int, period: int) -> list[tuple[int, int]]:
    """Return by segment how many patrons borrowed in the last loan period, and how many it had before."""
    before = assign_segments(weeks, day - period, period)
    came = np.unique(weeks.person[(weeks.monday > day - period) & (weeks.monday <= day)])
    again = np.isin(before.person, came)
    there = [before.segment == at for at in range(len(ORDER))]
    return [(int(again[mask].sum()), int(mask.sum())) for mask in there]


def shares(weeks: Weeks, found: SegmentAssignment, day: int) -> Floats:
    """Return each segment's share of the last year's loans."""
    year = weeks.select((weeks.monday > day - YEAR) & (weeks.monday <= day))
    at = np.searchsorted(found.person, year.person)
    loans = np.bincount(found.segment[at], weights=year.loans, minlength=len(ORDER))
    return np.asarray(loans / max(loans.sum(), 1.0))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Patrons whose first loan was in the quarter from `begin`, and how many borrowed in each later one."""

    begin: int
    patrons: int
    stayed: tuple[int, ...]


def cohorts(weeks: Weeks, day: int) -> list[Cohort]:
    """Return the last complete quarters of 13 weeks, oldest first."""
    known = weeks.known_on(day)
    person, begin = np.unique(known.person, return_index=True)
    first = known.monday[begin]
    found = []
    for number in range(COHORTS, 0, -1):
        start = day - number * QUARTER
        newcomers = person[(first > start) & (first <= start + QUARTER)]
        stayed = []
        for later in range(1, number):
            low = start + later * QUARTER
            came = np.unique(known.person[(known.monday > low) & (known.monday <= low + QUARTER)])
            stayed.append(int(np.isin(newcomers, came).sum()))
        found.append(Cohort(start, len(newcomers), tuple(stayed)))
    return found
