"""Finds the holds and transits that staff can do something about; judges nothing and changes nothing."""

from django.db.models import Exists, OuterRef, QuerySet

from hub.catalogue.models import Item
from hub.circulation.models import Hold, Loan, Sighting, Transit
from hub.circulation.operations import transits


def free_copies() -> "QuerySet[Item]":
    """Copies that should stand on their shelf: in the collection, on no loan, kept for nobody, on no way."""
    open_loan = Loan.objects.filter(item=OuterRef("pk"), state__in=Loan.OPEN)
    kept = Hold.objects.filter(item=OuterRef("pk"), state=Hold.State.READY)
    under_way = transits.open_ones().filter(item=OuterRef("pk"))
    return Item.objects.filter(~Exists(open_loan), ~Exists(kept), ~Exists(under_way), condition=Item.Condition.NORMAL)


def _holds() -> "QuerySet[Hold]":
    return Hold.objects.filter(state=Hold.State.WAITING).select_related("patron", "title", "pickup")


def to_pull(branches: frozenset[int] | None = None) -> "QuerySet[Hold]":
    """Holds for whose title a copy stands on its shelf: in one of these branches, or in any."""
    wanted = Hold.objects.filter(state=Hold.State.WAITING).values("title")
    copies = free_copies().filter(title__in=wanted)  # said twice: else a big library looks at every copy that it has
    copies = copies if branches is None else copies.filter(branch__in=branches)
    return _holds().filter(title__in=copies.values("title")).exclude(pk__in=transits.promised().values("pk"))


def to_send() -> "QuerySet[Transit]":
    """Copies that lie at another branch than where they are to go."""
    return transits.open_ones().filter(sent_at=None).order_by("target", "noted_at")


def on_the_way() -> "QuerySet[Transit]":
    """Copies that have left and have not arrived."""
    return transits.open_ones().exclude(sent_at=None).order_by("sent_at")


def to_trap() -> "QuerySet[Hold]":
    """Holds for whose title a copy has been handed in and not been seen: it is somewhere in a bin."""
    return _holds().filter(Exists(Loan.objects.filter(item__title=OuterRef("title"), state=Loan.State.HANDED_IN)))


def not_here() -> "QuerySet[Hold]":
    """Holds for which every copy is away."""
    return _holds().exclude(pk__in=to_pull().values("pk")).exclude(pk__in=to_trap().values("pk"))


def ready() -> "QuerySet[Hold]":
    """Holds that stand on the hold shelf."""
    found = Hold.objects.filter(state=Hold.State.READY).select_related("patron", "title", "pickup", "item")
    return found.order_by("until", "shelf")


def left_over() -> "QuerySet[Hold]":
    """Closed holds whose copy still stands on the hold shelf for nobody: until somebody scans it, or borrows it."""
    taken = Loan.objects.filter(hold=OuterRef("pk"), item=OuterRef("item"))
    seen = Sighting.objects.filter(item=OuterRef("item"), seen=True, at__gt=OuterRef("closed_at"))
    closed = Hold.objects.filter(state__in=(Hold.State.COLLECTED, Hold.State.CANCELLED), item__in=free_copies())
    return (
        closed.filter(~Exists(taken), ~Exists(seen))
        .select_related("patron", "title", "pickup", "item")
        .order_by("closed_at")
    )
