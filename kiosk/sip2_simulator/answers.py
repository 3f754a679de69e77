"""Build the simulated system's response to each SIP2 message, and write it as text.

Source: 3M SIP2 2.00.
"""

from __future__ import annotations

from kiosk.sip2_simulator import circulation, patrons
from kiosk.sip2_simulator.dialects import Dialect
from kiosk.sip2_simulator.response_context import ResponseContext
from kiosk.sync.sip2.message import LAYOUTS, Sip2Message


def answer(counter: ResponseContext, asked: Sip2Message) -> Sip2Message:
    """Return the response to a message whose code the dialect supports."""
    match asked.code:
        case "93":
            return login(counter, asked)
        case "99":
            return status(counter)
        case "23":
            return patrons.status(counter, asked)
        case "63":
            return patrons.information(counter, asked)
        case "17":
            return item(counter, asked)
        case "11":
            return circulation.checkout(counter, asked)
        case "09":
            return circulation.checkin(counter, asked)
        case "29":
            return circulation.renew(counter, asked)
        case "65":
            return circulation.renew_all(counter, asked)
        case "35":
            fields = [*counter.patron_fields(asked), ("AF", "Thank you !")]
            return Sip2Message("36", {"end_session": "Y", "date": counter.now}, fields)
        case "15":
            return Sip2Message("16", {"ok": "0", "available": "N", "date": counter.now}, counter.patron_fields(asked))
        case "37":
            return patrons.pay(counter, asked)
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
