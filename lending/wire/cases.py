"""Report, to a companion hub, where the library system deviated from what a kiosk had promised."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.wire.base import MOST_ROWS, Lenient, Moment, Strict, UuidV7


class WireCase(Strict):
    """`id` is the row id, `card` the card hash (empty without a card), `given` the due date in the library system."""

    id: UuidV7
    kind: Literal["refused", "due", "fee", "untold"]
    at: Moment
    act: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    item: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    card: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    promised: Moment | None = None
    given: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""


class CasesRequest(Strict):
    """All cases open at the kiosk, sent again until staff settle them; the hub stores each once."""

    wire: Literal[1]
    cases: Annotated[list[WireCase], Field(max_length=MOST_ROWS)]


class CasesAnswer(Lenient):
    """Response to a report of cases."""

    wire: int
    settled: list[str]
    """Ids of the cases that staff have settled."""
