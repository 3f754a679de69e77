"""Place and cancel holds from the patron portal in this hub's circulation."""

from dataclasses import replace

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from hub.catalogue.models import Branch, Title
from hub.circulation import hold_requests, operations
from hub.circulation.models import Hold, Loan, Patron
from hub.circulation.operations import Actor
from hub.circulation.operations.context import lock_patron
from hub.core.retrying_transaction import atomic
from hub.outreach.library_system.central import CurrentHold
from lending.model import Block, Reason

STRANGER, BRANCH = "unknown_card", "no_such_branch"
CODES = {Reason.LIMIT: "hold_limit", Reason.UNKNOWN_ITEM: "no_copies"}
"""Codes of reasons that mean something else for a hold than for a loan."""


def pickups() -> list[tuple[str, str]]:
    return [(each.code, str(each)) for each in Branch.objects.all()]


def open_holds(ref: str) -> tuple[CurrentHold, ...]:
    """Return the patron's open holds; waiting ones with their place in the queue."""
    before = Hold.objects.filter(title=OuterRef("title"), state=Hold.State.WAITING).filter(
        Q(placed_at__lt=OuterRef("placed_at")) | Q(placed_at=OuterRef("placed_at"), pk__lt=OuterRef("pk"))
    )
    count = before.order_by().values("title").annotate(count=Count("pk")).values("count")
    ahead = Coalesce(Subquery(count, output_field=IntegerField()), 0)
    rows = Hold.objects.filter(patron__ref=ref, state__in=Hold.OPEN).select_related("title", "pickup")
    return tuple(
        CurrentHold(
            str(each.pk),
            each.title_id,
            each.title.title,
            each.state == Hold.State.READY,
            str(each.pickup),
            each.until,
            None if each.state == Hold.State.READY else each.ahead + 1,
        )
        for each in rows.annotate(ahead=ahead)
    )


def waiting(title: int) -> int:
    return int(Hold.objects.filter(title=title, state=Hold.State.WAITING).count())


def why_not(by: Actor, ref: str, title: int) -> str:
    """Return the code of what prevents a hold on the title at every branch; empty if nothing does."""
    patron = Patron.objects.select_related("category").filter(ref=ref).first()
    if patron is None:
        return STRANGER
    return _why_not(by, patron, title, [code for code, _name in pickups()])


@atomic
def place(by: Actor, ref: str, title: int, pickup: str) -> int | str:
    """Place a hold; return its place in the queue, or the code of why there is none."""
    patron = Patron.objects.filter(ref=ref).first()
    work, branch = Title.objects.filter(pk=title).first(), Branch.objects.filter(code=pickup).first()
    if patron is None:
        return STRANGER
    if work is None or branch is None:
        return BRANCH
    lock_patron(patron)
    if why := _why_not(by, patron, title, [pickup]):
        return why
    placed = operations.place(replace(by, branch=branch), patron, work, branch)
    if isinstance(placed, Block):
        return placed.reason.value
    return next(each.place or 1 for each in open_holds(ref) if each.hold == str(placed.pk))


def _why_not(by: Actor, patron: Patron, title: int, branches: list[str]) -> str:
    if Hold.objects.filter(patron=patron, title=title, state__in=Hold.OPEN).exists():
        return "already_waits"
    if Loan.objects.filter(patron=patron, item__title=title, state=Loan.State.ON_LOAN).exists():
        return "already_yours"
    block = hold_requests.why_not(by, patron, title, branches)
    return CODES.get(block.reason, block.reason.value) if block else ""


@atomic
def cancel(by: Actor, ref: str, hold: str) -> bool:
    """Cancel the hold; return False if the patron has no such open hold."""
    if not hold.isdecimal() or len(hold) > 18:
        return False
    own = Hold.objects.filter(pk=int(hold), patron__ref=ref, state__in=Hold.OPEN)
    found = own.select_related("patron", "title", "item", "pickup").first()
    return found is not None and not isinstance(operations.cancel(by, found), Block)
