"""Define which facts each kind of feed event may carry, as specified in docs/feed.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

Form = Literal["text", "number", "key", "moment", "money"]
"""Formats of a fact. `key`: text or number that identifies something.

`moment`: ISO 8601 with offset. `money`: decimal as text.
"""

COMMON = "time branch kiosk staff transaction"
LOAN = "loan:key! patron! item! due:moment! title:number renewals:number out:moment reckoned type"
HOLD = "hold:key! patron! title:number item"
PROMISE = "loan:key exception:key item act reason code title:number due:moment"

KINDS: Mapping[str, str] = {
    "checkout": f"{LOAN}!",
    "loan_taken_over": f"{LOAN}! handed_in:moment",
    "renewed": LOAN,
    "renewal_undone": LOAN,
    "handed_in": LOAN,
    "checkin": LOAN,
    "return_confirmed": LOAN,
    "loan_reopened": LOAN,
    "checkout_undone": LOAN,
    "loan_written_off": LOAN,
    "asked_back": LOAN,
    "item_lost": "item! patron title:number",
    "item_found": "item! title:number",
    "used_in_house": "item! title:number type",
    "used_in_house_undone": "item! title:number type",
    "hold_placed": HOLD,
    "hold_ready": HOLD,
    "hold_cancelled": HOLD,
    "hold_waits_again": HOLD,
    "fee_charged": "patron! cause! amount:money! fee:key",
    "fee_paid": "patron! amount:money!",
    "patron_registered": "patron! category language",
    "patron_status": "patron! status!",
    "card_status": "patron! card! status!",
    "patron_forgotten": "patron!",
    "promise_confirmed": f"patron! {PROMISE}",
    "promise_refused": f"patron! {PROMISE}",
    "exception_settled": f"patron how! {PROMISE}",
    "said": "ask! answer! patron about proved",
}
"""Facts of each event kind: name, form after a colon (text if none), and `!` if required."""


@dataclass(frozen=True, slots=True)
class EventField:
    """Fact that an event may carry: its name, its format, and whether it is required."""

    name: str
    form: Form
    needed: bool


def fields(kind: str) -> dict[str, EventField]:
    """Return the facts that an event of this kind may have, by name."""
    return {each.name: each for each in map(_field, f"{COMMON} {KINDS[kind]}".split())}


def _field(text: str) -> EventField:
    name, _, declared = text.removesuffix("!").partition(":")
    (form,) = [each for each in get_args(Form) if each == (declared or "text")]
    return EventField(name, form, text.endswith("!"))
