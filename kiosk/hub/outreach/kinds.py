"""What the feed's events may hold, kind by kind, as docs/feed.md tells it; knows nobody who writes or reads one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["text", "number", "key", "moment", "money"]
"""`key` is a text or a number by which something is known; `moment` ISO 8601 with offset; `money` a decimal text."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    form: Form
    needed: bool = False


def _maybe(form: Form, *names: str) -> tuple[Field, ...]:
    return tuple(Field(name, form) for name in names)


def _needed(form: Form, *names: str) -> tuple[Field, ...]:
    return tuple(Field(name, form, needed=True) for name in names)


COMMON = _maybe("text", "time", "branch", "kiosk", "staff", "transaction")
LOAN = (
    *_needed("key", "loan"),
    *_needed("text", "patron", "item"),
    *_needed("moment", "due"),
    *_maybe("number", "title", "renewals"),
    *_maybe("moment", "out"),
    *_maybe("text", "type"),
)
LENT = (*(each for each in LOAN if each.name != "type"), *_needed("text", "type"))
HOLD = (*_needed("key", "hold"), *_needed("text", "patron"), *_maybe("number", "title"), *_maybe("text", "item"))
PROMISE = (
    *_needed("text", "patron"),
    *_maybe("key", "loan", "exception"),
    *_maybe("text", "item", "act", "reason", "code"),
    *_maybe("number", "title"),
    *_maybe("moment", "due"),
)

KINDS: Mapping[str, tuple[Field, ...]] = {
    "checkout": LENT,
    "renewed": LOAN,
    "renewal_undone": LOAN,
    "handed_in": LOAN,
    "checkin": LOAN,
    "return_confirmed": LOAN,
    "loan_reopened": LOAN,
    "checkout_undone": LOAN,
    "loan_written_off": LOAN,
    "asked_back": LOAN,
    "item_lost": (*_needed("text", "item"), *_maybe("text", "patron"), *_maybe("number", "title")),
    "item_found": (*_needed("text", "item"), *_maybe("number", "title")),
    "hold_placed": HOLD,
    "hold_ready": HOLD,
    "hold_cancelled": HOLD,
    "hold_waits_again": HOLD,
    "fee_charged": (*_needed("text", "patron", "cause"), *_needed("money", "amount"), *_maybe("key", "fee")),
    "fee_paid": (*_needed("text", "patron"), *_needed("money", "amount")),
    "patron_registered": (*_needed("text", "patron"), *_maybe("text", "category", "language")),
    "patron_status": _needed("text", "patron", "status"),
    "card_status": _needed("text", "patron", "card", "status"),
    "patron_forgotten": _needed("text", "patron"),
    "promise_confirmed": PROMISE,
    "promise_refused": PROMISE,
    "exception_settled": (*_maybe("text", "patron"), *_needed("text", "how"), *PROMISE[1:]),
    "said": (*_needed("text", "ask", "answer"), *_maybe("text", "patron", "about")),
}
