"""Define [policy]: the loan rules while an ILS is unreachable, as SIP2 sends none.

A hub sends its own rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from kiosk.config.fields import Local, Text
from kiosk.config.section import Section
from kiosk.system.lazy_text import sentence

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


Days = Annotated[int, Field(ge=1, le=730)]


class Policy(Section):
    """Loan rules. While the ILS answers, it decides, and only `limit` is shown."""

    days: Days
    """Days of a loan made without the ILS."""
    days_by_category: Annotated[Mapping[Text, Days], Field(default_factory=dict)]
    """Days for the categories in the CSV of cards."""
    limit: Annotated[int, Field(ge=1, le=999)] = 10
    """Loans of one patron."""
    offline_cap: Annotated[int, Field(ge=0, le=999)] = 5
    """Loans that one patron may make while the ILS is unreachable; 0: none."""
    renewals: Annotated[int, Field(ge=0, le=99)] = 2
    earliest_renewal: Annotated[int, Field(ge=0, le=999)] | None = None
    """Days before the due date from which a loan can be renewed; None: as soon as that changes the date."""
    closed_weekdays: tuple[Weekday, ...] = ()
    closed_dates: tuple[date, ...] = ()
    cards: Local | None = None
    """CSV of the cards that may borrow then; None: every plausible card number may."""
    items: Local | None = None
    """CSV of the items that may be lent then; None: every plausible item number, without a title."""

    @model_validator(mode="after")
    def _opens(self) -> Policy:
        if set(self.closed_weekdays) >= set(WEEK):
            raise ValueError(sentence("closed_weekdays: no loan can end where every day of the week is closed"))
        return self
