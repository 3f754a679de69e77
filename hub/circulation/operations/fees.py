"""Charge fees and record payments, as Decimal in the library's currency, without rounding."""

from decimal import Decimal

from django.db.models import F

from hub.catalogue.models import Item
from hub.circulation import event_feed
from hub.circulation.models import Fee, Patron
from hub.circulation.operations.context import Actor, lock_patron
from hub.core.retrying_transaction import atomic


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
    event_feed.append(
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
        event_feed.append("fee_paid", by.now, patron=patron.ref, amount=str(amount - left), **by.actor_facts())
    return left
