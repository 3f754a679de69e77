"""Takes patrons into this hub's circulation, gives them cards, tells what is kept of them and forgets them."""

import re
import secrets
from datetime import date, datetime
from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.db.models import F, Model, Q, TextField
from django.db.models.functions import Cast

from hub.circulation import anonymous_patron, cards, event_feed, operations
from hub.circulation.models import Card, CirculationEvent, Fee, Hold, Loan, Patron, PatronCategory, Transaction
from hub.circulation.operations import Actor
from hub.ils_import import conflicts
from hub.outreach.central import Registered
from hub.staff.models import DeskAnswer

NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


MOST_ALIKE = 5


def register(by: Actor, name: str, category: str, language: str, number: str = "") -> Registered:
    """Adds a patron whose cards open nothing until she is confirmed; by this number, where nobody has it."""
    group = PatronCategory.objects.get(code=category)
    identifier = number or f"T{secrets.randbelow(10**9):09}"
    while cards.taken_by(identifier) or Patron.objects.filter(identifier=identifier).exists():
        identifier = f"T{secrets.randbelow(10**9):09}"
    patron = Patron.objects.create(
        identifier=identifier, name=name, category=group, language=language, status=Patron.Status.PROVISIONAL
    )
    cards.enrol(patron, identifier)
    event_feed.append("patron_registered", by.now, patron=patron.ref, category=category, language=language, **by.who())
    return Registered(patron.ref, identifier)


def alike(ref: str) -> list[str]:
    """Those who have her name, oldest first, some of them."""
    names = Patron.objects.filter(ref=ref).values("name")
    same = Patron.objects.filter(name__in=names).exclude(ref=ref).order_by("pk")
    return list(same.values_list("ref", flat=True)[:MOST_ALIKE])


def confirm(by: Actor, ref: str) -> None:
    """She may borrow from now on; whom staff have blocked meanwhile stays so."""
    patron = Patron.objects.select_for_update(of=("self",)).get(ref=ref)
    if patron.status != Patron.Status.PROVISIONAL:
        return
    patron.status = Patron.Status.ACTIVE
    patron.save(update_fields=("status",))
    event_feed.append("patron_status", by.now, patron=ref, status=str(patron.status), **by.who())


def give_card(by: Actor, ref: str, number: str) -> bool:
    tidy = number.strip().upper()
    if not NUMBER.fullmatch(tidy):
        return False
    known = Card.objects.filter(hash=cards.hashed(tidy)).select_related("patron").first()
    if known is not None:
        return known.patron.ref == ref and known.status == Card.Status.ACTIVE
    patron = Patron.objects.select_for_update(of=("self",)).get(ref=ref)
    cards.enrol(patron, tidy)
    event_feed.append("card_status", by.now, patron=ref, card=tidy[-4:], status=str(Card.Status.ACTIVE), **by.who())
    return True


def kept(ref: str) -> dict[str, object]:
    """Everything that circulation holds of her but the hashes of her cards and PIN, which nobody can read."""
    patron = Patron.objects.filter(ref=ref).select_related("category").first()
    if patron is None:
        return {}
    loans = Loan.objects.filter(patron=patron).order_by("checked_out_at")
    holds = Hold.objects.filter(patron=patron).order_by("placed_at")
    fees = Fee.objects.filter(patron=patron).order_by("charged_at")
    events = CirculationEvent.objects.filter(data__patron=ref).order_by("id")
    return {
        "patron": _row(patron, "identifier", "name", "status", "expires", "language")
        | {"category": patron.category.code, "has_pin": bool(patron.pin)},
        "cards": [_row(each, "last4", "status") for each in patron.cards.order_by("pk")],
        "loans_over_and_forgotten": patron.past,
        "loans": [
            _row(each, "state", "checked_out_at", "due", "renewals", "closed_at")
            | {"item": each.item.barcode, "title": each.item.title.title}
            for each in loans.select_related("item__title")
        ],
        "holds": [
            _row(each, "state", "placed_at", "until", "closed_at") | {"title": each.title.title}
            for each in holds.select_related("title")
        ],
        "fees": [_row(each, "kind", "amount", "paid", "charged_at", "settled_at", "note") for each in fees],
        "events": [{"at": _plain(each.at), "kind": each.kind, **each.data} for each in events],
    }


def _row(row: Model, *names: str) -> dict[str, object]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def forget(by: Actor, ref: str) -> list[str]:
    """Deletes the patron's row: what stays of loans and fees is nobody's, and the feed's pseudonym leads nowhere."""
    patron = Patron.objects.select_for_update(of=("self",)).filter(ref=ref).select_related("category").first()
    if patron is None:
        return []
    stay = []
    if Loan.objects.filter(patron=patron, state__in=Loan.OPEN).exists():
        stay.append("open_loans")
    if Fee.objects.filter(patron=patron, paid__lt=F("amount")).exists():
        stay.append("fees")
    if stay:
        return stay
    for hold in Hold.objects.filter(patron=patron, state__in=Hold.OPEN):
        operations.cancel(by, hold)
    who = anonymous_patron.of(patron.category_id)
    Loan.objects.filter(patron=patron).update(patron=who, nameless=True)
    Fee.objects.filter(patron=patron).update(patron=who, note="")
    _take_from_logs(patron)
    conflicts.forget(patron.identifier)
    patron.delete()
    for event in CirculationEvent.objects.filter(kind="card_status", data__patron=ref):
        event.data = {**event.data, "card": None}
        event.save(update_fields=("data",))
    _take_what_she_said(ref)
    event_feed.append("patron_forgotten", by.now, patron=ref, **by.who())
    return []


def _take_what_she_said(ref: str) -> None:
    """Words that she typed at a kiosk may say who she is; the rows that brought them keep their answers."""
    told = list(CirculationEvent.objects.filter(kind="said", data__patron=ref))
    for event in told:
        event.data = {**event.data, "answer": ""}
        event.save(update_fields=("data",))
    rows = [event.data["transaction"] for event in told if event.data.get("transaction")]
    Transaction.objects.filter(id__in=rows).update(body="", body_hash="")


def _take_from_logs(patron: Patron) -> None:
    """The desk's answers of a day say how she was greeted, and the admin's log what was edited: they lose it."""
    greeted = DeskAnswer.objects.annotate(text=Cast("answer", TextField()))
    greeted.filter(text__contains=patron.ref).delete()
    for words in filter(None, (patron.name, patron.identifier)):
        told = LogEntry.objects.filter(Q(object_repr__contains=words) | Q(change_message__contains=words))
        told.update(object_repr="", change_message="")
