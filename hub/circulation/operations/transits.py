"""Record transfers of copies between branches: home, or to the pickup branch of a hold."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold, Loan, Transit
from hub.circulation.operations.context import Actor
from hub.core.retrying_transaction import atomic


def open_ones() -> "QuerySet[Transit]":
    """Return the transfers that have not ended.

    Checking a copy out, trapping it or losing it ends its transfer implicitly, so that those operations need not update
    it.
    """
    lent = Loan.objects.filter(item=OuterRef("item")).filter(
        Q(state__in=Loan.OPEN) | Q(checked_out_at__gt=OuterRef("noted_at"))
    )
    kept = Hold.objects.filter(item=OuterRef("item"), state=Hold.State.READY)
    found = Transit.objects.filter(~Exists(lent), ~Exists(kept), arrived_at=None)
    return found.filter(item__condition=Item.Condition.NORMAL)


def open_transfer(item: Item) -> Transit | None:
    """Return the open transfer of the copy, or None."""
    return open_ones().filter(item=item).select_related("target", "hold__patron").first()


def holds_in_transit() -> "QuerySet[Hold]":
    """Return the holds for which a copy is in transit."""
    waiting = open_ones().filter(hold__state=Hold.State.WAITING)
    return Hold.objects.filter(pk__in=waiting.values("hold"))


def note(by: Actor, item: Item, target: Branch, hold: Hold | None = None) -> Transit:
    """Begin a transfer, or redirect an open one. The caller has locked the item's row."""
    values = {"origin": by.branch, "target": target, "hold": hold, "noted_at": by.now, "sent_at": None}
    return Transit.objects.update_or_create(item=item, arrived_at=None, defaults=values)[0]


def send_home(by: Actor, item: Item) -> None:
    """Begin a transfer home if the copy was returned at another branch."""
    if item.branch_id != by.branch.pk:
        note(by, item, item.branch)


@atomic
def send(by: Actor, transit: Transit) -> bool:
    """Mark the transfer as sent; return False if it has ended."""
    return bool(open_ones().filter(pk=transit.pk, sent_at=None).update(sent_at=by.now))


def arrive(by: Actor, item: Item) -> Transit | None:
    """End the transfer at its target branch; return None if the copy was not in transit to this branch."""
    found = open_transfer(item)
    if found is None or found.target_id != by.branch.pk:
        return None
    found.sent_at, found.arrived_at = found.sent_at or by.now, by.now
    found.save(update_fields=("sent_at", "arrived_at"))
    return found
