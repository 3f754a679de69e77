"""[policy]: how the kiosk lends while a library's SIP2 system is away, which tells no rules; our hub sends its own."""

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
    """While the system answers, its word is the law, and of all this only `limit` is told."""

    days: Days
    """Until when a loan goes that was made without the system."""
    days_by_category: Annotated[Mapping[Text, Days], Field(default_factory=dict)]
    """For those whose category stands in the sheet of cards."""
    limit: Annotated[int, Field(ge=1, le=999)] = 10
    """Loans of one patron."""
    offline_cap: Annotated[int, Field(ge=0, le=999)] = 5
    """Loans that one patron may take while the system is away; 0: nothing is lent then."""
    renewals: Annotated[int, Field(ge=0, le=99)] = 2
    earliest_renewal: Annotated[int, Field(ge=0, le=999)] | None = None
    """Days before the due date from which a loan is renewed; left out: as soon as that moves the date."""
    closed_weekdays: tuple[Weekday, ...] = ()
    closed_dates: tuple[date, ...] = ()
    cards: Local | None = None
    """A CSV of the cards that are lent to then; without one every number that may be a card's is."""
    items: Local | None = None
    """A CSV of the items that are lent then; without one every number that may be an item's is, without a title."""

    @model_validator(mode="after")
    def _opens(self) -> Policy:
        if set(self.closed_weekdays) >= set(WEEK):
            raise ValueError(sentence("closed_weekdays: no loan can end where every day of the week is closed"))
        return self
