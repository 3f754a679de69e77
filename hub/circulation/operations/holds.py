"""Place, trap and cancel holds. A copy needed at another branch is sent there first."""

from datetime import timedelta

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import event_feed
from hub.circulation.domain_mapping import item_facts, the_library, the_policy
from hub.circulation.models import Hold, Loan, Patron, Transit
from hub.circulation.operations import transits
from hub.circulation.operations.context import Actor, lock_item, lock_patron, not_at_hand
from hub.core.retrying_transaction import atomic
from lending.model import Block, ItemStatus, Reason


@atomic
def place(by: Actor, patron: Patron, title: Title, pickup: Branch) -> Hold | Block:
    """Append the patron to the title's hold queue.

    Returns:
        Block(ALREADY_YOURS) if the patron already has the title on loan or on hold.
    """
    patron = lock_patron(patron)
    awaited = Hold.objects.filter(patron=patron, title=title, state__in=Hold.OPEN).exists()
    if awaited or Loan.objects.filter(patron=patron, item__title=title, state=Loan.State.ON_LOAN).exists():
        return Block(Reason.ALREADY_YOURS)
    hold: Hold = Hold.objects.create(patron=patron, title=title, pickup=pickup, placed_at=by.now)
    tell("hold_placed", by, hold)
    return hold


@atomic
def trap(by: Actor, item: Item) -> Hold | Transit | Block:
    """Trap the copy for the first hold of its title, or send it to that hold's pickup branch.

    A copy that is in transit for a hold stays with that hold.

    Returns:
        Block(NOT_ON_LOAN) if there is no hold; Block(ON_LOAN_TO_OTHER) or Block(ITEM_LOST) if the copy is not at hand.
        Block(HELD_FOR_OTHER) if it is on the hold shelf already.
    """
    item = lock_item(item)
    if elsewhere := not_at_hand(item):
        return elsewhere
    first = _first(item)
    if first is None:
        return Block(Reason.NOT_ON_LOAN)
    if first.pickup_id != by.branch.pk:
        way = transits.open_transfer(item)
        return way if way and way.hold_id == first.pk else transits.note(by, item, first.pickup, first)
    transits.arrive(by, item)
    keep(by, first, item)
    return first


def _first(item: Item) -> Hold | None:
    """Return the hold that gets the copy, or None.

    It is the one that the copy is in transit for, else the oldest one for which no other copy is in transit.
    """
    way = transits.open_transfer(item)
    waiting = Hold.objects.filter(title=item.title_id, state=Hold.State.WAITING)
    in_transit_for = waiting.filter(pk=way.hold_id) if way and way.hold_id else waiting.none()
    queue = waiting.exclude(pk__in=transits.holds_in_transit().values("pk")).order_by("placed_at", "pk")
    chosen = in_transit_for.first() or queue.first()
    locked = Hold.objects.select_for_update(of=("self",)).select_related("patron", "pickup")
    found: Hold | None = locked.get(pk=chosen.pk) if chosen else None
    return found if found and found.state == Hold.State.WAITING else None


def keep(by: Actor, hold: Hold, item: Item) -> None:
    """Put the copy on the hold shelf for the hold. The caller has checked that the copy is available."""
    hold.state, hold.item, hold.shelf, hold.closed_at = Hold.State.READY, item, hold.patron.identifier[-4:], None
    hold.until = the_policy().local_day(by.now) + timedelta(days=the_library().hold_days)
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at"))
    tell("hold_ready", by, hold)


def wait_again(by: Actor, hold: Hold) -> None:
    """Return the hold to the queue, at its old place."""
    hold.state, hold.item, hold.shelf, hold.until, hold.closed_at = Hold.State.WAITING, None, "", None, None
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at"))
    event_feed.append("hold_waits_again", by.now, hold=hold.pk, patron=hold.patron.ref, **by.actor_facts())


def give_back(by: Actor, hold: Hold) -> None:
    """Reopen a hold whose loan was undone: ready if its copy is still available, else waiting.

    If the patron has placed another hold on the title since, this one stays closed.
    """
    others = Hold.objects.filter(patron=hold.patron, title=hold.title, state__in=Hold.OPEN).exclude(pk=hold.pk)
    if others.exists():
        return
    if hold.item is not None and is_free(hold.item):
        keep(by, hold, hold.item)
    else:
        wait_again(by, hold)


def is_free(item: Item) -> bool:
    """Return whether the copy is available: in the collection, not on loan and not on the hold shelf."""
    return item_facts(item).status is ItemStatus.ON_SHELF and item.condition != Item.Condition.WITHDRAWN


@atomic
def cancel(by: Actor, hold: Hold) -> Hold | Block:
    """Cancel an open hold; a copy that was trapped for it becomes available."""
    lock_patron(hold.patron)
    hold.refresh_from_db()
    if hold.state not in Hold.OPEN:
        return Block(Reason.NOTHING_TO_UNDO)
    hold.state, hold.closed_at = Hold.State.CANCELLED, by.now
    hold.save(update_fields=("state", "closed_at"))
    tell("hold_cancelled", by, hold)
    return hold


def tell(kind: str, by: Actor, hold: Hold) -> None:
    """Append an event about the hold to the feed."""
    event_feed.append(
        kind,
        by.now,
        hold=hold.pk,
        patron=None if hold.nameless else hold.patron.ref,
        title=hold.title_id,
        item=hold.item.barcode if hold.item else None,
        **by.actor_facts(),
    )
