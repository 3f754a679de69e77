"""Find the patrons for whom a journey begins, on the days of any stretch of time, and try a journey on last year."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from operator import itemgetter

from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.engagement.journeys.steps import steps_of
from hub.outreach.engagement.segments import rules
from hub.outreach.engagement.segments.audience import audience_of
from hub.outreach.library_system.central import local_day, the_patron_dates, zone
from hub.outreach.patrons.models import Contact, Person, Source
from hub.outreach.recommendations.reading_profiles.models import WeeklyLoans
from hub.outreach.recommendations.reading_profiles.segments import load_weeks

Occasion = Journey.Occasion
YEAR, DAY, WEEK = timedelta(days=365), timedelta(days=1), timedelta(days=7)
NEEDS_DATES = frozenset({Occasion.EXPIRY, Occasion.FIRST_HOLD})
"""Occasions that only a library system which reports them can give."""


def available() -> list[Journey.Occasion]:
    """Return the occasions that the library system can give."""
    dates = the_patron_dates()
    return [each for each in Occasion if dates is not None or each not in NEEDS_DATES]


def occasions(journey: Journey, first: date, last: date) -> dict[int, date]:
    """Return the ids of the people for whom it begins on one of these days, each with their last such day.

    The segment is not looked at.
    """
    match Occasion(journey.occasion):
        case Occasion.WELCOME:
            found = _registrations(first, last)
        case Occasion.LAPSING:
            found = _lapses(journey.span, first, last)
        case Occasion.WON_BACK:
            found = _returns_after_absence(journey.span, first, last)
        case Occasion.EXPIRY:
            ahead = timedelta(days=journey.span)
            dates = the_patron_dates()
            ending = dates.expiring(first + ahead, last + ahead) if dates else {}
            found = {person: day - ahead for person, day in _people(ending).items()}
        case Occasion.FIRST_HOLD:
            dates = the_patron_dates()
            new = _registrations(first - YEAR, last)
            placed = _people(dates.first_holds(first, last)) if dates else {}
            found = {person: day for person, day in placed.items() if person in new}
        case Occasion.SCHOOL_YEAR:
            found = _everyone_on(journey.day, first, last)
        case Occasion.CARD_DAY:
            found = _anniversaries(first, last)
    return found


def entrants(journey: Journey, first: date, last: date, today: date) -> dict[int, date]:
    """Return the people for whom it begins on these days and who were in its segment then."""
    found = occasions(journey, first, last)
    if not journey.segment:
        there = rules.members(rules.Rules(), today, today)
        return {person: day for person, day in found.items() if person in there}
    segment = rules.rules_of(journey.segment)
    if segment is None:
        return {}
    kept: dict[int, date] = {}
    loans = load_weeks() if segment.habits else None
    # loans are known by week, so one calculation for each week is as exact as one for each day
    weeks = groupby(sorted(found.items(), key=itemgetter(1)), key=lambda each: each[1].toordinal() // 7)
    for _week, some in weeks:
        rows = list(some)
        inside = rules.members(segment, min(rows[-1][1], today), today, loans)
        kept |= {person: day for person, day in rows if person in inside}
    return kept


def run_trial(journey: Journey, now: datetime) -> dict[str, object]:
    """Return the counts of the last 365 days: for whom it would have begun, whom it would have reached, and today.

    Consents, unsubscriptions and addresses are those of today.
    """
    today = local_day(now, zone())
    found = entrants(journey, today - YEAR, today - DAY, today)
    length = timedelta(days=sum(each.wait for each in steps_of(journey)))
    reach = audience_of(set(found))
    under_way = {person for person in reach.reached if found[person] + length >= today}
    return {
        "day": today.isoformat(),
        "meant": reach.meant,
        "reached": reach.count,
        "not_agreed": reach.not_agreed,
        "stopped": reach.stopped,
        "less": reach.less,
        "no_way": reach.no_way,
        "today": len(under_way),
    }


def _registrations(first: date, last: date) -> dict[int, date]:
    """Return the people registered on these days, without those whose records were imported."""
    where = zone()
    begin, end = datetime.combine(first, time.min, where), datetime.combine(last + DAY, time.min, where)
    imported = Contact.objects.filter(source=Source.IMPORT).values("person_id")
    rows = Person.objects.filter(since__gte=begin, since__lt=end).exclude(pk__in=imported)
    return {person: local_day(at, where) for person, at in rows.values_list("pk", "since")}


def _anniversaries(first: date, last: date) -> dict[int, date]:
    found = {}
    for person, since in _registrations(date(1970, 1, 1), last - 360 * DAY).items():
        for year in range(last.year, first.year - 1, -1):
            day = _day_of_year(year, since.month, since.day)
            if first <= day <= last and year > since.year:
                found[person] = day
                break
    return found


def _day_of_year(year: int, month: int, day: int) -> date:
    """Return the day in that year; 29 February is 28 February where there is none."""
    return date(year, month, 28) if (month, day) == (2, 29) and not isleap(year) else date(year, month, day)


def _everyone_on(day: str, first: date, last: date) -> dict[int, date]:
    month, number = (int(each) for each in day.split("-"))
    days = [_day_of_year(year, month, number) for year in range(first.year, last.year + 1)]
    inside = [each for each in days if first <= each <= last]
    if not inside:
        return {}
    return dict.fromkeys(Person.objects.values_list("pk", flat=True), inside[-1])


def _weeks(since: date) -> Iterator[tuple[int, list[date]]]:
    """Yield each person's weeks with loans, by their Monday, from the week of that day."""
    rows = WeeklyLoans.objects.filter(loans__gt=0, monday__gte=since).order_by("person_id", "monday")
    found = rows.values_list("person_id", "monday").iterator(2000)
    for person, weeks in groupby(found, key=itemgetter(0)):
        yield person, [monday for _person, monday in weeks]


def _lapses(weeks: int, first: date, last: date) -> dict[int, date]:
    """Return the people who had borrowed nothing for so many weeks on one of the days; a week counts as its Sunday."""
    span = weeks * WEEK + 6 * DAY
    found: dict[int, date] = {}
    for person, mondays in _weeks(first - span - 6 * DAY):
        for monday, following in pairwise([*mondays, date.max]):
            if first <= monday + span <= last and following > monday + span:
                found[person] = monday + span
    return found


def _returns_after_absence(weeks: int, first: date, last: date) -> dict[int, date]:
    """Return the people who borrowed in a week that touches the days, after so many weeks without a loan."""
    found: dict[int, date] = {}
    for person, mondays in _weeks(first - 3 * YEAR):
        for monday, following in pairwise(mondays):
            if following - monday > weeks * WEEK and first <= following + 6 * DAY and following <= last:
                found[person] = following
    return found


def _people(days: Mapping[str, date]) -> dict[int, date]:
    rows = Person.objects.filter(ref__in=list(days)).values_list("pk", "ref")
    return {person: days[ref] for person, ref in rows}
