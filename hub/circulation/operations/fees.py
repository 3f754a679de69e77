"""Charge and waive fees, and take payments for them.

Amounts are Decimal in the library's currency, without rounding. `form` is the id of the form that staff sent:
sent again, it changes nothing and returns what it did the first time.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from hub.catalogue.models import Item
from hub.circulation.models import Fee, Patron, Payment, PaymentPart, Waiver
from hub.circulation.operations.context import Actor, append_event, lock_patron
from hub.core.retrying_transaction import atomic


@dataclass(frozen=True, slots=True)
class NoChange:
    """Nothing was taken: more than is owed was offered, by a means of payment that gives no change."""

    owed: Decimal


@atomic
def charge(
    by: Actor,
    patron: Patron,
    kind: str,
    amount: Decimal,
    *,
    item: Item | None = None,
    note: str = "",
    cause: str = "",
    form: UUID | None = None,
) -> Fee:
    """Add a fee; `cause` names the loan or hold for which a fee rule charges it, once.

    Raises:
        ValueError: The amount is not above zero.
    """
    if amount <= 0:
        raise ValueError(f"a fee must be above zero, not {amount}")
    lock_patron(patron)
    before: Fee | None = Fee.objects.filter(patron=patron, form=form).first() if form else None
    if before is not None:
        return before
    fee: Fee = Fee.objects.create(
        patron=patron, kind=kind, amount=amount, item=item, charged_at=by.now, note=note, cause=cause, form=form
    )
    append_event(
        "fee_charged", by.now, fee=fee.pk, patron=patron.ref, amount=str(amount), cause=kind, **by.actor_facts()
    )
    return fee


@atomic
def take(
    by: Actor,
    patron: Patron,
    amount: Decimal,
    means: str = "cash",
    *,
    only: Fee | None = None,
    form: UUID | None = None,
) -> Payment | NoChange | None:
    """Take a payment towards the oldest fees first, or towards one fee.

    The payment covers at most what is owed: cash given beyond that is change, and any other means is not taken. Return
    None if nothing is owed.

    Raises:
        ValueError: The amount is not above zero.
    """
    if amount <= 0:
        raise ValueError(f"a payment must be above zero, not {amount}")
    lock_patron(patron)
    before: Payment | None = Payment.objects.filter(patron=patron, form=form).first() if form else None
    if before is not None:
        return before
    owed = Fee.objects.filter(Fee.UNSETTLED, patron=patron)
    if only is not None:
        owed = owed.filter(pk=only.pk)
    parts = _split(amount, list(owed))
    if not parts:
        return None
    paid = sum((part for _fee, part in parts), Decimal(0))
    if paid < amount and means != "cash":
        return NoChange(paid)
    payment: Payment = Payment.objects.create(
        patron=patron, amount=paid, means=means, at=by.now, branch=by.branch, desk=by.desk, staff=by.staff, form=form
    )
    for fee, part in parts:
        PaymentPart.objects.create(payment=payment, fee=fee, amount=part)
        fee.paid += part
        _settle(by, fee)
    append_event("fee_paid", by.now, patron=patron.ref, amount=str(paid), **by.actor_facts())
    return payment


def _split(amount: Decimal, fees: list[Fee]) -> list[tuple[Fee, Decimal]]:
    parts, left = [], amount
    for fee in fees:
        if left == 0:
            break
        part = min(left, fee.owed)
        parts.append((fee, part))
        left -= part
    return parts


@atomic
def reverse_payment(by: Actor, payment: Payment) -> bool:
    """Mark a payment as entered by mistake, so that its fees are owed again; return False if it already was."""
    lock_patron(payment.patron)
    payment.refresh_from_db(from_queryset=Payment.objects.select_for_update(of=("self",)).select_related("patron"))
    if payment.reversed_at is not None:
        return False
    payment.reversed_at, payment.reversed_by = by.now, by.staff
    payment.save(update_fields=("reversed_at", "reversed_by"))
    for part in payment.parts.select_related("fee"):
        part.fee.paid -= part.amount
        _settle(by, part.fee)
    append_event("payment_reversed", by.now, patron=payment.patron.ref, amount=str(payment.amount), **by.actor_facts())
    return True


@atomic
def waive(by: Actor, fee: Fee, amount: Decimal, reason: str, form: UUID | None = None) -> Waiver | None:
    """Waive an amount of a fee, at most what is owed; return None if nothing is owed.

    Raises:
        ValueError: The amount is not above zero, or there is no reason.
    """
    if amount <= 0 or not reason.strip():
        raise ValueError("a waiver needs an amount above zero and a reason")
    lock_patron(fee.patron)
    before: Waiver | None = fee.waivers.filter(form=form).first() if form else None
    if before is not None:
        return before
    fee.refresh_from_db(fields=("amount", "paid", "waived"))
    part = min(amount, fee.owed)
    if part == 0:
        return None
    waiver: Waiver = Waiver.objects.create(
        fee=fee, amount=part, reason=reason.strip(), at=by.now, staff=by.staff, form=form
    )
    fee.waived += part
    _settle(by, fee)
    append_event(
        "fee_waived", by.now, fee=fee.pk, patron=fee.patron.ref, amount=str(part), cause=fee.kind, **by.actor_facts()
    )
    return waiver


@atomic
def revoke_waiver(by: Actor, waiver: Waiver) -> None:
    """Delete a waiver, so that its amount is owed again."""
    fee = waiver.fee
    lock_patron(fee.patron)
    if not Waiver.objects.filter(pk=waiver.pk).delete()[0]:
        return
    fee.refresh_from_db(fields=("amount", "paid", "waived"))
    fee.waived -= waiver.amount
    _settle(by, fee)
    append_event(
        "waiver_revoked",
        by.now,
        fee=fee.pk,
        patron=fee.patron.ref,
        amount=str(waiver.amount),
        cause=fee.kind,
        **by.actor_facts(),
    )


def _settle(by: Actor, fee: Fee) -> None:
    fee.settled_at = None if fee.owed else by.now
    fee.save(update_fields=("paid", "waived", "settled_at"))
