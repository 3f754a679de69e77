"""Change a hold by staff: suspend, resume or move it, change its copy or pickup day, undo a cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import the_policy
from hub.circulation.models import Hold, Transit
from hub.circulation.operations.context import Actor, lock_item, lock_patron
from hub.circulation.operations.hold_queue import double_holds, is_free, lock_hold, tell
from hub.core.retrying_transaction import atomic
from lending.model import Block, Reason

STEP = timedelta(microseconds=1)
"""Smallest distance of two places in a queue."""


@atomic
def suspend(by: Actor, hold: Hold, until: date) -> bool:
    """Let the hold keep its place but get no copy before the day; return False if it no longer waits."""
    lock_hold(hold)
    if hold.state != Hold.State.WAITING:
        return False
    hold.suspended_until = until
    hold.save(update_fields=("suspended_until",))
    tell("hold_suspended", by, hold, until=until.isoformat())
    return True


@atomic
def resume(by: Actor, hold: Hold) -> bool:
    """Let a suspended hold get a copy again, at its place; return False if it is not suspended."""
    lock_hold(hold)
    if hold.state != Hold.State.WAITING or hold.suspended_until is None:
        return False
    hold.suspended_until = None
    hold.save(update_fields=("suspended_until",))
    tell("hold_resumed", by, hold)
    return True


def resume_due(now: datetime) -> int:
    """Resume the holds whose day has come; return their number."""
    today = the_policy().local_day(now)
    due = Hold.objects.filter(state=Hold.State.WAITING, suspended_until__lte=today)
    return sum(resume(Actor(branch=each.pickup, now=now), each) for each in due.select_related("patron", "pickup"))


@atomic
def change_pickup_day(by: Actor, hold: Hold, until: date) -> bool:
    """Keep the copy on the hold shelf until the day; return False if it is not there for this hold."""
    lock_hold(hold)
    if hold.state != Hold.State.READY:
        return False
    hold.until = until
    hold.save(update_fields=("until",))
    tell("hold_extended", by, hold, until=until.isoformat())
    return True


@atomic
def choose_copy(by: Actor, hold: Hold, copy: Item | None) -> Hold | Block:
    """Let only this copy of the title fill the hold, or any copy if None. It keeps its place.

    A copy that is in transit for the hold and cannot fill it any longer is released.

    Returns:
        Block(NOTHING_TO_UNDO) if the hold no longer waits, Block(ALREADY_YOURS) if the patron has another hold that the
        copy can fill, Block(ITEM_LOST) if the copy is lost or withdrawn.
    """
    lock_hold(hold)
    if hold.state != Hold.State.WAITING:
        return Block(Reason.NOTHING_TO_UNDO)
    if copy is not None and copy.condition != Item.Condition.NORMAL:
        return Block(Reason.ITEM_LOST)
    if double_holds(hold.patron, hold.title_id, copy).exclude(pk=hold.pk).exists():
        return Block(Reason.ALREADY_YOURS)
    hold.copy = copy
    hold.save(update_fields=("copy",))
    if copy is not None:
        Transit.objects.filter(hold=hold, arrived_at=None).exclude(item=copy).update(hold=None)
    tell("hold_copy_changed", by, hold)
    return hold


def queue_of(title: int) -> list[Hold]:
    """Return the waiting holds on the title in their order, suspended ones included."""
    return list(Hold.objects.filter(title=title, state=Hold.State.WAITING).order_by(Hold.PLACE, "pk"))


@atomic
def move(by: Actor, hold: Hold, place: int, why: str) -> int | None:
    """Move the hold to a place in the queue of its title.

    The others keep their order. Each place keeps its time, so that holds placed later come after all of them.

    Args:
        by: The actor.
        hold: The hold, which is locked and updated.
        place: The new place, from 1. A number beyond the end means the end.
        why: The reason, for staff who look it up.

    Returns:
        The former place, or None if the hold no longer waits.
    """
    lock_hold(hold)
    list(Hold.objects.select_for_update().filter(title=hold.title_id, state=Hold.State.WAITING).order_by("pk"))
    queue = queue_of(hold.title_id)
    before = next((number for number, each in enumerate(queue, 1) if each.pk == hold.pk), None)
    if before is None:
        return None
    times = [each.moved_to or each.placed_at for each in queue]
    moved = queue.pop(before - 1)
    queue.insert(max(place, 1) - 1, moved)
    for each, time in zip(queue, _rising(times), strict=True):
        if (each.moved_to or each.placed_at) != time:
            each.moved_to = time
            each.save(update_fields=("moved_to",))
    hold.refresh_from_db()
    tell("hold_moved", by, hold, place=queue.index(moved) + 1, why=why)
    return before


def _rising(times: Sequence[datetime]) -> list[datetime]:
    """Return the times, with equal ones a little apart."""
    found: list[datetime] = []
    for each in times:
        found.append(max(each, found[-1] + STEP) if found else each)
    return found


@atomic
def restore(by: Actor, hold: Hold) -> bool:
    """Undo the cancellation of a hold: on the hold shelf if its copy is still free, else at its place in the queue.

    Returns:
        False if it is not cancelled, or if the patron has another hold since that the same copy can fill.
    """
    lock_patron(hold.patron)
    if hold.item is not None:
        lock_item(hold.item)
    lock_hold(hold)
    others = double_holds(hold.patron, hold.title_id, hold.copy)
    if hold.state != Hold.State.CANCELLED or hold.nameless or others.exists():
        return False
    on_shelf = hold.item is not None and hold.shelf and is_free(hold.item)
    hold.state, hold.closed_at = Hold.State.READY if on_shelf else Hold.State.WAITING, None
    if not on_shelf:
        hold.item, hold.shelf, hold.until = None, "", None
    hold.save(update_fields=("state", "closed_at", "item", "shelf", "until"))
    tell("hold_restored", by, hold)
    return True
