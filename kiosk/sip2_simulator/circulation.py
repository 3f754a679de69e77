"""Build the circulation responses: Checkout (12), Renew (30), Renew All (66), Checkin (10)."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from kiosk.sip2_simulator.library import Copy, FeeAsked, No
from kiosk.sip2_simulator.response_context import CURRENCY, Fields, ResponseContext, screen_messages
from kiosk.sync.sip2.field_values import moment
from kiosk.sync.sip2.message import Sip2Message

T = TypeVar("T")


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
