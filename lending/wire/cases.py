"""What a library's own system did otherwise than a kiosk had promised, told to the hub; knows no act's body."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.wire.base import MOST_ROWS, Lenient, Moment, Strict, UuidV7


class WireCase(Strict):
    """`id` is the row's; `card` the card's hash, empty where no card was shown; `given` the day that the system has."""

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
    """All that are open at the kiosk, told again until staff have settled them: the hub keeps each once."""

    wire: Literal[1]
    cases: Annotated[list[WireCase], Field(max_length=MOST_ROWS)]


class CasesAnswer(Lenient):
    wire: int
    settled: list[str]
    """The ids of those that staff have settled."""
