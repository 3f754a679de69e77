"""Build the simulated system's response to each SIP2 message, and write it as text.

Source: 3M SIP2 2.00.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

from kiosk.sip2_simulator.dialects import Dialect
from kiosk.sip2_simulator.library import Copy, FeeAsked, LibraryPatron, No, SimulatedLibrary
from kiosk.sync.sip2.field_values import amount, count, moment, stamp
from kiosk.sync.sip2.message import LAYOUTS, Sip2Message

CURRENCY = "USD"
Fields = list[tuple[str, str]]
T = TypeVar("T")
MOST = 9999
"""Maximum of a four-digit count."""
LISTS = ("AS", "AT", "AU", "AV", "BU", "CD")
"""Fields by position in the request's summary."""


@dataclass(slots=True)
class ResponseContext:
    """State of one connection."""

    library: SimulatedLibrary
    dialect: Dialect
    clock: Callable[[], datetime]
    zone: tzinfo
    place: str = ""
    """Location code (CP) of the Login."""
    permits: str = "YYYYYY"
    """The first six flags of ACS Status (98), which a fault mode may change."""

    @property
    def now(self) -> str:
        return stamp(self.clock(), self.zone)

    def due(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime(self.dialect.due)

    def patron_fields(self, asked: Sip2Message) -> Fields:
        return [("AO", self.library.institution), ("AA", asked.first("AA") or "")]


def answer(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return the response to a message whose code the dialect supports."""
    match asked.code:
        case "93":
            return login(counter, asked)
        case "99":
            return status(counter)
        case "23":
            return patron_status(counter, asked)
        case "63":
            return patron_information(counter, asked)
        case "17":
            return item(counter, asked)
        case "11":
            return checkout(counter, asked)
        case "09":
            return checkin(counter, asked)
        case "29":
            return renew(counter, asked)
        case "65":
            return renew_all(counter, asked)
        case "35":
            fields = [*counter.patron_fields(asked), ("AF", "Thank you !")]
            return Sip2Message("36", {"end_session": "Y", "date": counter.now}, fields)
        case "15":
            return Sip2Message("16", {"ok": "0", "available": "N", "date": counter.now}, counter.patron_fields(asked))
        case "37":
            return pay(counter, asked)
        case code:
            raise AssertionError(code)


def login(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Login Response (94)."""
    counter.place = asked.first("CP") or ""
    right = (asked.first("CN"), asked.first("CO")) != ("wrong", "wrong")
    return Sip2Message("94", {"ok": "1" if right else "0"})


def status(counter: ResponseContext) -> Sip2Message:
    """Return ACS Status (98)."""
    online, checkin, checkout, renewal, update, offline = list(counter.permits)
    pad = counter.dialect.pads_numbers
    fixed = {
        "online": online, "checkin": checkin, "checkout": checkout, "renewal": renewal, "status_update": update,
        "offline": offline, "timeout": "100".rjust(3, pad), "retries": "5".rjust(3, pad), "date": counter.now,
        "version": counter.dialect.version,
    }  # fmt: skip
    bx = [("BX", counter.dialect.bx)] if counter.dialect.bx else []
    return Sip2Message("98", fixed, [("AO", counter.library.institution), *bx])


def item(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Item Information Response (18)."""
    barcode = asked.first("AB") or ""
    copy = counter.library.copies.get(barcode)
    fixed = {"circulation_status": "01", "security_marker": "01", "fee_type": "01", "date": counter.now}
    if copy is None:
        return Sip2Message("18", fixed, [("AB", barcode), ("AJ", "")])
    fixed["circulation_status"] = "04" if copy.loan else "08" if copy.trapped else "03"
    fields = [("AB", barcode), ("AJ", copy.title)]
    if copy.loan:
        fields.append(("AH", counter.due(copy.loan.due)))
    waiting = sum(each.barcode == barcode for each in counter.library.holds)
    fields += [("CF", str(waiting)), ("AQ", copy.branch), ("AP", copy.branch)]
    if counter.dialect.tells_owner:
        fields.append(("BG", copy.branch))
    return Sip2Message("18", fixed, fields)


def encode(message: Sip2Message, dialect: Dialect) -> str:
    """Write a response as such systems do: in their order of fields, with delimiters escaped or blanked."""
    layout = LAYOUTS[message.code]
    first = dialect.order.split()
    fields = sorted(message.fields, key=lambda each: first.index(each[0]) if each[0] in first else len(first))
    text = message.code + "".join(message.fixed[name] for name, _size in layout.fixed)
    return text + "".join(f"{name}{value.replace('|', '&#124;').replace(chr(13), ' ')}|" for name, value in fields)


def screen_messages(*words: str) -> Fields:
    """Return screen messages (AF), without empty ones."""
    return [("AF", each) for each in words if each]


def checkout(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Checkout Response (12)."""
    patron = counter.library.patron(asked.first("AA") or "")
    copy = counter.library.copies.get(asked.first("AB") or "")
    due = moment(asked.fixed["nb_due_date"], counter.zone)
    fields = [*counter.patron_fields(asked), ("AB", asked.first("AB") or ""), ("AJ", copy.title if copy else "")]
    try:
        renewed = counter.library.checkout(
            _there(copy, "Invalid Item"),
            _there(patron, "Invalid Patron"),
            _transaction_time(counter, asked),
            agreed=asked.first("BO") == "Y",
            no_block=asked.fixed["no_block"] == "Y" and counter.dialect.heeds_no_block,
            due=due,
        )
    except No as no:
        return _not_lent(counter, "12", fields, no)
    assert copy and copy.loan
    return _loan_response(counter, "12", fields, copy, renewed)


def renew(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Renew Response (30)."""
    patron = counter.library.patron(asked.first("AA") or "")
    copy = counter.library.copies.get(asked.first("AB") or "")
    fields = [*counter.patron_fields(asked), ("AB", asked.first("AB") or ""), ("AJ", copy.title if copy else "")]
    try:
        counter.library.renew(
            _there(copy, "Invalid Item"),
            _there(patron, "Invalid Patron"),
            _transaction_time(counter, asked),
            agreed=asked.first("BO") == "Y",
        )
    except No as no:
        return _not_lent(counter, "30", fields, no)
    assert copy and copy.loan
    return _loan_response(counter, "30", fields, copy, True)


def renew_all(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Renew All Response (66)."""
    patron = counter.library.patron(asked.first("AA") or "")
    done: Fields = []
    for copy in counter.library.loans(patron) if patron else []:
        try:
            counter.library.renew(copy, patron, counter.clock(), agreed=asked.first("BO") == "Y")  # type: ignore[arg-type]
            done.append(("BM", copy.barcode))
        except No:
            done.append(("BN", copy.barcode))
    renewed = sum(name == "BM" for name, _ in done)
    fixed = {"ok": "1" if patron else "0", "renewed": f"{renewed:04}", "unrenewed": f"{len(done) - renewed:04}"}
    return Sip2Message("66", {**fixed, "date": counter.now}, [("AO", counter.library.institution), *done])


def checkin(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Checkin Response (10)."""
    barcode = asked.first("AB") or ""
    copy, waits = counter.library.copies.get(barcode), None
    fixed = {"ok": "1", "resensitize": "Y", "magnetic": "N", "alert": "N", "date": counter.now}
    fields: Fields = [("AO", counter.library.institution), ("AB", barcode), ("AQ", copy.branch if copy else "")]
    if copy is None or (counter.dialect.wants_place and not counter.place):
        fixed |= {"ok": "0", "resensitize": "N", "alert": "Y"}
        return Sip2Message("10", fixed, [*fields, ("CV", "99"), *screen_messages("Invalid Item")])
    fields.append(("AJ", copy.title))
    words = counter.dialect.greets
    try:
        at = moment(asked.fixed["return_date"], counter.zone) or counter.clock()
        waits = counter.library.checkin(copy, at, no_block=asked.fixed["no_block"] == "Y")
    except No as no:
        waits, words = counter.library.patrons.get(copy.trapped), str(no)
        if not counter.dialect.accepts_unlent:
            fixed["ok"] = "0"
    here = asked.first("AP") or counter.library.institution
    if waits:
        fixed["alert"] = "Y"
        kind = "01" if copy.branch == here else "02"
        fields += [("CV", kind), ("CT", copy.branch), ("CY", waits.number), ("DA", waits.name)]
    elif counter.dialect.transit and copy.branch != here:
        fixed["alert"] = "Y"
        fields += [("CV", "04"), ("CT", copy.branch)]
    return Sip2Message("10", fixed, fields + screen_messages(words))


def refusal(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Refuse a checkout, renewal or checkin with an unspecific reason; nothing is changed."""
    barcode = asked.first("AB") or ""
    if asked.code == "09":
        fixed = {"ok": "0", "resensitize": "N", "magnetic": "N", "alert": "N", "date": counter.now}
        fields = [("AO", counter.library.institution), ("AB", barcode), ("AQ", ""), ("AF", "Not today")]
        return Sip2Message("10", fixed, fields)
    fields = [*counter.patron_fields(asked), ("AB", barcode), ("AJ", "")]
    return _not_lent(counter, "12" if asked.code == "11" else "30", fields, No("Not today"))


def _loan_response(counter: ResponseContext, code: str, fields: Fields, copy: Copy, renewed: bool) -> Sip2Message:
    assert copy.loan
    fixed = {
        "ok": "1",
        "renewal_ok": "Y" if renewed else "N",
        "magnetic": "N",
        "desensitize": "Y" if counter.dialect.desensitizes_always or not renewed else "N",
        "date": counter.now,
    }
    fields = [*fields, ("AH", counter.due(copy.loan.due))]
    if copy.rent:
        fields += [("BT", "06"), ("BH", CURRENCY), ("BV", f"{copy.rent:.2f}")]
    if renewed and code == "12":
        return Sip2Message(code, fixed, fields + screen_messages("Item already checked out to you: renewing item."))
    return Sip2Message(code, fixed, fields + screen_messages(counter.dialect.greets))


def _not_lent(counter: ResponseContext, code: str, fields: Fields, no: No) -> Sip2Message:
    fixed = {"ok": "0", "renewal_ok": "N", "magnetic": "U", "desensitize": "N", "date": counter.now}
    fields = [*fields, ("AH", "")]
    if isinstance(no, FeeAsked):
        return Sip2Message(code, fixed, [*fields, ("BT", "06"), ("BH", CURRENCY), ("BV", f"{no.fee:.2f}")])
    return Sip2Message(code, fixed, fields + screen_messages(str(no)))


def _transaction_time(counter: ResponseContext, asked: Sip2Message) -> datetime:
    """Return the time of a loan or renewal: the kiosk's for offline transactions, else the system's."""
    happened = moment(asked.fixed["date"], counter.zone) if counter.dialect.heeds_no_block else None
    return happened or counter.clock().astimezone(counter.zone)


def _there(thing: T | None, words: str) -> T:
    """Return `thing`. Raises No if it is None."""
    if thing is None:
        raise No(words)
    return thing


def patron_status(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return Patron Status Response (24)."""
    patron = counter.library.patron(asked.first("AA") or "")
    fixed = {"flags": _flags(counter, patron), "language": "000", "date": counter.now}
    return Sip2Message("24", fixed, _identity_fields(counter, asked, patron))


def patron_information(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
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
    fines = patron.fines if patron else []
    sizes: Mapping[str, Sequence[Copy | str]] = {
        "holds": ready,
        "overdue": late,
        "charged": loans,
        "fines": fines,
        "recalls": [],
        "unavailable_holds": wished,
    }
    for name, found in sizes.items():
        fixed[name] = (
            f"{min(len(found), MOST):04}" if counter.dialect.counts and patron else "    " if patron else "0000"
        )
    lists = dict(zip(LISTS, sizes.values(), strict=True))
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


def _page(counter: ResponseContext, asked: Sip2Message, name: str, found: Sequence[Copy | str]) -> Fields:
    """Return the items from BP to BQ, counted from 1; all if neither is given."""
    first, last = count(asked.first("BP")) or 1, count(asked.first("BQ")) or len(found)
    shown = found[first - 1 : last]
    return [(name, each if isinstance(each, str) else _list_entry(counter, each)) for each in shown]


def _list_entry(counter: ResponseContext, copy: Copy) -> str:
    return copy.title if counter.dialect.titles_as_loans else copy.barcode
