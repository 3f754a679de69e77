"""Test that the bulk fixtures equal what the feed makes of the same loans, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import models
from django.db.models import F

from hub.circulation.models import CirculationEvent
from hub.core.clock import hub_clock
from hub.ils.bridge.feed_relay import carry
from hub.load_test import circulation_fixtures, outreach_fixtures, synthetic_loans
from hub.outreach import feed
from hub.outreach.library_system.events import Event
from hub.outreach.patrons.models import FeedPosition, MonthlyLoans, Person
from hub.outreach.recommendations.reading_profiles.models import CoLoanCount, TitleLoanCount, WeeklyLoans
from hub.outreach.recommendations.reminders.models import LoanLength, OpenLoan, VisitPattern
from hub.outreach.statistics.models import Borrower
from hub.outreach.statistics.models import DailyLoans as LentOfDay

WHOSE = F("person__ref")
TABLES: Sequence[tuple[type[models.Model], tuple[Any, ...]]] = (
    (Person, ("ref", "since")),
    (MonthlyLoans, (WHOSE, "month", "loans")),
    (OpenLoan, (WHOSE, "loan", "item", "title", "type", "out_at", "due", "renewals", "believed", "handed_in_at")),
    (LoanLength, (WHOSE, "type", "days", "week")),
    (VisitPattern, (WHOSE, "weekdays", "last_visit")),
    (WeeklyLoans, (WHOSE, "monday", "loans")),
    (TitleLoanCount, ("title", "weight", "day")),
    (CoLoanCount, ("low", "high", "weight", "day")),
    (LentOfDay, ("on", "branch", "group", "loans", "back", "late")),
    (Borrower, (WHOSE, "branch", "group", "first_on", "last_on")),
)


def rows(model: type[models.Model], columns: Sequence[Any]) -> list[list[Any]]:
    found = model._default_manager.order_by().values_list(*columns)
    return sorted(([round(each, 6) if isinstance(each, float) else each for each in row] for row in found), key=str)


def everything() -> dict[str, list[list[Any]]]:
    return {model.__name__ + model.__module__: rows(model, columns) for model, columns in TABLES}


def test_however_the_feed_is_cut_the_same_comes_of_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_loans, "FEWEST", 1)
    library, calendar = (
        synthetic_loans.invent_library(8, 60, seed=5),
        circulation_fixtures.LibraryDays(date(2026, 11, 25)),
    )
    hub_clock().set(calendar.moment(library.end))
    circulation_fixtures.catalogue(library, calendar)
    circulation_fixtures.circulation(library, calendar)
    circulation_fixtures.feed(library, calendar, -1.0, library.end)
    told = [Event(each.id, each.at, each.kind, each.data) for each in CirculationEvent.objects.order_by("id")]
    lent = [each for each in told if each.kind == "checkout"]
    undone = [
        Event(len(told) + 1, told[-1].at, "checkout_undone", lent[-1].data),
        Event(len(told) + 2, told[-1].at, "patron_forgotten", {"patron": lent[0].patron}),
        Event(len(told) + 3, told[-1].at, "checkout", {**lent[0].data, "loan": 7}),
        Event(len(told) + 4, told[-1].at, "handed_in", {**lent[0].data, "loan": 7}),
        Event(len(told) + 5, told[-1].at, "loan_reopened", {**lent[0].data, "loan": 7}),
        Event(len(told) + 6, told[-1].at, "return_confirmed", {**lent[0].data, "loan": 7}),
        Event(len(told) + 7, told[-1].at, "loan_reopened", {**lent[0].data, "loan": 7}),
    ]
    found = []
    for size in (1, 9, 1000):
        events = [*told, *undone]
        for begin in range(0, len(events), size):
            feed.take(events[begin : begin + size])
        found.append(everything())
        for emptied in (*(model for model, _columns in TABLES), FeedPosition):
            emptied.objects.all().delete()  # type: ignore[attr-defined]
    assert found[0] == found[1] == found[2]
    assert all(found[0].values())


def test_the_tables_are_as_the_feed_would_have_made_them(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic_loans, "FEWEST", 1)
    library, calendar = (
        synthetic_loans.invent_library(15, 160, seed=7),
        circulation_fixtures.LibraryDays(date(2026, 11, 25)),
    )
    hub_clock().set(calendar.moment(library.end))
    circulation_fixtures.catalogue(library, calendar)
    circulation_fixtures.circulation(library, calendar)
    circulation_fixtures.feed(library, calendar, -1.0, library.end)
    carry()
    by_feed = {model: rows(model, columns) for model, columns in TABLES}
    for emptied in (*(model for model, _columns in TABLES), FeedPosition):
        emptied.objects.all().delete()  # type: ignore[attr-defined]
    outreach_fixtures.fill_outreach(library, calendar, library.end)
    for model, columns in TABLES:
        assert by_feed[model], model
        assert rows(model, columns) == by_feed[model], model
