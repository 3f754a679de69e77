"""Query the holds and transfers on which staff can act."""

from django.db.models import Exists, OuterRef, QuerySet

from hub.catalogue.models import Item
from hub.circulation.models import Hold, Loan, Sighting, Transit
from hub.circulation.operations import transits


def free_copies() -> "QuerySet[Item]":
    """Return the items that should be on their shelf: normal, on no loan, hold or transfer."""
    open_loan = Loan.objects.filter(item=OuterRef("pk"), state__in=Loan.OPEN)
    kept = Hold.objects.filter(item=OuterRef("pk"), state=Hold.State.READY)
    under_way = transits.open_ones().filter(item=OuterRef("pk"))
    return Item.objects.filter(~Exists(open_loan), ~Exists(kept), ~Exists(under_way), condition=Item.Condition.NORMAL)


def _holds() -> "QuerySet[Hold]":
    return Hold.objects.filter(state=Hold.State.WAITING).select_related("patron", "title", "pickup")


def to_pull(branches: frozenset[int] | None = None) -> "QuerySet[Hold]":
    """Return the holds whose title has an item on its shelf: in one of these branches, or in any if None."""
    wanted = Hold.objects.filter(state=Hold.State.WAITING).values("title")
    copies = free_copies().filter(title__in=wanted)  # Repeat the title filter: without it the planner scans every item.
    copies = copies if branches is None else copies.filter(branch__in=branches)
    return _holds().filter(title__in=copies.values("title")).exclude(pk__in=transits.holds_in_transit().values("pk"))


def to_send() -> "QuerySet[Transit]":
    """Return the transfers whose item is still at the branch from which it is to be sent."""
    return transits.open_ones().filter(sent_at=None).order_by("target", "noted_at")


def on_the_way() -> "QuerySet[Transit]":
    """Return the transfers whose item was sent and has not arrived."""
    return transits.open_ones().exclude(sent_at=None).order_by("sent_at")


def to_trap() -> "QuerySet[Hold]":
    """Return the holds whose title has a returned, unchecked item, which is in some return bin."""
    return _holds().filter(Exists(Loan.objects.filter(item__title=OuterRef("title"), state=Loan.State.HANDED_IN)))


def not_here() -> "QuerySet[Hold]":
    """Return the holds for which every item is away."""
    return _holds().exclude(pk__in=to_pull().values("pk")).exclude(pk__in=to_trap().values("pk"))


def ready() -> "QuerySet[Hold]":
    """Return the holds that are ready on the hold shelf."""
    found = Hold.objects.filter(state=Hold.State.READY).select_related("patron", "title", "pickup", "item")
    return found.order_by("until", "shelf")


def leftover_holds() -> "QuerySet[Hold]":
    """Return the closed holds whose item is still on the hold shelf, until it is scanned or borrowed."""
    taken = Loan.objects.filter(hold=OuterRef("pk"), item=OuterRef("item"))
    seen = Sighting.objects.filter(item=OuterRef("item"), seen=True, at__gt=OuterRef("closed_at"))
    closed = Hold.objects.filter(state__in=(Hold.State.COLLECTED, Hold.State.CANCELLED), item__in=free_copies())
    return (
        closed.filter(~Exists(taken), ~Exists(seen))
        .select_related("patron", "title", "pickup", "item")
        .order_by("closed_at")
    )
