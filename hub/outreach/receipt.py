"""Send a receipt as a message on request at the kiosk: choose the address and the lines."""

from __future__ import annotations

import logging
from typing import Any

from hub.catalogue.models import Item
from hub.outreach.library_system.events import Event
from hub.outreach.messaging import circulation_notices, unsubscribe
from hub.outreach.messaging.settings import channels_or_none
from hub.outreach.patrons import records
from hub.outreach.patrons.models import Order, Person
from hub.outreach.patrons.purposes import MessageKind
from hub.outreach.patrons.records import person_of
from hub.outreach.recommendations.reminders.models import OpenLoan
from lending.questions import ReceiptChannel
from lending.responses import ReceiptRequest

log = logging.getLogger(__name__)
ACTS = {"borrow": "checkout", "renew": "renew", "return": "checkin"}


def way(ref: str) -> ReceiptChannel | None:
    """Return the patron's first usable address for receipts, or None.

    None for a child: the receipt concerns the parent or guardian.
    """
    person = person_of(ref)
    if person is None or person.child or unsubscribe.stopped(person, MessageKind.RECEIPT):
        return None
    on = channels_or_none()
    usable = (
        each
        for each in records.usable_addresses(person, MessageKind.RECEIPT)
        if on.has(each.channel, MessageKind.RECEIPT, each.address)
    )
    first = next(usable, None)
    if first is None or not first.address:
        return None
    return ReceiptChannel(first.channel, first.masked, _goes(person))


def take(event: Event, response: ReceiptRequest) -> None:
    """Send the requested receipt once, unless receipts are sent automatically."""
    person = person_of(event.patron) if event.patron else None
    if person is None or way(event.patron) is None or _goes(person):
        return
    found = [_line(person, each) for each in response.answer.split(",")]
    lines = [each for each in found if each is not None]
    if lines:
        circulation_notices.on_receipt(person, event, lines)
    else:
        log.warning("Feed event %d ignored: it asks for a receipt, but no line of it is valid", event.number)


def _goes(person: Person) -> bool:
    return bool(Order.objects.filter(person=person, kind=MessageKind.RECEIPT).exists())


def _line(person: Person, entry: str) -> dict[str, Any] | None:
    """Return a receipt line, or None if it cannot be shown.

    A checkout or renewal is listed only if the loan is still the patron's; other outcomes are sent as messages of
    their own.
    """
    errand, _, barcode = entry.partition(":")
    title = Item.objects.filter(barcode=barcode).values_list("title_id", flat=True).first()
    if errand not in ACTS or title is None:
        return None
    if errand == "return":
        return {"title": title, "due": None, "act": ACTS[errand]}
    loan = OpenLoan.objects.filter(person=person, item=barcode).first()
    if loan is None:
        return None
    return {"title": title, "due": loan.due.isoformat() if loan.believed else None, "act": ACTS[errand]}
