"""Transactions on their way to the hub, and its answer to each; knows no body."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.transactions import ClockTrust
from lending.wire.base import LARGEST, MOST_ROWS, Lenient, Moment, Strict, UuidV7


class WireRow(Strict):
    """One transaction. `body` is JSON text, perhaps sealed: it is hashed and stored as it is when opened, and the flags
    stand outside it. `mark` is the keyed hash of kind and plain body, without which a sealed one is not read.

    `untold`: no patron was promised it, and no patron will learn that it was done. `told`: the patron saw the answer at
    the kiosk and waits for no confirmation, for a row that was done elsewhere or is sent again.
    """

    id: UuidV7
    seq: Annotated[int, Field(ge=1, le=LARGEST)]
    boot: Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)]
    at: Moment
    trust: ClockTrust
    kind: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")]
    no_block: bool
    untold: bool = False
    told: bool = False
    body: Annotated[str, Field(max_length=8192, pattern=r"^[^\x00]*$")]
    mark: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class TransactionsRequest(Strict):
    """The envelope: rows stay raw here, so that one that cannot be parsed is set aside alone.

    `journal` is the id of the journal whose rows they are: each numbers its own from 1. `boot` and `mono_ns` are the
    kiosk's at the moment of sending: how long ago a row of the same boot was made needs no wall clock. `elsewhere`: the
    library's own system keeps the loans, and has done what the rows say, until the day that they say.
    """

    wire: Literal[1]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    rows: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MOST_ROWS)]

    boot: Annotated[str, Field(pattern=r"^[!-~]{0,64}$")] = ""
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    elsewhere: bool = False


class WireApplied(Lenient):
    """The rule by which something was lent or renewed: the codes that it is for, and its period in days or hours.

    `kind` has the library's names of the item type by language, where the rule is for one.
    """

    category: str
    item_type: str
    branch: str
    days: int | None = None
    hours: int | None = None
    kind: dict[str, str] = Field(default_factory=dict)


class RowAnswer(Lenient):
    id: str
    outcome: Literal["accepted", "refused", "set_aside", "again"]
    due: AwareDatetime | None = None
    rule: WireApplied | None = None
    someone_waits: bool = False
    place: str = ""
    goes_on: dict[str, str] = Field(default_factory=dict)
    """The branch to which a returned item goes on, by its names; empty where it stays."""
    became: str = ""
    """What became of a wish that can become more than one thing: a place `booked`, or one in the `queue`."""
    reason: str | None = None
    """A model.Reason value, or a sentence for staff when set aside."""
    on: date | None = None
    amount: Decimal | None = None
    count: int | None = None
    exception: int | None = None
    """Number in the exception desk."""
    after: float | None = None
    """Seconds, with `again`."""


class TransactionsAnswer(Lenient):
    wire: int
    answers: list[RowAnswer]
