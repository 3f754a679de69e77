"""Invent borrowing habits of the demo library.

Loan lengths, forecasts and outcomes are marked as simulated.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from hub.catalogue.models import Item
from hub.demo.sample_data import BOOK, EXPRESS, SHORT, Cases
from hub.outreach.patrons.models import Person
from hub.outreach.recommendations.reminders import forecast_training
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
SEED = 20261125


def make(cases: Cases, now: datetime) -> None:
    """Give every patron a habit and the library a year of outcomes, then train the forecast. Once."""
    if LoanLength.objects.filter(simulated=True).exists():
        return
    rng = np.random.default_rng(SEED)
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
    forecast_training.nightly(now)


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


def clear() -> None:
    """Delete habits, forecasts and their outcomes."""
    for table in (LoanLength, Outcome, VisitPattern, TypeHabit, Fit, OpenLoan, Lost):
        table.objects.all().delete()
