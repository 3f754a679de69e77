"""[offline]: how long the kiosk lends without the library's system, and when that is told; stops no return."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from kiosk.config.section import Section

Hours = Annotated[float, Field(gt=0, le=24 * 90)]


class Offline(Section):
    hours: Hours = 168.0
    """How long the oldest transaction may wait for the library's system before lending stops."""
    transactions: Annotated[int, Field(ge=1, le=20_000)] = 5000
    """How many may wait before lending stops."""
    amber: Hours = 24.0
    """Hours after which the technician is told that something waits for long."""
    red: Hours = 72.0
    """Hours after which that is a fault."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.amber <= self.red <= self.hours:
            raise ValueError("amber should come no later than red, and red no later than hours")
        return self
