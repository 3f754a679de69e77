"""Define [offline]: how long the kiosk may lend without the library system; returns are not limited."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from kiosk.config.section import Section

Hours = Annotated[float, Field(gt=0, le=24 * 90)]


class Offline(Section):
    """[offline]: limits of offline circulation."""

    hours: Hours = 168.0
    """Hours that the oldest transaction may be queued before checkouts stop."""
    transactions: Annotated[int, Field(ge=1, le=20_000)] = 5000
    """Transactions that may be queued before checkouts stop."""
    amber: Hours = 24.0
    """Hours after which technicians get a warning."""
    red: Hours = 72.0
    """Hours after which it is a fault."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.amber <= self.red <= self.hours:
            raise ValueError("amber should come no later than red, and red no later than hours")
        return self
