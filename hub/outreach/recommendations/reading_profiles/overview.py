"""Compute the figures of the segments page nightly, as they need every week of every patron."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hub.outreach.recommendations.reading_profiles import segments
from hub.outreach.recommendations.reading_profiles.models import Overview

ONE = 1


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
    """Figures of all segments. `lines` follow `segments.ORDER`, and `period` is the loan period in days.

    `compared` is False if there is no data from a year before.
    """

    period: int
    compared: bool
    lines: tuple[SegmentFigures, ...]
    cohorts: tuple[segments.Cohort, ...]


def keep(weeks: segments.Weeks, placed: segments.SegmentAssignment, today: date, period: int) -> None:
    """Replace the stored figures by tonight's; delete them if there are no loans."""
    if not len(weeks.person):
        Overview.objects.all().delete()
        return
    figures = asdict(compute_report(weeks, placed, today.toordinal(), period))
    Overview.objects.update_or_create(pk=ONE, defaults={"day": today, "told": figures})


def compute_report(weeks: segments.Weeks, placed: segments.SegmentAssignment, day: int, period: int) -> SegmentReport:
    """Compute the figures of all segments on a day (date ordinal); `period` is in days."""
    before = segments.assign_segments(weeks, day - segments.YEAR, period)
    columns = zip(
        placed.counts().tolist(),
        before.counts().tolist(),
        segments.shares(weeks, placed, day).tolist(),
        segments.came_again(weeks, day, period),
        segments.came_again(weeks, day - segments.YEAR, period),
        strict=True,
    )
    lines = tuple(SegmentFigures(*each) for each in columns)
    return SegmentReport(period, len(before.person) > 0, lines, tuple(segments.cohorts(weeks, day)))


def stored_report() -> SegmentReport | None:
    """Return the stored figures; None before the first night or without loans."""
    found = Overview.objects.filter(pk=ONE).values_list("told", flat=True).first()
    return _report(found) if found else None


def _report(found: dict[str, Any]) -> SegmentReport:
    lines = tuple(
        SegmentFigures(**each | {name: tuple(each[name]) for name in ("again", "again_before")})
        for each in found["lines"]
    )
    cohorts = tuple(segments.Cohort(**each | {"stayed": tuple(each["stayed"])}) for each in found["cohorts"])
    return SegmentReport(found["period"], found["compared"], lines, cohorts)
