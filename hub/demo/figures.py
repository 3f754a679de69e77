"""Invent two years of loans for the demo library's figures, and goals for the staff roles."""

from datetime import datetime, timedelta
from math import pi, sin

import numpy as np

from hub.catalogue.models import Branch
from hub.demo.sample_data import Cases
from hub.outreach.engagement.journeys.models import Journey
from hub.outreach.engagement.journeys.steps import TEMPLATES
from hub.outreach.engagement.segments.models import PatronSegment
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons.models import Person
from hub.outreach.statistics import counts
from hub.outreach.statistics.models import Borrower, Cohort, DailyLoans, Goal, Headcount, Night

SEED = 20261126
DAYS = 728
SHARES = {"adult": (0.62, 5.0), "child": (0.3, 3.0), "visitor": (0.08, 8.0)}
"""Share of the loans, and percentage of late returns, by category."""
GROWN = 0.93
"""Patrons a year ago, as a share of today's."""
LED = {
    "on": {"people": 412, "said": 391, "came": 173, "acted": 173},
    "held": {"people": 104, "said": 0, "came": 27, "acted": 27},
}
"""What became of the patrons of the journey, and of its control group."""
GOALS = (
    ("librarian", "fresh", 95.0, 50.0),
    ("librarian", "late", 4.0, 6.1),
    ("clerk", "happy", 80.0, 48.0),
    ("administrator", "active", 520.0, 430.0),
)


def make(cases: Cases, now: datetime) -> None:
    """Create the figures up to yesterday, once; real loans of the demo library add to them."""
    if Night.objects.exists():
        return
    rng, today = np.random.default_rng(SEED), local_day(now, zone())
    branches = [(each, (12, 4)[number % 2]) for number, each in enumerate(Branch.objects.order_by("pk"))]
    rows = []
    for back in range(1, DAYS):
        on = today - timedelta(days=back)
        for branch, usual in branches:
            if on.weekday() in branch.closed_weekdays:
                continue
            mean = usual * (1 + 0.18 * sin(2 * pi * on.timetuple().tm_yday / 365)) * (1.12 if back < 364 else 1.0)
            rows += [
                _daily_loans(rng, on, branch.code, group, mean * (1.6 if on.weekday() > 4 else 1)) for group in SHARES
            ]
    DailyLoans.objects.bulk_create(rows, ignore_conflicts=True)
    _nights(rng, now)
    _away(cases, now)
    counts.nightly(now)
    _a_year_ago(now)
    journey = _lead(now)
    for role, figure, target, begun in GOALS:
        facts = {"target": target, "begun": begun, "until": today + timedelta(days=60), "set_at": now}
        facts["journey"] = journey if figure == "active" else None
        Goal.objects.get_or_create(role=role, figure=figure, defaults=facts)


def _daily_loans(rng: np.random.Generator, on: object, branch: str, group: str, mean: float) -> DailyLoans:
    share, late = SHARES[group]
    loans, back = int(rng.poisson(mean * share)), int(rng.poisson(mean * share))
    return DailyLoans(
        on=on, branch=branch, group=group, loans=loans, back=back, late=int(rng.binomial(back, late / 100))
    )


def _lead(now: datetime) -> Journey:
    """Let a journey run since half a year, with what became of its patrons, for a segment that staff have defined."""
    segment, _new = PatronSegment.objects.get_or_create(
        name="久未到馆的成人 · Adults who stay away",
        defaults={"rules": {"away_least": 8, "groups": ["adult"]}, "by": "demo", "made_at": now},
    )
    template = TEMPLATES[Journey.Occasion.LAPSING]
    began = now - timedelta(days=182)
    journey = Journey(
        name="回来看看 · Come back", occasion=Journey.Occasion.LAPSING, segment=segment.code, goal=template.goal,
        span=template.span, steps=[each.step().model_dump(mode="json") for each in template.steps], days=template.days,
        state=Journey.State.RUNNING, started_at=began, made_at=began, enrolled_until=local_day(now, zone()), by="demo",
        figures=LED,
    )  # fmt: skip
    journey.save()
    return journey


def _nights(rng: np.random.Generator, now: datetime) -> None:
    today = local_day(now, zone())
    Night.objects.bulk_create(
        Night(
            on=today - timedelta(days=back),
            said=int(rng.poisson(9)),
            failed=int(rng.poisson(0.4)),
            withheld=int(rng.poisson(0.7)),
        )
        for back in range(counts.AGAIN + 1, 364)
    )


def _away(cases: Cases, now: datetime) -> None:
    """Let one key patron be inactive since the end of summer."""
    person, _new = Person.objects.get_or_create(ref=cases.patron("fees").ref, defaults={"since": now})
    Person.objects.filter(pk=person.pk).update(key=True)
    last = local_day(now, zone()) - timedelta(days=94)
    facts = {"branch": "main", "group": "adult", "first_on": last - timedelta(days=900), "last_on": last}
    Borrower.objects.update_or_create(person=person, defaults=facts)


def _a_year_ago(now: datetime) -> None:
    """Create the headcount of the same night last year, somewhat lower than today's."""
    today = local_day(now, zone())
    for each in Headcount.objects.filter(on=today):
        counts = {name: round(getattr(each, name) * GROWN) for name in ("regular", "new", "lapsing", "lapsed")}
        Headcount.objects.create(on=today - timedelta(days=364), branch=each.branch, group=each.group, **counts)


def clear() -> None:
    """Delete the figures, goals, journeys and segments."""
    for table in (DailyLoans, Borrower, Headcount, Cohort, Night, Goal, Journey, PatronSegment):
        table.objects.all().delete()
