"""What the bench of a big library fills in at once is what the feed makes of the same loans, event by event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from django.db import models
from django.db.models import F

from kiosk.hub.carrier.events import carry
from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.day.models import Borrower
from kiosk.hub.outreach.day.models import Lent as LentOfDay
from kiosk.hub.outreach.habit.models import Length, OpenLoan, Rhythm
from kiosk.hub.outreach.models import Position
from kiosk.hub.outreach.people.models import Busy, Person
from kiosk.hub.outreach.reading.models import Lent, Together, Week
from kiosk.hub.scale import filled, made, taken

WHOSE = F("person__ref")
TABLES: Sequence[tuple[type[models.Model], tuple[Any, ...]]] = (
    (Person, ("ref", "since")),
    (Busy, (WHOSE, "month", "loans")),
    (OpenLoan, (WHOSE, "loan", "item", "title", "type", "out_at", "due", "renewals", "believed", "handed_in_at")),
    (Length, (WHOSE, "type", "days")),
    (Rhythm, (WHOSE, "weekdays", "last_visit")),
    (Week, (WHOSE, "monday", "loans")),
    (Lent, ("title", "weight", "day")),
    (Together, ("low", "high", "weight", "day")),
    (LentOfDay, ("on", "branch", "group", "loans", "back", "late")),
    (Borrower, (WHOSE, "branch", "group", "first_on", "last_on")),
)


def rows(model: type[models.Model], columns: Sequence[Any]) -> list[list[Any]]:
    found = model._default_manager.order_by().values_list(*columns)
    return sorted(([round(each, 6) if isinstance(each, float) else each for each in row] for row in found), key=str)


def test_the_tables_are_as_the_feed_would_have_made_them(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made, "FEWEST", 1)
    library, calendar = made.made(15, 160, seed=7), filled.Calendar(date(2026, 11, 25))
    hub_clock().set(calendar.moment(library.end))
    filled.catalogue(library, calendar)
    filled.circulation(library, calendar)
    filled.feed(library, calendar, -1.0, library.end)
    carry()
    by_feed = {model: rows(model, columns) for model, columns in TABLES}
    for emptied in (*(model for model, _columns in TABLES), Position):
        emptied.objects.all().delete()  # type: ignore[attr-defined]
    taken.taken(library, calendar, library.end)
    for model, columns in TABLES:
        assert by_feed[model], model
        assert rows(model, columns) == by_feed[model], model
