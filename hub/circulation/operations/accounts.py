"""Change what the library knows of a patron: fees and payments, and the status of patron and cards.

Amounts are Decimal in the library's currency, without rounding.
"""

from decimal import Decimal

from django.db.models import F
from django.dispatch import Signal

from hub.catalogue.models import Item
from hub.circulation.models import Card, Fee, Patron
from hub.circulation.operations.context import Actor, append_event, lock_patron
from hub.core.retrying_transaction import atomic

patron_erased = Signal()
"""Sent with `ref`, the patron's pseudonym, in the transaction that erases the patron."""


@atomic
def charge(by: Actor, patron: Patron, kind: str, amount: Decimal, *, item: Item | None = None, note: str = "") -> Fee:
    """Add a fee.

    Raises:
        ValueError: The amount is not above zero.
    """
    if amount <= 0:
        raise ValueError(f"a fee must be above zero, not {amount}")
    fee: Fee = Fee.objects.create(
        patron=lock_patron(patron), kind=kind, amount=amount, item=item, charged_at=by.now, note=note
    )
    append_event(
        "fee_charged", by.now, fee=fee.pk, patron=patron.ref, amount=str(amount), cause=kind, **by.actor_facts()
    )
    return fee


@atomic
def take(by: Actor, patron: Patron, amount: Decimal) -> Decimal:
    """Pay the oldest fees first; return what exceeds the patron's fees.

    Raises:
        ValueError: The amount is not above zero.
    """
    if amount <= 0:
        raise ValueError(f"a payment must be above zero, not {amount}")
    left = amount
    for fee in Fee.objects.filter(patron=lock_patron(patron), paid__lt=F("amount")):
        part = min(left, fee.amount - fee.paid)
        if part == 0:
            break
        fee.paid += part
        fee.settled_at = by.now if fee.paid == fee.amount else None
        fee.save(update_fields=("paid", "settled_at"))
        left -= part
    if left < amount:
        append_event("fee_paid", by.now, patron=patron.ref, amount=str(amount - left), **by.actor_facts())
    return left


@atomic
def set_card(by: Actor, card: Card, status: str) -> str:
    """Set a card's status and return the former one."""
    locked = Card.objects.select_for_update(of=("self",)).get(pk=card.pk)
    before: str = locked.status
    card.status = locked.status = status
    locked.save(update_fields=("status",))
    append_event("card_status", by.now, patron=card.patron.ref, card=card.last4, status=str(status), **by.actor_facts())
    return before


@atomic
def set_patron(by: Actor, patron: Patron, status: str) -> str:
    """Set a patron's status and return the former one."""
    locked = Patron.objects.select_for_update(of=("self",)).get(pk=patron.pk)
    before: str = locked.status
    patron.status = locked.status = status
    locked.save(update_fields=("status",))
    append_event("patron_status", by.now, patron=patron.ref, status=str(status), **by.actor_facts())
    return before
