"""Invent what is known of the demo patrons' reading: loan lengths, forecasts, weekly loans, co-loans, histories.

Loan lengths, forecasts and outcomes are marked as simulated.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from hub.catalogue.models import Item, Title
from hub.demo.sample_data import BOOK, EXPRESS, SHORT, Cases
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reading_profiles import (
    interests,
    recommendation_picker,
    segments,
    subjects,
    trained_model,
)
from hub.outreach.recommendations.reading_profiles.history import remember
from hub.outreach.recommendations.reading_profiles.models import (
    CoLoanCount,
    Segment,
    SegmentGreeting,
    SegmentRule,
    TitleLoanCount,
    WeeklyLoans,
)
from hub.outreach.recommendations.reminders import forecasts
from hub.outreach.recommendations.reminders.models import (
    Fit,
    LoanLength,
    Lost,
    OpenLoan,
    Outcome,
    TypeHabit,
    VisitPattern,
)

MIDDLES = {BOOK: 17.0, EXPRESS: 5.0, SHORT: 1.4}
SPREAD, BETWEEN = 0.55, 0.3
LOANS, OUTCOMES = 14, 1600
HABIT_SEED = 20261125
SEED, DAYS = 20261127, 720
RHYTHMS = ((7, 0), (21, 0), (28, 90), (60, 0), (70, 260), (14, 0), (0, 30))
"""Days between loans, and days since the last one; 0 between means a single loan."""
STAY_AWAY, HAS_BEGUN = (14, 70), (0, 5)
EACH = 5
TOLD = {
    Segment.AT_RISK: {
        "heading": {"zh": "好久不见", "en": "It has been a while"},
        "body": {
            "zh": "您常去的书架有新书，欢迎再来看看。",
            "en": "There are new books on your shelf. Come and see.",
        },
    },
    Segment.NEW: {
        "heading": {
            "zh": "初次来馆？借书、找书、预约，两分钟就会",
            "en": "New here? Borrow, find and hold, learnt in two minutes",
        },
        "body": {
            "zh": "扫码打开新读者指南，或在自助机上点“学习”。",
            "en": "Open the guide by the code, or touch Learn at a kiosk.",
        },
    },
}
"""Greeting by segment."""


def make_habits(cases: Cases, now: datetime) -> None:
    """Give every patron a habit and the library a year of outcomes, then train the forecast. Once."""
    if LoanLength.objects.filter(simulated=True).exists():
        return
    rng = np.random.default_rng(HABIT_SEED)
    people = [
        Person.objects.get_or_create(ref=each.ref, defaults={"since": now - timedelta(days=400)})[0]
        for each in cases.patrons
    ]
    lengths = []
    for person in people:
        shift = float(rng.normal(0, BETWEEN))
        for type in rng.choice(list(MIDDLES), LOANS, p=(0.75, 0.15, 0.1)):
            days = float(np.exp(np.log(MIDDLES[str(type)]) + shift + rng.normal(0, SPREAD)))
            week = now.date() - timedelta(days=now.weekday() + 7 * int(rng.integers(1, 52)))
            lengths.append(LoanLength(person=person, type=str(type), days=days, week=week, simulated=True))
        weekday = int(rng.integers(0, 7))
        counts = [int(each) for each in rng.multinomial(12, [0.45 if day == weekday else 0.55 / 6 for day in range(7)])]
        VisitPattern.objects.update_or_create(person=person, defaults={"weekdays": counts})
    LoanLength.objects.bulk_create(lengths)
    Outcome.objects.bulk_create(_outcomes(rng, now.date()))
    _charge_lost_item(cases, now)
    forecasts.nightly(now)


def _charge_lost_item(cases: Cases, now: datetime) -> None:
    """Charge the demo library's lost item to the patron who owes fees."""
    item = Item.objects.get(barcode=cases.item("lost").barcode)
    Lost.objects.get_or_create(
        item=item.barcode,
        defaults={
            "person": Person.objects.get(ref=cases.patron("fees").ref),
            "title": item.title_id,
            "fee": Decimal("35.00"),
            "lost_at": now - timedelta(days=20),
        },
    )


def _outcomes(rng: np.random.Generator, today: date) -> list[Outcome]:
    made = []
    for type in rng.choice(list(MIDDLES), OUTCOMES, p=(0.75, 0.15, 0.1)):
        by_type, shift = float(np.log(MIDDLES[str(type)])), float(rng.normal(0, BETWEEN))
        days = float(np.exp(by_type + shift + rng.normal(0, SPREAD)))
        middle, spread = by_type + 0.85 * shift, float(np.hypot(SPREAD, 0.15))
        made.append(
            Outcome(
                type=str(type),
                basis="own",
                middle=middle,
                spread=spread,
                by_type=by_type,
                days=days,
                late=days > 28,
                judged_on=today - timedelta(days=int(rng.integers(0, 360))),
                simulated=True,
            )
        )
    return made


def clear_habits() -> None:
    """Delete habits, forecasts and their outcomes."""
    for table in (LoanLength, Outcome, VisitPattern, TypeHabit, Fit, OpenLoan, Lost):
        table.objects.all().delete()


def make(cases: Cases, now: datetime) -> None:
    """Give every patron with a card weekly loans and three of them a history, then train the recommendations. Once.

    One of the three has stayed away for a while.
    """
    if SegmentRule.objects.exists():
        return
    rng = np.random.default_rng(SEED)
    people = {each.case: Person.objects.get(ref=each.ref) for each in cases.patrons if each.case}
    apart = dict.fromkeys((people["plain_2"], people["name_zh"]), STAY_AWAY) | {people["uid7_b"]: HAS_BEGUN}
    WeeklyLoans.objects.filter(person__in=people.values()).delete()
    for number, person in enumerate(people.values()):
        rhythm = apart.get(person, RHYTHMS[number % len(RHYTHMS)])
        WeeklyLoans.objects.bulk_create(_weeks(person, *rhythm, now.date(), rng))
    shelves = _shelves()
    _create_co_loans(shelves, now.date(), rng)
    for case, shelf in zip(("plain_1", "hold_ready", "name_zh"), shelves, strict=False):
        for ago, title in enumerate(shelf[1:EACH]):
            remember(people[case], title, now - timedelta(days=12 * (EACH - ago)))
    segments.assign_all(now)
    for segment, words in TOLD.items():
        SegmentRule.objects.create(segment=segment, on=True, **words)
    interests.infer(recommendation_picker.all_allowed(), now)
    recommendation_picker.pick_all(trained_model.learn(now), now)


def _weeks(person: Person, between: int, ago: int, today: date, rng: np.random.Generator) -> list[WeeklyLoans]:
    """Return weekly loans; a patron with a rhythm began between one and two years ago."""
    begin = int(rng.integers(DAYS // 2, DAYS)) if between else ago
    days = range(ago, begin + 1, between or DAYS)
    mondays = {(day := today - timedelta(days=each)) - timedelta(days=day.weekday()) for each in days}
    return [WeeklyLoans(person=person, monday=each, loans=int(rng.integers(1, 4))) for each in sorted(mondays)]


def _shelves() -> list[list[int]]:
    """Return the titles of the classes that have most titles."""
    found: dict[str, list[int]] = {}
    for title in Title.objects.order_by("pk"):
        for code in subjects.codes(title)[:1]:
            found.setdefault(code, []).append(title.pk)
    return sorted((each for each in found.values() if len(each) > EACH), key=len, reverse=True)[:4]


def _create_co_loans(shelves: list[list[int]], today: date, rng: np.random.Generator) -> None:
    """Create co-loans among titles of one class."""
    pairs: dict[tuple[int, int], float] = {}
    for shelf in shelves:
        for _loan in range(8 * EACH):
            low, high = sorted(int(each) for each in rng.choice(shelf[: 4 * EACH], 2, replace=False))
            pairs[low, high] = pairs.get((low, high), 0.0) + 1.0
    CoLoanCount.objects.all().delete()
    CoLoanCount.objects.bulk_create(
        CoLoanCount(low=low, high=high, weight=n, day=today) for (low, high), n in pairs.items()
    )
    totals: dict[int, float] = {}
    for pair, count in pairs.items():
        for title in pair:
            totals[title] = totals.get(title, 0.0) + count
    TitleLoanCount.objects.all().delete()
    TitleLoanCount.objects.bulk_create(
        TitleLoanCount(title=title, weight=count, day=today) for title, count in totals.items()
    )


def clear() -> None:
    """Delete what does not belong to a person."""
    for table in (CoLoanCount, TitleLoanCount, SegmentRule, SegmentGreeting):
        table.objects.all().delete()
