"""Fill outreach's tables with what the feed would have produced from an invented library's loans.

A test compares the two. There are no consents yet, and no model is trained.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hub.load_test import synthetic_loans
from hub.load_test.bulk_copy import put, reset_sequences
from hub.load_test.circulation_fixtures import BRANCHES, FIRST_LOAN, GROUPS, Calendar, barcodes, codes, refs
from hub.outreach.patrons.models import MonthlyLoans, Person
from hub.outreach.recommendations.reading_profiles.co_loans import HALF_LIFE
from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, TitleLoanCount, WeeklyLoans
from hub.outreach.recommendations.reminders.loan_length_model import Floats, Whole
from hub.outreach.recommendations.reminders.models import LoanLength, OpenLoan, VisitPattern
from hub.outreach.statistics.models import Borrower
from hub.outreach.statistics.models import DailyLoans as LentOfDay


def fill_outreach(library: synthetic_loans.SyntheticLibrary, calendar: Calendar, now: float) -> None:
    """Create the state at `now`, in days since the first day."""
    loans = library.loans.select(library.loans.out <= now)
    back = loans.back <= now
    patrons = _people(loans, calendar)
    _days(library, loans, back, patrons, calendar)
    _habits(loans, back, calendar, now)
    _weeks(loans, calendar)
    _titles(loans, library.titles, calendar)
    reset_sequences(Person)


def _people(loans: synthetic_loans.Loans, calendar: Calendar) -> Whole:
    """Create a person for each borrower, with the primary key of the patron's row."""
    patrons, first = np.unique(loans.patron, return_index=True)
    since = calendar.moments(loans.out[first])
    put(Person, len(patrons), id=patrons + 1, ref=refs(patrons), since=since)
    months = calendar.days(loans.out).astype("datetime64[M]").astype(np.int64)
    who, month, count = _count_pairs(loans.patron, months)
    day = month.astype("datetime64[M]").astype("datetime64[D]")
    put(MonthlyLoans, len(who), person_id=who + 1, month=day, loans=count)
    return patrons


def _count_pairs(one: Whole, other: Whole) -> tuple[Whole, Whole, Whole]:
    """Return each pair of values and its count."""
    if not len(one):
        return one, other, one
    low, wide = int(np.min(other)), int(np.max(other)) - int(np.min(other)) + 1
    found, count = np.unique(one * wide + (other - low), return_counts=True)
    return found // wide, found % wide + low, count


def _days(
    library: synthetic_loans.SyntheticLibrary,
    loans: synthetic_loans.Loans,
    back: NDArray[np.bool_],
    patrons: Whole,
    calendar: Calendar,
) -> None:
    house = library.branch[loans.patron] * len(GROUPS) + library.group[loans.patron]
    late = loans.back > loans.due(loans.renewals)
    wide, places = synthetic_loans.DAYS + 2, len(BRANCHES) * len(GROUPS)
    sums = [
        np.bincount(np.floor(at).astype(np.int64) * places + house[rows], minlength=wide * places)
        for at, rows in (
            (loans.out, slice(None)),
            (loans.back[back], back),
            (loans.back[back & late], back & late),
        )
    ]
    there = np.flatnonzero(sums[0] + sums[1])
    put(
        LentOfDay,
        len(there),
        on=calendar.days(there // places),
        branch=np.array(BRANCHES).astype("S4")[there % places // len(GROUPS)],
        group=np.array(GROUPS).astype("S5")[there % len(GROUPS)],
        loans=sums[0][there],
        back=sums[1][there],
        late=sums[2][there],
    )
    last = np.zeros(len(library.branch))
    np.maximum.at(last, loans.patron, loans.out)
    first = np.full(len(library.branch), np.inf)
    np.minimum.at(first, loans.patron, loans.out)
    put(
        Borrower,
        len(patrons),
        person_id=patrons + 1,
        branch=np.array(BRANCHES).astype("S4")[library.branch[patrons]],
        group=np.array(GROUPS).astype("S5")[library.group[patrons]],
        first_on=calendar.days(first[patrons]),
        last_on=calendar.days(last[patrons]),
    )


def _habits(loans: synthetic_loans.Loans, back: NDArray[np.bool_], calendar: Calendar, now: float) -> None:
    rows = np.flatnonzero(~back)
    still, renewals = loans.select(rows), loans.renewals_by(now)[rows]
    put(
        OpenLoan,
        len(rows),
        loan=np.char.mod("%d", FIRST_LOAN + rows).astype("S10"),
        person_id=still.patron + 1,
        item=barcodes(still.title, still.copy),
        title=still.title + 1,
        type=codes(still.type),
        out_at=calendar.moments(still.out),
        due=calendar.moments(still.due(renewals)),
        renewals=renewals,
    )
    over = loans.select(back)
    day = np.floor(over.back).astype(np.int64)
    put(
        LoanLength,
        len(over),
        person_id=over.patron + 1,
        type=codes(over.type),
        days=np.round(over.back - over.out, 1),
        week=calendar.days(day - (day + calendar.first.weekday()) % 7),
    )
    _rhythms(loans, over, calendar)


def _rhythms(loans: synthetic_loans.Loans, over: synthetic_loans.Loans, calendar: Calendar) -> None:
    """Count each day of a visit under its weekday."""
    who = np.concatenate((loans.patron, over.patron))
    day = np.floor(np.concatenate((loans.out, over.back))).astype(np.int64)
    who, day, _times = _count_pairs(who, day)
    weekday = (day + calendar.first.weekday()) % 7
    people, place = np.unique(who, return_inverse=True)
    counts = np.bincount(place * 7 + weekday, minlength=7 * len(people)).reshape(-1, 7)
    texts = np.full(len(people), b"[", "S1")
    for at in range(7):
        texts = np.char.add(texts, np.char.mod("%5d," if at < 6 else "%5d]", counts[:, at]).astype("S6"))
    last = np.append(np.flatnonzero(np.diff(who)), len(who) - 1)
    put(VisitPattern, len(people), person_id=people + 1, weekdays=texts, last_visit=calendar.days(day[last]))


def _weeks(loans: synthetic_loans.Loans, calendar: Calendar) -> None:
    day = np.floor(loans.out).astype(np.int64)
    who, monday, count = _count_pairs(loans.patron, day - (day + calendar.first.weekday()) % 7)
    put(WeeklyLoans, len(who), person_id=who + 1, monday=calendar.days(monday), loans=count)


def _titles(loans: synthetic_loans.Loans, titles: int, calendar: Calendar) -> None:
    """Create loan and co-loan counts, in which a loan's weight decays with its age."""
    day = np.floor(loans.out)
    title, weight, last = _sum_decayed(loans.title, day)
    put(TitleLoanCount, len(title), title=title + 1, weight=weight, day=calendar.days(last))
    first, second, when = pairs(loans)
    low, high = np.minimum(first, second), np.maximum(first, second)
    both, weight, last = _sum_decayed(low * titles + high, when)
    put(
        CoLoanCount,
        len(both),
        low=both // titles + 1,
        high=both % titles + 1,
        weight=weight,
        day=calendar.days(last),
    )


def _sum_decayed(key: Whole, day: Floats) -> tuple[Whole, Floats, Floats]:
    """Return each key once, with the sum of its decayed weights and its last day."""
    order = np.argsort(key, kind="stable")
    key, day = key[order], day[order]
    begin = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1]))) if len(key) else np.zeros(0, np.int64)
    if not len(begin):
        return key, day, day
    last = np.maximum.reduceat(day, begin)
    count = np.diff(np.append(begin, len(key)))
    weight = np.add.reduceat(0.5 ** ((np.repeat(last, count) - day) / HALF_LIFE), begin)
    return key[begin], weight, last


def pairs(loans: synthetic_loans.Loans) -> tuple[Whole, Whole, Floats]:
    """Return, per loan, the titles that the patron already had on loan, and the day."""
    order = np.lexsort((np.arange(len(loans)), loans.patron))
    who, out, back, title = loans.patron[order], loans.out[order], loans.back[order], loans.title[order]
    firsts: list[Whole] = []
    seconds: list[Whole] = []
    days: list[Floats] = []
    later = np.arange(len(who))
    for lag in range(1, len(who) + 1):
        later = later[later >= lag]
        later = later[(who[later] == who[later - lag]) & (out[later] - out[later - lag] < synthetic_loans.LONGEST)]
        if not len(later):
            break
        both = later[back[later - lag] > out[later]]
        firsts.append(title[both].astype(np.int32))
        seconds.append(title[both - lag].astype(np.int32))
        days.append(np.floor(out[both]))
    empty = np.zeros(0, np.int64)
    if not firsts:
        return empty, empty, empty.astype(np.float64)
    return np.concatenate(firsts).astype(np.int64), np.concatenate(seconds).astype(np.int64), np.concatenate(days)
