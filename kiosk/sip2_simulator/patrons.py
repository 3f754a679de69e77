"""Build the simulated system's patron responses: Patron Status (24), Information (64), Fee Paid (38)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kiosk.sip2_simulator.library import Copy, LibraryPatron
from kiosk.sip2_simulator.response_context import CURRENCY, Fields, ResponseContext, screen_messages
from kiosk.sync.sip2.field_values import amount, count
from kiosk.sync.sip2.message import Sip2Message

MOST = 9999
"""Maximum of a four-digit count."""
LISTS = ("AS", "AT", "AU", "AV", "BU", "CD")
"""Fields by position in the request's summary."""


def status(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Patron Status Response (24)."""
    patron = counter.library.patron(asked.first("AA") or "")
    fixed = {"flags": _flags(counter, patron), "language": "000", "date": counter.now}
    return Sip2Message("24", fixed, _identity_fields(counter, asked, patron))


def information(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Patron Information Response (64)."""
    patron = counter.library.patron(asked.first("AA") or "")
    fixed = {"flags": _flags(counter, patron), "language": "000", "date": counter.now}
    fields = [*_identity_fields(counter, asked, patron), *_contact_fields(patron)]
    loans = counter.library.loans(patron) if patron else []
    late = [each for each in loans if each.loan and each.loan.due < counter.clock()]
    ready = [each for each in counter.library.copies.values() if patron and each.trapped == patron.number]
    wished = [
        counter.library.copies[each.barcode]
        for each in counter.library.holds
        if patron and each.patron == patron.number
    ]
    sizes = {
        "holds": ready,
        "overdue": late,
        "charged": loans,
        "fines": [],
        "recalls": [],
        "unavailable_holds": wished,
    }
    for name, found in sizes.items():
        fixed[name] = (
            f"{min(len(found), MOST):04}" if counter.dialect.counts and patron else "    " if patron else "0000"
        )
    lists = dict(zip(LISTS, (ready, late, loans, [], [], wished), strict=True))
    place = asked.fixed["summary"].find("Y")
    if patron and 0 <= place < len(LISTS):
        fields += _page(counter, asked, LISTS[place], lists[LISTS[place]])
    return Sip2Message("64", fixed, fields)


def pay(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Fee Paid Response (38)."""
    patron, paid = counter.library.patron(asked.first("AA") or ""), amount(asked.first("BV")) or Decimal(0)
    if patron:
        counter.library.pay(patron, paid, counter.clock())
    return Sip2Message(
        "38", {"payment_accepted": "Y" if patron else "N", "date": counter.now}, counter.patron_fields(asked)
    )


def _flags(counter: ResponseContext, patron: LibraryPatron | None) -> str:
    if patron is None:
        return "YYYY".ljust(14)
    now, late = (
        counter.clock(),
        any(each.loan and each.loan.due < counter.clock() for each in counter.library.loans(patron)),
    )
    places = ["Y" if bar else " " for bar in [bool(counter.library.bars(patron, now))] * 4 + [patron.lost]]
    places += ["Y" if len(counter.library.loans(patron)) >= patron.limit else " ", "Y" if late else " "]
    places += [" "] * 3 + ["Y" if patron.fees > 0 else " "] + [" "] * 3
    if patron.flag is not None:
        places[patron.flag] = "Y"
    return "".join(places)


def _identity_fields(counter: ResponseContext, asked: Sip2Message, patron: LibraryPatron | None) -> Fields:
    """Return the patron's name, whether the card is valid, and whether the PIN is right."""
    if patron is None:
        return [*counter.patron_fields(asked), ("AE", ""), ("BL", "N"), ("AF", "Invalid cardnumber")]
    pin, fields = asked.first("AD"), [("AO", counter.library.institution), ("AA", patron.number), ("AE", patron.name)]
    fields.append(("BL", "Y"))
    if pin or (asked.code == "23" and counter.dialect.pin_in_patron_status):
        fields.append(("CQ", "Y" if pin and pin == patron.pin else "N"))
    if patron.fees:
        fields += [("BH", CURRENCY), ("BV", f"{patron.fees:.2f}")]
    if counter.dialect.tells_expiry and patron.expires and asked.code == "63":
        fields.append(("PA", f"{patron.expires:%Y%m%d}"))
    owes = f"{counter.dialect.greets}-- Patron owes {patron.fees:.2f}" if patron.fees else counter.dialect.greets
    return fields + screen_messages("PATRON EXPIRED" if patron.expires and patron.expires < counter.clock() else owes)


def _contact_fields(patron: LibraryPatron | None) -> Fields:
    """Return the patron's contact fields."""
    contact = (("BD", patron.address), ("BE", patron.mail), ("BF", patron.phone)) if patron else ()
    return [each for each in contact if each[1]]


def _page(counter: ResponseContext, asked: Sip2Message, name: str, found: Sequence[Copy]) -> Fields:
    """Return the items from BP to BQ, counted from 1; all if neither is given."""
    first, last = count(asked.first("BP")) or 1, count(asked.first("BQ")) or len(found)
    shown = found[first - 1 : last]
    return [(name, each.title if counter.dialect.titles_as_loans else each.barcode) for each in shown]
