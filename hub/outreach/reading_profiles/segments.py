"""Segments by plain rules: how long ago, how often, how widely; brackets come from the loan period. No titles.

A churn model was measured and is no better than recency alone, so there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hub.outreach.reading_profiles.models.segments import Segment
from hub.outreach.reading_profiles.recommender.model import Floats, Ints

YEAR = 364
"""Days of 52 weeks, so that the same weekdays are compared."""
RECENT = (1, 2, 4, 8)
"""Loan periods since the last loan: up to so many it is 5, 4, 3, 2; beyond it is 1."""
NEW_FOR = 3
OFTEN = (1.0, 0.5, 0.25)
"""Weeks with a loan for each loan period of a year: from so many on it is 5, 4, 3; twice a year is 2, once 1."""
WIDELY = 2.0
"""Kinds of books in a week with loans, on an average of a year: from so many on she reads widely."""
COHORTS, QUARTER = 6, 91


@dataclass(frozen=True, slots=True)
class Weeks:
    """A row for each patron and week with loans; `monday` is a day's number. Sorted by patron, then week."""

    person: Ints
    monday: Ints
    loans: Ints
    kinds: Ints

    def until(self, day: int) -> Weeks:
        """What was known on that day."""
        return self.where(self.monday <= day)

    def where(self, rows: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Weeks:
        return Weeks(self.person[rows], self.monday[rows], self.loans[rows], self.kinds[rows])


@dataclass(frozen=True, slots=True)
class Placed:
    """Each patron once, with her segment's place among the segments."""

    person: Ints
    segment: Ints

    def counts(self) -> Ints:
        return np.bincount(self.segment, minlength=len(ORDER))

    def of(self, segment: Segment) -> Ints:
        return self.person[self.segment == ORDER.index(segment)]


ORDER = (Segment.NEW, Segment.REGULAR, Segment.CHAMPION, Segment.AT_RISK, Segment.HIBERNATING)


def placed(weeks: Weeks, day: int, period: int) -> Placed:
    """Puts everybody who was known on that day into one segment."""
    known = weeks.until(day)
    if not len(known.person):
        return Placed(known.person, known.person)
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
    return Placed(person, found)


def _often(weeks: Ints, period: int) -> Ints:
    """From 1 to 5, of the weeks with loans in the year up to the last one."""
    bounds = [2.0, *sorted(max(share * YEAR / period, 2.0) for share in OFTEN)]
    return 1 + np.searchsorted(np.array(bounds), weeks, side="right").astype(np.int64)


def came_again(weeks: Weeks, day: int, period: int) -> list[tuple[int, int]]:
    """By segment: how many of those who stood there a loan period before that day borrowed in it, and of how many."""
    before = placed(weeks, day - period, period)
    came = np.unique(weeks.person[(weeks.monday > day - period) & (weeks.monday <= day)])
    again = np.isin(before.person, came)
    there = [before.segment == at for at in range(len(ORDER))]
    return [(int(again[mine].sum()), int(mine.sum())) for mine in there]


def shares(weeks: Weeks, found: Placed, day: int) -> Floats:
    """Each segment's share of the loans of the last year."""
    year = weeks.where((weeks.monday > day - YEAR) & (weeks.monday <= day))
    at = np.searchsorted(found.person, year.person)
    loans = np.bincount(found.segment[at], weights=year.loans, minlength=len(ORDER))
    return np.asarray(loans / max(loans.sum(), 1.0))


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those whose first loan fell into the quarter from `begin`; how many of them borrowed in each quarter after."""

    begin: int
    patrons: int
    stayed: tuple[int, ...]


def cohorts(weeks: Weeks, day: int) -> list[Cohort]:
    """The last quarters, each of 13 weeks, oldest first; only quarters that are over are told."""
    known = weeks.until(day)
    person, begin = np.unique(known.person, return_index=True)
    first = known.monday[begin]
    found = []
    for number in range(COHORTS, 0, -1):
        start = day - number * QUARTER
        mine = person[(first > start) & (first <= start + QUARTER)]
        stayed = []
        for later in range(1, number):
            low = start + later * QUARTER
            came = np.unique(known.person[(known.monday > low) & (known.monday <= low + QUARTER)])
            stayed.append(int(np.isin(mine, came).sum()))
        found.append(Cohort(start, len(mine), tuple(stayed)))
    return found
