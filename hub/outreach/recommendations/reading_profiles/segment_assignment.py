"""Nightly job: assign each patron to a segment by loan counts alone, without reading history."""

from datetime import date, datetime
from statistics import median

import numpy as np

from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import days_between, local_day, zone
from hub.outreach.recommendations.reading_profiles import overview, segments
from hub.outreach.recommendations.reading_profiles.models import SegmentMembership, WeeklyLoans
from hub.outreach.recommendations.reminders.models import OpenLoan

USUAL, MOST_LOOKED_AT, BATCH = 28, 2000, 2000


def period() -> int:
    """Return the usual loan period in days: the median of the current loans, at least 7."""
    rows = OpenLoan.objects.filter(renewals=0).order_by("-out_at").values_list("out_at", "due")[:MOST_LOOKED_AT]
    found = [days_between(out, due) for out, due in rows]
    return max(round(median(found)), 7) if found else USUAL


def weeks() -> segments.Weeks:
    """Load all weeks with loans as columns."""
    rows = WeeklyLoans.objects.filter(loans__gt=0).order_by("person", "monday")
    found = rows.values_list("person_id", "monday", "loans", "kinds").iterator(BATCH)
    table = np.array([(patron, day.toordinal(), loans, kinds) for patron, day, loans, kinds in found], dtype=np.int64)
    person, monday, loans, kinds = table.reshape(-1, 4).T
    return segments.Weeks(person, monday, loans, kinds)


@atomic
def nightly(now: datetime) -> int:
    """Store the segments and the overview; return how many patrons changed. A second run changes nothing."""
    today = local_day(now, zone())
    all_weeks, length = weeks(), period()
    found = segments.assign_segments(all_weeks, today.toordinal(), length)
    overview.keep(all_weeks, found, today, length)
    before = dict(SegmentMembership.objects.values_list("person_id", "segment"))
    now_in = {
        int(patron): str(segments.ORDER[at])
        for patron, at in zip(found.person.tolist(), found.segment.tolist(), strict=True)
    }
    SegmentMembership.objects.filter(person__in=before.keys() - now_in.keys()).delete()
    changed = {patron: segment for patron, segment in now_in.items() if before.get(patron) != segment}
    _keep(changed, today)
    return len(changed)


def _keep(changed: dict[int, str], today: date) -> None:
    SegmentMembership.objects.bulk_create(
        (SegmentMembership(person_id=patron, segment=segment, since=today) for patron, segment in changed.items()),
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=("person",),
        update_fields=("segment", "since"),
    )
