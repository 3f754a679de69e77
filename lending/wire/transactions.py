"""Transactions sent to the hub, and its response to each."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from lending.transactions import ClockTrust
from lending.wire.base import LARGEST, MOST_ROWS, Lenient, Moment, Strict, UuidV7


class WireRow(Strict):
    """One transaction.

    `body` is JSON text, perhaps encrypted. The decrypted text is hashed and stored unchanged, so the flags are outside
    it. `mark` is the keyed hash of kind and plain body; an encrypted body without it is rejected.

    `untold`: the transaction was promised to no patron and its success is shown to none. `result_shown`: the patron saw
    the result at the kiosk and needs no confirmation (for a row done in another system, or sent again).
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
    result_shown: bool = False
    body: Annotated[str, Field(max_length=8192, pattern=r"^[^\x00]*$")]
    mark: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class TransactionsRequest(Strict):
    """The envelope. Rows stay raw here, so that a row that cannot be parsed is set aside alone.

    `journal` is the id of the journal; each numbers its rows from 1. `boot` and `mono_ns` are the kiosk's at the time
    of sending: they give the age of a row of the same boot without a wall clock. `elsewhere`: the library system keeps
    the loans and has already done what the rows say, with their due dates.
    """

    wire: Literal[1]
    journal: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] = ""
    rows: Annotated[list[dict[str, object]], Field(min_length=1, max_length=MOST_ROWS)]

    boot: Annotated[str, Field(pattern=r"^[!-~]{0,64}$")] = ""
    mono_ns: Annotated[int, Field(ge=0, le=LARGEST)] | None = None
    elsewhere: bool = False


class WireApplied(Lenient):
    """The rule of a loan or renewal: the codes it applies to, and its period in days or hours.

    `kind` is the library's name of the item type by language code, if the rule is for one type.
    """

    category: str
    item_type: str
    branch: str
    days: int | None = None
    hours: int | None = None
    kind: dict[str, str] = Field(default_factory=dict)


class RowAnswer(Lenient):
    """The hub's response to one row."""

    id: str
    outcome: Literal["accepted", "refused", "set_aside", "again"]
    due: AwareDatetime | None = None
    rule: WireApplied | None = None
    someone_waits: bool = False
    place: str = ""
    goes_on: dict[str, str] = Field(default_factory=dict)
    """Names of the branch to which a returned item is transferred; empty if it stays."""
    became: str = ""
    """Outcome of a request with several possible outcomes: `booked`, or `queue` for the waiting list."""
    reason: str | None = None
    """A model.Reason value, or with `set_aside` a sentence for staff."""
    on: date | None = None
    amount: Decimal | None = None
    count: int | None = None
    exception: int | None = None
    """Id at the exception desk."""
    after: float | None = None
    """Seconds to wait, with `again`."""


class TransactionsAnswer(Lenient):
    """Responses in the order of the rows."""

    wire: int
    answers: list[RowAnswer]
