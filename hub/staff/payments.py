"""Take payments of fees, for the desk and for a patron's page of fees."""

import re
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.utils.translation import gettext as _

from hub.circulation.models import Fee, Patron, Payment
from hub.circulation.operations import fees
from hub.circulation.operations.context import Actor
from hub.circulation.operations.fees import NoChange
from hub.core.pages import formatting
from lending.money import WHOLE

MOST = 10_000_000
"""Amounts are stored with 7 digits before the point."""
GROUPED = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,2})?|-?[1-9]\d{0,2}(?:\.\d{3})+(?:,\d{1,2})?")


def parse_amount(text: str, currency: str = "") -> Decimal | None:
    """Return a number as staff type it; None if it is none or is out of bounds.

    Cents follow a comma or a point. Three digits after the only one are thousands in a currency that is paid without
    decimals, where 5,000 is not 5. In another they may be a slip of the finger, and stay three decimals.

    Args:
        text: What was typed.
        currency: ISO 4217 code, or empty for that of the library for whose staff the page is rendered.
    """
    plain = text.strip().replace("，", ",")
    is_whole = (currency or formatting.library().currency) in WHOLE
    if GROUPED.fullmatch(plain) and (is_whole or len(re.findall(r"[.,]", plain)) > 1):
        plain = re.sub(r"[.,](?=\d{3})", "", plain)
    try:
        amount = Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount) < MOST else None


def has_two_decimals(amount: Decimal) -> bool:
    """Return whether an amount was written with at most 2 decimals: 5.000 may have been meant as 5000."""
    return int(amount.as_tuple().exponent) >= -2


def is_payable(amount: Decimal) -> bool:
    """Return whether an amount can be charged or paid: above 0, written with at most 2 decimals."""
    return amount > 0 and has_two_decimals(amount)


def wrong_amount() -> str:
    """Return what to do about an amount that cannot be charged or paid."""
    return _("Enter an amount above 0, with at most 2 decimals.")


def take_payment(
    by: Actor, patron: Patron, amount: Decimal | None, means: str, *, only: Fee | None = None, form: UUID | None = None
) -> Payment | str:
    """Take a payment. Return it, or why none was taken, for staff.

    Args:
        by: The member of staff who takes it.
        patron: Who pays.
        amount: What was handed over or is to be charged to the card, None if it was no number.
        means: One of `Payment.Means`.
        only: The fee to pay, None for the oldest first.
        form: Id of the form, which pays once even if it is sent twice.
    """
    if amount is None or not is_payable(amount):
        return wrong_amount()
    taken = fees.take(by, patron, amount, means, only=only, form=form)
    if taken is None:
        return _("Nothing is owed. Return the money.")
    if isinstance(taken, NoChange):
        words = _("Only {amount} is owed. Take that much: change is given for cash only.")
        return words.format(amount=formatting.money(taken.owed))
    return taken if taken.reversed_at is None else _("This payment was reversed already.")


def change_text(amount: Decimal, payment: Payment) -> str:
    """Return the change to give, or an empty text."""
    change = amount - payment.amount
    return _("Give change: {amount}").format(amount=formatting.money(change)) if change > 0 else ""
