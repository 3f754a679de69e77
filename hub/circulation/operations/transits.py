"""Sends copies from branch to branch: home, or to where somebody waits; lends nothing and keeps nothing."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from hub.catalogue.models import Branch, Item
from hub.circulation.models import Hold, Loan, Transit
from hub.circulation.operations.context import Actor
from hub.core.retrying_transaction import atomic


def open_ones() -> "QuerySet[Transit]":
    """Every way that is not over. Whoever lends, keeps or loses a copy need not know of it: its way is over by that."""
    lent = Loan.objects.filter(item=OuterRef("item")).filter(
        Q(state__in=Loan.OPEN) | Q(checked_out_at__gt=OuterRef("noted_at"))
    )
    kept = Hold.objects.filter(item=OuterRef("item"), state=Hold.State.READY)
    found = Transit.objects.filter(~Exists(lent), ~Exists(kept), arrived_at=None)
    return found.filter(item__condition=Item.Condition.NORMAL)


def of(item: Item) -> Transit | None:
    """The way that the copy is on."""
    found: Transit | None = open_ones().filter(item=item).select_related("target", "hold__patron").first()
    return found


def promised() -> "QuerySet[Hold]":
    """Holds that a copy is on its way for."""
    waiting = open_ones().filter(hold__state=Hold.State.WAITING)
    return Hold.objects.filter(pk__in=waiting.values("hold"))


def note(by: Actor, item: Item, target: Branch, hold: Hold | None = None) -> Transit:
    """The copy lies here and is to go there. In the transaction of a caller who holds the item's row."""
    told = {"origin": by.branch, "target": target, "hold": hold, "noted_at": by.now, "sent_at": None}
    made: Transit = Transit.objects.update_or_create(item=item, arrived_at=None, defaults=told)[0]
    return made


def send_home(by: Actor, item: Item) -> None:
    """Notes that a copy came back at another branch than its own."""
    if item.branch_id != by.branch.pk:
        note(by, item, item.branch)


@atomic
def send(by: Actor, transit: Transit) -> bool:
    """It has left; False where it was on no way any more."""
    return bool(open_ones().filter(pk=transit.pk, sent_at=None).update(sent_at=by.now))


def arrive(by: Actor, item: Item) -> Transit | None:
    """The copy is where it was to go; None where it was not under way to here."""
    found = of(item)
    if found is None or found.target_id != by.branch.pk:
        return None
    found.sent_at, found.arrived_at = found.sent_at or by.now, by.now
    found.save(update_fields=("sent_at", "arrived_at"))
    return found
