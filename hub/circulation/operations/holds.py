"""Places, traps and cancels holds; never lends. A copy that is awaited at another branch is sent there first."""

from datetime import timedelta

from hub.catalogue.models import Branch, Item, Title
from hub.circulation import event_feed
from hub.circulation.domain_mapping import item_facts, the_library, the_policy
from hub.circulation.models import Hold, Loan, Patron, Transit
from hub.circulation.operations import transits
from hub.circulation.operations.context import Actor, lock_item, lock_patron
from hub.core.retrying_transaction import atomic
from lending.model import Block, ItemStatus, Reason


@atomic
def place(by: Actor, patron: Patron, title: Title, pickup: Branch) -> Hold | Block:
    """Puts the patron at the end of those who wait for the title. Block(ALREADY_YOURS) when she has or awaits it."""
    patron = lock_patron(patron)
    awaited = Hold.objects.filter(patron=patron, title=title, state__in=Hold.OPEN).exists()
    if awaited or Loan.objects.filter(patron=patron, item__title=title, state=Loan.State.ON_LOAN).exists():
        return Block(Reason.ALREADY_YOURS)
    hold: Hold = Hold.objects.create(patron=patron, title=title, pickup=pickup, placed_at=by.now)
    tell("hold_placed", by, hold)
    return hold


@atomic
def trap(by: Actor, item: Item) -> Hold | Transit | Block:
    """Keeps the copy for the one who has waited longest for its title, or sends it to where she picks it up.

    One that is on its way for somebody is hers. Block(NOT_ON_LOAN) when nobody waits; Block(ON_LOAN_TO_OTHER) or
    Block(ITEM_LOST) when the copy is not at hand.
    """
    item = lock_item(item)
    match item_facts(item).status:
        case ItemStatus.ON_LOAN | ItemStatus.HANDED_IN:
            return Block(Reason.ON_LOAN_TO_OTHER)
        case ItemStatus.LOST:
            return Block(Reason.ITEM_LOST)
        case ItemStatus.ON_HOLD_SHELF:
            return Block(Reason.HELD_FOR_OTHER)
        case ItemStatus.ON_SHELF:
            pass
    first = _first(item)
    if first is None:
        return Block(Reason.NOT_ON_LOAN)
    if first.pickup_id != by.branch.pk:
        way = transits.of(item)
        return way if way and way.hold_id == first.pk else transits.note(by, item, first.pickup, first)
    transits.arrive(by, item)
    keep(by, first, item)
    return first


def _first(item: Item) -> Hold | None:
    """Who gets the copy: she whom it is on its way to, else who has waited longest and no other copy is coming to."""
    way = transits.of(item)
    waiting = Hold.objects.filter(title=item.title_id, state=Hold.State.WAITING)
    hers = waiting.filter(pk=way.hold_id) if way and way.hold_id else waiting.none()
    line = waiting.exclude(pk__in=transits.promised().values("pk")).order_by("placed_at", "pk")
    chosen = hers.first() or line.first()
    locked = Hold.objects.select_for_update(of=("self",)).select_related("patron", "pickup")
    found: Hold | None = locked.get(pk=chosen.pk) if chosen else None
    return found if found and found.state == Hold.State.WAITING else None


def keep(by: Actor, hold: Hold, item: Item) -> None:
    """Puts the copy on the hold shelf for the hold. The caller has seen to it that the copy is free."""
    hold.state, hold.item, hold.shelf, hold.closed_at = Hold.State.READY, item, hold.patron.identifier[-4:], None
    hold.until = the_policy().local_day(by.now) + timedelta(days=the_library().hold_days)
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at"))
    tell("hold_ready", by, hold)


def wait_again(by: Actor, hold: Hold) -> None:
    """Lets the hold wait for the next copy, at its old place in the line."""
    hold.state, hold.item, hold.shelf, hold.until, hold.closed_at = Hold.State.WAITING, None, "", None, None
    hold.save(update_fields=("state", "item", "shelf", "until", "closed_at"))
    event_feed.append("hold_waits_again", by.now, hold=hold.pk, patron=hold.patron.ref, **by.who())


def give_back(by: Actor, hold: Hold) -> None:
    """Lets a hold go on whose loan was undone: ready where its copy is still free, else waiting.

    Where the patron has begun to wait anew meanwhile, this hold stays closed.
    """
    others = Hold.objects.filter(patron=hold.patron, title=hold.title, state__in=Hold.OPEN).exclude(pk=hold.pk)
    if others.exists():
        return
    if hold.item is not None and is_free(hold.item):
        keep(by, hold, hold.item)
    else:
        wait_again(by, hold)


def is_free(item: Item) -> bool:
    """Tells whether the copy is at hand: in the collection, on no loan and kept for nobody."""
    return item_facts(item).status is ItemStatus.ON_SHELF and item.condition != Item.Condition.WITHDRAWN


@atomic
def cancel(by: Actor, hold: Hold) -> Hold | Block:
    """Ends an open hold; a copy that was kept for it is free again."""
    lock_patron(hold.patron)
    hold.refresh_from_db()
    if hold.state not in Hold.OPEN:
        return Block(Reason.NOTHING_TO_UNDO)
    hold.state, hold.closed_at = Hold.State.CANCELLED, by.now
    hold.save(update_fields=("state", "closed_at"))
    tell("hold_cancelled", by, hold)
    return hold


def tell(kind: str, by: Actor, hold: Hold) -> None:
    """Writes into the feed what happened to the hold."""
    event_feed.append(
        kind,
        by.now,
        hold=hold.pk,
        patron=None if hold.nameless else hold.patron.ref,
        title=hold.title_id,
        item=hold.item.barcode if hold.item else None,
        **by.who(),
    )
