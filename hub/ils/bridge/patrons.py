"""Register patrons in circulation, give them cards, export their data and erase it."""

import re
import secrets
from datetime import date, datetime
from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q

from hub.circulation import anonymisation, cards, numbering, pins
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import (
    Card,
    CirculationEvent,
    Fee,
    Hold,
    Loan,
    NumberSeries,
    Patron,
    PatronCategory,
    Payment,
    Transaction,
    Waiver,
)
from hub.circulation.operations import hold_queue
from hub.circulation.operations.accounts import begin_membership, patron_erased
from hub.circulation.operations.context import Actor, append_event
from hub.ils.imports import conflicts
from hub.outreach.library_system.central import RegisteredPatron

NUMBER = re.compile(r"[0-9A-Za-z]{4,32}")


MOST_ALIKE = 5


def register(by: Actor, name: str, category: str, language: str, number: str = "") -> RegisteredPatron:
    """Register a provisional patron, whose cards are not valid until confirmed.

    `number` becomes the identifier if it is free; without one the library's numbering gives it.
    """
    group = PatronCategory.objects.get(code=category)
    identifier = number or numbering.take(NumberSeries.Kind.PATRON) or f"T{secrets.randbelow(10**9):09}"
    while cards.holder_of(identifier) or Patron.objects.filter(identifier=identifier).exists():
        identifier = f"T{secrets.randbelow(10**9):09}"
    patron = Patron.objects.create(
        identifier=identifier, name=name, category=group, language=language, status=Patron.Status.PROVISIONAL
    )
    cards.enrol(patron, identifier)
    append_event(
        "patron_registered", by.now, patron=patron.ref, category=category, language=language, **by.actor_facts()
    )
    return RegisteredPatron(patron.ref, identifier)


def alike(ref: str) -> list[str]:
    """Return some of the patrons with the same name, the oldest first."""
    names = Patron.objects.filter(ref=ref).values("name")
    same = Patron.objects.filter(name__in=names).exclude(ref=ref).order_by("pk")
    return list(same.values_list("ref", flat=True)[:MOST_ALIKE])


def confirm(by: Actor, ref: str) -> None:
    """Activate a provisional patron and begin the membership; one that staff have blocked meanwhile stays blocked."""
    patron = Patron.objects.select_for_update(of=("self",)).select_related("category").get(ref=ref)
    if patron.status != Patron.Status.PROVISIONAL:
        return
    patron.status = Patron.Status.ACTIVE
    patron.save(update_fields=("status",))
    append_event("patron_status", by.now, patron=ref, status=str(patron.status), **by.actor_facts())
    begin_membership(by, patron, the_policy().local_day(by.now))


def give_card(by: Actor, ref: str, number: str) -> bool:
    tidy = number.strip().upper()
    if not NUMBER.fullmatch(tidy):
        return False
    known = Card.objects.filter(hash=cards.hash_number(tidy)).select_related("patron").first()
    if known is not None:
        return known.patron.ref == ref and known.status == Card.Status.ACTIVE
    patron = Patron.objects.select_for_update(of=("self",)).get(ref=ref)
    cards.enrol(patron, tidy)
    append_event("card_status", by.now, patron=ref, card=tidy[-4:], status=str(Card.Status.ACTIVE), **by.actor_facts())
    return True


def patron_data(ref: str) -> dict[str, object]:
    """Return all data of the patron in circulation, except the hashes of cards and PIN."""
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
            _row(each, "state", "placed_at", "until", "closed_at")
            | {"title": each.title.title, "only_copy": each.copy.barcode if each.copy else ""}
            for each in holds.select_related("title", "copy")
        ],
        "fees": [_row(each, "kind", "amount", "paid", "waived", "charged_at", "settled_at", "note") for each in fees],
        "payments": [_row(each, "at", "amount", "means", "reversed_at") for each in patron.payments.order_by("at")],
        "waivers": [_row(each, "at", "amount", "reason") for each in Waiver.objects.filter(fee__patron=patron)],
        "events": [{"at": _plain(each.at), "kind": each.kind, **each.data} for each in events],
    }


def _row(row: Model, *names: str) -> dict[str, object]:
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def forget(by: Actor, ref: str) -> list[str]:
    """Erase the patron; return what prevents it, or an empty list.

    Loans and fees pass to the anonymous patron, and the pseudonym in the feed no longer identifies a person. Open loans
    and unpaid fees prevent the erasure.
    """
    patron = Patron.objects.select_for_update(of=("self",)).filter(ref=ref).select_related("category").first()
    if patron is None:
        return []
    stay = []
    if Loan.objects.filter(patron=patron, state__in=Loan.OPEN).exists():
        stay.append("open_loans")
    if Fee.objects.filter(Fee.UNSETTLED, patron=patron).exists():
        stay.append("fees")
    if stay:
        return stay
    for hold in Hold.objects.filter(patron=patron, state__in=Hold.OPEN):
        hold_queue.cancel(by, hold)
    anonymous = anonymisation.anonymous_patron_of(patron.category_id)
    Loan.objects.filter(patron=patron).update(patron=anonymous, nameless=True)
    Waiver.objects.filter(fee__patron=patron).update(reason="")
    Fee.objects.filter(patron=patron).update(patron=anonymous, note="")
    Payment.objects.filter(patron=patron).update(patron=anonymous)
    _erase_from_logs(patron)
    conflicts.forget(patron.identifier)
    pins.forget_wrong(patron)
    patron.delete()
    for event in CirculationEvent.objects.filter(kind="card_status", data__patron=ref):
        event.data = {**event.data, "card": None}
        event.save(update_fields=("data",))
    _erase_responses(ref)
    append_event("patron_forgotten", by.now, patron=ref, **by.actor_facts())
    return []


def _erase_responses(ref: str) -> None:
    """Erase texts that the patron entered at kiosks, which may be identifying.

    The rows that brought them keep their answers.
    """
    events = list(CirculationEvent.objects.filter(kind="said", data__patron=ref))
    for event in events:
        event.data = {**event.data, "answer": ""}
        event.save(update_fields=("data",))
    rows = [event.data["transaction"] for event in events if event.data.get("transaction")]
    Transaction.objects.filter(id__in=rows).update(body="", body_hash="")


def _erase_from_logs(patron: Patron) -> None:
    """Erase the patron from what the staff desk answered, and from the admin's log."""
    patron_erased.send(sender=Patron, ref=patron.ref)
    for words in filter(None, (patron.name, patron.identifier)):
        entries = LogEntry.objects.filter(Q(object_repr__contains=words) | Q(change_message__contains=words))
        entries.update(object_repr="", change_message="")
