"""Correct what the library knows of a patron, renew the membership, and set the status of patron and cards."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from django.dispatch import Signal

from hub.circulation.domain_mapping import the_library
from hub.circulation.models import Card, Fee, Patron, PatronCategory
from hub.circulation.operations import fees
from hub.circulation.operations.context import Actor, append_event, lock_patron
from hub.core.retrying_transaction import atomic

patron_erased = Signal()
"""Sent with `ref`, the patron's pseudonym, in the transaction that erases the patron."""
CORRECTABLE = ("name", "category", "expires")


@atomic
def correct(by: Actor, patron: Patron, values: Mapping[str, str | PatronCategory | date | None]) -> list[str]:
    """Correct fields of the patron's record; return the names of those that changed.

    Args:
        by: The actor.
        patron: The patron, who is locked and updated.
        values: New values by name, of the names in `CORRECTABLE`.
    """
    lock_patron(patron)
    changed = [name for name in CORRECTABLE if name in values and getattr(patron, name) != values[name]]
    for name in changed:
        setattr(patron, name, values[name])
    if changed:
        patron.save(update_fields=changed)
        append_event("patron_corrected", by.now, patron=patron.ref, fields=" ".join(changed), **by.actor_facts())
    return changed


@atomic
def renew_membership(by: Actor, patron: Patron, today: date, until: date | None = None) -> Fee | None:
    """Extend the membership by the period of the patron's category, and charge its fee if the library charges fees.

    A membership that still runs is extended from its end, an ended one from today.

    Args:
        by: The actor.
        patron: The patron, who is locked and updated.
        today: Today in the library's time zone.
        until: The new end that staff were shown. A membership that lasts as long already is left as it is, so that a
            form sent twice renews and charges once.

    Raises:
        ValueError: Memberships of this category do not expire.
    """
    lock_patron(patron)
    if until is not None and patron.expires is not None and patron.expires >= until:
        return None
    category = patron.category
    if category.membership_months is None:
        raise ValueError(f"memberships of the category {category.code} do not expire")
    patron.expires = months_later(max(patron.expires or today, today), category.membership_months)
    patron.save(update_fields=("expires",))
    return _charge_membership(by, patron, "membership_renewed")


@atomic
def begin_membership(by: Actor, patron: Patron, today: date) -> Fee | None:
    """Begin the membership of a new patron today, and charge its fee, as far as their category has them.

    A patron whose membership has an end already, as after an import, keeps it.
    """
    lock_patron(patron)
    months = patron.category.membership_months
    if months is None or patron.expires is not None:
        return None
    patron.expires = months_later(today, months)
    patron.save(update_fields=("expires",))
    return _charge_membership(by, patron, "membership_begun")


def _charge_membership(by: Actor, patron: Patron, event: str) -> Fee | None:
    amount, fee = patron.category.membership_fee, None
    if amount and the_library().charges:
        fee = fees.charge(by, patron, str(Fee.Kind.MEMBERSHIP), amount)
    until = patron.expires.isoformat() if patron.expires else None
    append_event(event, by.now, patron=patron.ref, until=until, **by.actor_facts())
    return fee


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day if it is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@atomic
def set_card(by: Actor, card: Card, status: str) -> str:
    """Set a card's status and return the former one."""
    locked = Card.objects.select_for_update(of=("self",)).get(pk=card.pk)
    before: str = locked.status
    card.status = locked.status = status
    locked.save(update_fields=("status",))
    append_event(
        "card_status", by.now, patron=locked.patron.ref, card=card.last4, status=str(status), **by.actor_facts()
    )
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
