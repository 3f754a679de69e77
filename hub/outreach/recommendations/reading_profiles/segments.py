"""Segment patrons every night by recency, frequency and breadth of their loans, and send each segment its message.

Who is new or frequent depends on the loan period; lapsing and lapsed mean the same days as in the statistics. The
figures of the staff page are stored with the segments, as they need every week of every patron. A churn model was
measured and was no better than recency alone, so none is used.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from statistics import median
from typing import Any

import numpy as np
from django.conf import settings
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core import small_cell_suppression
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.messaging import reach_estimate
from hub.outreach.messaging.enqueue import queue_messages, queued_keys
from hub.outreach.patrons import consents
from hub.outreach.patrons.purposes import MessageKind, Purpose
from hub.outreach.recommendations.reading_profiles.models import (
    GREETS,
    LAPSED_AFTER,
    LAPSING_AFTER,
    Overview,
    Segment,
    SegmentGreeting,
    SegmentMembership,
    SegmentRule,
    WeeklyLoans,
)
from hub.outreach.recommendations.reading_profiles.recommender import Floats, Ints
from hub.outreach.recommendations.reminders.models import OpenLoan

YEAR = 364
"""Days of 52 weeks, so that the same weekdays are compared."""
RECENT = 2
"""Loan periods since the last loan within which a patron can be frequent."""
NEW_FOR = 3
"""Loan periods after the first loan in which a patron is new."""
OFTEN = (1.0, 0.5, 0.25)
"""Weeks with a loan per loan period of a year: lower limits of the scores 5, 4 and 3.

Two weeks a year score 2, one 1.
"""
WIDELY = 2.0
"""Mean number of classes per week with loans in a year from which a patron reads widely."""
COHORTS, QUARTER = 6, 91
ORDER = (Segment.NEW, Segment.REGULAR, Segment.CHAMPION, Segment.AT_RISK, Segment.HIBERNATING)
USUAL, MOST_LOOKED_AT, BATCH = 28, 2000, 2000


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
    away = np.maximum(day - last - 6, 0)
    frequent = devoted & (away <= RECENT * period)
    new = day - first <= NEW_FOR * period
    rules = (away >= LAPSED_AFTER, away >= LAPSING_AFTER, frequent, new)
    then = (Segment.HIBERNATING, Segment.AT_RISK, Segment.CHAMPION, Segment.NEW)
    found = np.select(rules, [ORDER.index(each) for each in then], ORDER.index(Segment.REGULAR))
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
class QuarterCohort:
    """Patrons whose first loan was in the quarter from `begin`, and how many borrowed in each later one."""

    begin: int
    patrons: int
    stayed: tuple[int, ...]


def cohorts(weeks: Weeks, day: int) -> list[QuarterCohort]:
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
        found.append(QuarterCohort(start, len(newcomers), tuple(stayed)))
    return found


def loan_period() -> int:
    """Return the usual loan period in days: the median of the current loans, at least 7."""
    rows = OpenLoan.objects.filter(renewals=0).order_by("-out_at").values_list("out_at", "due")[:MOST_LOOKED_AT]
    found = [days_between(out, due) for out, due in rows]
    return max(round(median(found)), 7) if found else USUAL


def load_weeks() -> Weeks:
    """Load all weeks with loans as columns."""
    rows = WeeklyLoans.objects.filter(loans__gt=0).order_by("person", "monday")
    found = rows.values_list("person_id", "monday", "loans", "kinds").iterator(BATCH)
    table = np.array([(patron, day.toordinal(), loans, kinds) for patron, day, loans, kinds in found], dtype=np.int64)
    person, monday, loans, kinds = table.reshape(-1, 4).T
    return Weeks(person, monday, loans, kinds)


@atomic
def assign_all(now: datetime) -> int:
    """Store the segments and the overview; return how many patrons changed. A second run changes nothing."""
    today = local_day(now, zone())
    all_weeks, length = load_weeks(), loan_period()
    found = assign_segments(all_weeks, today.toordinal(), length)
    store_report(all_weeks, found, today, length)
    before = dict(SegmentMembership.objects.values_list("person_id", "segment"))
    now_in = {
        int(patron): str(ORDER[at]) for patron, at in zip(found.person.tolist(), found.segment.tolist(), strict=True)
    }
    SegmentMembership.objects.filter(person__in=before.keys() - now_in.keys()).delete()
    changed = {patron: segment for patron, segment in now_in.items() if before.get(patron) != segment}
    _store_memberships(changed, today)
    return len(changed)


def _store_memberships(changed: dict[int, str], today: date) -> None:
    SegmentMembership.objects.bulk_create(
        (SegmentMembership(person_id=patron, segment=segment, since=today) for patron, segment in changed.items()),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("person",),
        update_fields=("segment", "since"),
    )


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """Patrons of a segment now and a year before, its share of the year's loans, and returning patrons.

    `again` and `again_before` are pairs: patrons who returned, and of how many.
    """

    patrons: int
    before: int
    share: float
    again: tuple[int, int]
    again_before: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SegmentReport:
    """Figures of all segments. `lines` follow `ORDER`, and `period` is the loan period in days.

    `compared` is False if there is no data from a year before.
    """

    period: int
    compared: bool
    lines: tuple[SegmentFigures, ...]
    cohorts: tuple[QuarterCohort, ...]


def store_report(weeks: Weeks, placed: SegmentAssignment, today: date, period: int) -> None:
    """Replace the stored figures by tonight's; delete them if there are no loans."""
    if not len(weeks.person):
        Overview.objects.all().delete()
        return
    figures = asdict(compute_report(weeks, placed, today.toordinal(), period))
    Overview.objects.update_or_create(pk=1, defaults={"day": today, "told": figures})


def compute_report(weeks: Weeks, placed: SegmentAssignment, day: int, period: int) -> SegmentReport:
    """Compute the figures of all segments on a day (date ordinal); `period` is in days."""
    before = assign_segments(weeks, day - YEAR, period)
    columns = zip(
        placed.counts().tolist(),
        before.counts().tolist(),
        shares(weeks, placed, day).tolist(),
        came_again(weeks, day, period),
        came_again(weeks, day - YEAR, period),
        strict=True,
    )
    lines = tuple(SegmentFigures(*each) for each in columns)
    return SegmentReport(period, len(before.person) > 0, lines, tuple(cohorts(weeks, day)))


def stored_report() -> SegmentReport | None:
    """Return the stored figures; None before the first night or without loans."""
    found = Overview.objects.filter(pk=1).values_list("told", flat=True).first()
    return _report(found) if found else None


def _report(found: dict[str, Any]) -> SegmentReport:
    lines = tuple(
        SegmentFigures(**each | {name: tuple(each[name]) for name in ("again", "again_before")})
        for each in found["lines"]
    )
    quarters = tuple(QuarterCohort(**each | {"stayed": tuple(each["stayed"])}) for each in found["cohorts"])
    return SegmentReport(found["period"], found["compared"], lines, quarters)


@dataclass(frozen=True, slots=True)
class SegmentReach:
    """Patrons in the segment, those who consent, those already notified, and the memberships to notify."""

    patrons: int
    agree: int
    notified: int
    reached: tuple[SegmentMembership, ...]


def dry_run(segment: str) -> SegmentReach:
    """Return whom the segment's message would reach now, without sending it."""
    there = list(SegmentMembership.objects.filter(segment=segment).select_related("person__guardian"))
    agreed = consents.all_given(Purpose.CAMPAIGN)
    agree = [each for each in there if each.person_id in agreed]
    notified = queued_keys(MessageKind.CAMPAIGN, map(_key, agree))
    left = [each for each in agree if _key(each) not in notified]
    by = reach_estimate.first((each.person for each in left), MessageKind.CAMPAIGN)
    return SegmentReach(len(there), len(agree), len(notified), tuple(each for each in left if by[each.person_id]))


def _key(standing: SegmentMembership) -> str:
    """Return the message key, unique per stay in a segment."""
    return f"segment-{standing.person_id}-{standing.segment}-{standing.since:%Y%m%d}"


@atomic
def run_rule(rule: SegmentRule) -> int:
    """Send the message, once per patron and stay; return how many."""
    reached = dry_run(rule.segment).reached
    facts = {
        "heading": rule.heading,
        "body": rule.body,
        "link": settings.PUBLIC_URL,
    }
    queue_messages(MessageKind.CAMPAIGN, [(each.person, _key(each), facts) for each in reached])
    return len(reached)


def run_rules() -> int:
    """Send the messages of the active rules."""
    return sum(run_rule(rule) for rule in SegmentRule.objects.filter(on=True))


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """Segment in the table: figures as text, suppressed where small."""

    segment: str
    name: str
    rule: str
    patrons: str
    before: str
    share: str
    again: str
    again_before: str
    is_open: bool


class SegmentMessageForm(ModelForm):
    """Form for a segment's message."""

    class Meta:
        model = SegmentRule
        fields = ("heading", "body", "on")


class WelcomeForm(ModelForm):
    """Form for the kiosk greeting. The prefix avoids name clashes with the rule's form on the same page."""

    prefix = "glass"

    class Meta:
        model = SegmentGreeting
        fields = ("on", "words")


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Show the segments, and the message and greeting of the chosen one."""
    asked = request.GET.get("show", "")
    chosen = Segment(asked) if asked in Segment.values else Segment.AT_RISK
    return _render_segments(request, chosen, SegmentMessageForm(instance=_rule(chosen)))


@staff_action
def keep(request: HttpRequest, segment: str) -> HttpResponse:
    """Save the message of a segment."""
    if segment not in Segment.values:
        raise Http404
    form = SegmentMessageForm(request.POST, instance=_rule(segment))
    if not form.is_valid():
        return _render_segments(request, Segment(segment), form, 422)
    form.save()
    return report_success(request, _("Saved. Nothing was sent."), _home(segment))


@staff_action
def keep_welcome(request: HttpRequest, segment: str) -> HttpResponse:
    """Save the kiosk greeting of a segment."""
    if segment not in GREETS:
        raise Http404
    form = WelcomeForm(request.POST, instance=SegmentGreeting.for_segment(segment))
    if not form.is_valid():
        return _render_segments(request, Segment(segment), SegmentMessageForm(instance=_rule(segment)), 422, form)
    form.save()
    return report_success(request, _("Saved. Kiosks use it from the next card."), _home(segment))


@staff_action
def run(request: HttpRequest, segment: str) -> HttpResponse:
    """Send the message to the patrons counted by the dry run."""
    rule = SegmentRule.objects.filter(segment=segment).first()
    if rule is None:
        return report_error(request, _("First enter the message."), _home(segment))
    count = run_rule(rule)
    return report_success(
        request, _("Sent to {count} patrons.").format(count=small_cell_suppression.format_count(count)), _home(segment)
    )


def _rule(segment: str) -> SegmentRule:
    return SegmentRule.objects.filter(segment=segment).first() or SegmentRule(segment=segment)


def _home(segment: str) -> str:
    return f"{reverse('reading_profiles:segments')}?show={segment}"


def _render_segments(
    request: HttpRequest, chosen: Segment, form: SegmentMessageForm, status: int = 200, glass: WelcomeForm | None = None
) -> HttpResponse:
    report, reach = stored_report(), dry_run(chosen)
    context = {
        "rows": _rows(report, chosen) if report else (),
        "cohorts": [_cohort(each) for each in report.cohorts] if report else (),
        "quarters": range(1, COHORTS),
        "chosen": chosen,
        "name": chosen.label,
        "form": form,
        "glass": (glass or WelcomeForm(instance=SegmentGreeting.for_segment(chosen))) if chosen in GREETS else None,
        "guides": GREETS.get(chosen) == "guide",
        "written": form.instance.pk is not None,
        "reach": {
            name: small_cell_suppression.format_count(getattr(reach, name)) for name in ("patrons", "agree", "notified")
        },
        "count": len(reach.reached),
        "reached": small_cell_suppression.format_count(len(reach.reached)),
        "period": report.period if report else loan_period(),
    }
    return page(request, "segments", "reading_profiles/segments.html", context, status)


def _rows(report: SegmentReport, chosen: Segment) -> list[SegmentRow]:
    shares = small_cell_suppression.suppress_cells([each.patrons for each in report.lines])
    return [
        SegmentRow(
            segment=str(segment),
            name=str(segment.label),
            rule=definition(segment, report.period),
            patrons=small_cell_suppression.format_count(line.patrons),
            before=small_cell_suppression.format_count(line.before) if report.compared else "–",
            share=f"{100 * line.share:.0f} %" if known is not None else "–",
            again=small_cell_suppression.share(*line.again),
            again_before=small_cell_suppression.share(*line.again_before),
            is_open=segment == chosen,
        )
        for segment, line, known in zip(ORDER, report.lines, shares, strict=True)
    ]


def definition(segment: Segment, length: int) -> str:
    """Return the rule of the segment as a sentence, for a loan period of `length` days."""
    often = max(round(OFTEN[1] * YEAR / length), 2)
    match segment:
        case Segment.NEW:
            words = _("First loan within the last {new} days.")
        case Segment.CHAMPION:
            words = _(
                "Borrowed in at least {often} weeks of the year, or {fewer} if from several subject classes; "
                "last loan within {recent} days."
            )
        case Segment.AT_RISK:
            words = _("No loan for {lapsing} days.")
        case Segment.HIBERNATING:
            words = _("No loan for {lapsed} days.")
        case _:
            words = _("All other patrons with loans.")
    return words.format(
        new=NEW_FOR * length,
        often=often,
        fewer=max(round(OFTEN[2] * YEAR / length), 2),
        recent=RECENT * length,
        lapsing=LAPSING_AFTER,
        lapsed=LAPSED_AFTER,
    )


@dataclass(frozen=True, slots=True)
class QuarterCohortRow:
    """Cohort in the table: first day, patrons, and share that borrowed in each later quarter."""

    begin: str
    patrons: str
    stayed: list[str]


def _cohort(each: QuarterCohort) -> QuarterCohortRow:
    stayed = [small_cell_suppression.share(count, each.patrons) for count in each.stayed]
    empty = [""] * (COHORTS - 1 - len(stayed))
    return QuarterCohortRow(
        formatting.day(date.fromordinal(each.begin + 1)),
        small_cell_suppression.format_count(each.patrons),
        [*stayed, *empty],
    )
