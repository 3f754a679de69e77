"""Define the events of the feed and read them from a third-party ILS, as specified in docs/feed.md.

An ILS sends one JSON object per line; each invalid line is reported with its reason.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from lending import responses

Fact = str | int | None


@dataclass(frozen=True, slots=True)
class Event:
    """Event at a desk or kiosk. `number` increases from event to event; `at` is aware."""

    number: int
    at: datetime
    kind: str
    data: Mapping[str, Fact]

    @property
    def patron(self) -> str:
        """Pseudonym of the patron concerned; empty if there is none."""
        return str(self.data.get("patron") or "")

    @property
    def transaction(self) -> str:
        """Id of the transaction at the kiosk or desk, or the event's own if it has none."""
        return str(self.data.get("transaction") or f"feed-{self.number}")

    @property
    def branch(self) -> str:
        """Code of the branch; empty if there is none."""
        return str(self.data.get("branch") or "")

    @property
    def response(self) -> responses.AnyPatronResponse | None:
        """Return what the patron answered or requested; None for other events, and for a kind that is unknown here."""
        kind = responses.KINDS.get(str(self.data.get("ask") or "")) if self.kind == "said" else None
        return kind(str(self.data.get("answer") or ""), str(self.data.get("about") or "")) if kind else None


Form = Literal["text", "number", "key", "moment", "money"]
"""Formats of a fact. `key`: text or number that identifies something.

`moment`: ISO 8601 with offset. `money`: decimal as text.
"""
COMMON = "time branch kiosk staff transaction"
LOAN = "loan:key! patron! item! due:moment! title:number renewals:number out:moment reckoned type"
HOLD = "hold:key! patron! title:number item copy"
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
    "hold_cancelled": f"{HOLD} why",
    "hold_waits_again": HOLD,
    "hold_suspended": f"{HOLD} until!",
    "hold_resumed": HOLD,
    "hold_copy_changed": HOLD,
    "hold_moved": f"{HOLD} place:number! why!",
    "hold_extended": f"{HOLD} until!",
    "hold_restored": HOLD,
    "fee_charged": "patron! cause! amount:money! fee:key",
    "fee_paid": "patron! amount:money!",
    "fee_waived": "patron! cause! amount:money! fee:key",
    "payment_reversed": "patron! amount:money!",
    "waiver_revoked": "patron! cause! amount:money! fee:key",
    "patron_registered": "patron! category language",
    "patron_status": "patron! status!",
    "patron_corrected": "patron! fields!",
    "membership_begun": "patron! until!",
    "membership_renewed": "patron! until!",
    "card_status": "patron! card! status!",
    "patron_forgotten": "patron!",
    "patron_merged": "patron! former! number",
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


LONGEST = 64
"""Maximum length of a text, in characters."""
LONG, LONGER = frozenset({"answer", "about", "why"}), 2000
"""Facts in a patron's own words, which may be longer than `LONGEST`, and their limit in characters."""
MOST = 2**63 - 1
"""Largest integer that the database can store."""


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """Rejected line: its number in the file, what is wrong with it and what to do."""

    line: int
    fault: str


class FeedLineFault(Exception):
    """Reason why a line is invalid, and what is expected."""


def read(lines: Iterable[bytes]) -> Iterator[Event | RejectedLine]:
    """Yield one event or fault per non-empty line; event numbers must increase from line to line."""
    last = 0
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = _event(line)
            if event.number <= last:
                raise FeedLineFault(f"number {event.number} follows {last}: numbers must increase from line to line")
            last = event.number
        except FeedLineFault as fault:
            yield RejectedLine(at, str(fault))
        else:
            yield event


def _event(line: bytes) -> Event:
    found = _json(line)
    if unknown := sorted(set(found) - {"number", "at", "kind", "data"}):
        raise FeedLineFault(f"unknown key {unknown[0]!r}: expected number, at, kind and data")
    number, kind, data = found.get("number"), found.get("kind"), found.get("data")
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number <= MOST:
        raise FeedLineFault("number must be an integer above 0")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FeedLineFault(f"unknown kind {kind!r}: docs/feed.md lists all kinds")
    if not isinstance(data, dict):
        raise FeedLineFault("data must be an object")
    return Event(number, _moment("at", found.get("at")), kind, _checked_facts(kind, data))


def _json(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise FeedLineFault("not UTF-8: save the file in UTF-8") from None
    except (ValueError, RecursionError):
        raise FeedLineFault("invalid JSON: write one object per line") from None
    if not isinstance(found, dict):
        raise FeedLineFault("not a JSON object")
    return found


def _checked_facts(kind: str, data: Mapping[str, object]) -> dict[str, Fact]:
    known = fields(kind)
    if unknown := sorted(set(data) - set(known)):
        raise FeedLineFault(f"unknown fact {unknown[0]!r} of {kind}: expected {', '.join(known)}")
    for field in known.values():
        if data.get(field.name) in (None, ""):
            if field.needed:
                raise FeedLineFault(f"missing fact {field.name!r} of {kind}")
        elif (wrong := _wrong(field, data[field.name])) is not None:
            raise FeedLineFault(f"{field.name!r} of {kind} must be {wrong}")
    if data.get("time") not in (None, "certain", "uncertain"):
        raise FeedLineFault("'time' must be certain or uncertain")
    return {name: value for name, value in data.items() if isinstance(value, str | int) or value is None}


def _wrong(field: EventField, value: object) -> str | None:
    """Return what the value must be; None if it is valid."""
    number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    match field.form:
        case "number":
            return None if number else "an integer from 0 to 2^63 - 1"
        case "key":
            return None if number or _text(value, LONGEST) else f"an integer, or a text of 1 to {LONGEST} characters"
        case "moment":
            return None if _is_moment(value) else "an ISO 8601 time with offset, such as 2026-11-25T14:30:00+08:00"
        case "money":
            return None if _is_money(value) else 'an amount as text, such as "35.00"'
        case "text":
            most = LONGER if field.name in LONG else LONGEST
            return None if _text(value, most) else f"a text of 1 to {most} characters"


def _text(value: object, most: int) -> bool:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        return False
    return "\x00" not in value and not any("\ud800" <= each <= "\udfff" for each in value)


def _is_money(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def _is_moment(value: object) -> bool:
    try:
        _moment("", value)
    except FeedLineFault:
        return False
    return True


def _moment(name: str, value: object) -> datetime:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise FeedLineFault(f"{name} must be an ISO 8601 time with offset, such as 2026-11-25T14:30:00+08:00")
    return found
