"""Count in-house use: copies that are read in the library without a loan."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.catalogue.models import Item
from hub.circulation import event_feed
from hub.circulation.models import InHouseUse, Loan, Sighting
from hub.circulation.operations import last_seen
from hub.circulation.operations.context import Actor, OperationResult, lock_item, not_at_hand
from hub.core.retrying_transaction import atomic
from lending.model import Block, Reason

AGAIN = timedelta(hours=1)
"""Scans of a copy within this time belong to the same use."""


@atomic
def use_in_house(by: Actor, item: Item) -> OperationResult | Block:
    """Count the use of a copy that staff found on a table.

    Returns:
        A Block that says where the copy should be instead, or Block(NOTHING_TO_UNDO) if it was seen within the hour,
            because a use is counted once.
    """
    item = lock_item(item)
    if elsewhere := not_at_hand(item):
        return elsewhere
    fresh = is_fresh(by, item)
    last_seen.note(by, item, seen=True)
    if not fresh:
        return Block(Reason.NOTHING_TO_UNDO)
    count(by, item)
    return OperationResult()


def is_fresh(by: Actor, item: Item) -> bool:
    """Return whether the copy was not seen within the hour. Call it before the present scan is recorded.

    A loan closed by a sheet of the ILS counts too: the copy was returned, although no sighting was recorded.
    """
    lately = (by.now - AGAIN, by.now)
    seen = Sighting.objects.filter(item=item, at__gt=lately[0], at__lte=lately[1])
    back = Loan.objects.filter(item=item, state=Loan.State.RETURNED, closed_at__gt=lately[0], closed_at__lte=lately[1])
    return not seen.exists() and not back.exists()


def count(by: Actor, item: Item) -> None:
    """Count a use and append it to the feed.

    The caller has locked the item's row and knows that it is not on loan.
    """
    InHouseUse.objects.create(item=item, branch=by.branch, at=by.now)
    _tell("used_in_house", by, item)


def remove_use(by: Actor, item: Item, seen: datetime) -> None:
    """Remove a use that was counted for a copy without a loan, because its loan was uploaded late."""
    first = InHouseUse.objects.filter(item=item, at__gte=min(by.now, seen)).order_by("at").first()
    if first is not None:
        _tell("used_in_house_undone", replace(by, now=first.at, branch=first.branch), item)
        first.delete()


def _tell(kind: str, by: Actor, item: Item) -> None:
    event_feed.append(kind, by.now, item=item.barcode, title=item.title_id, type=item.type.code, **by.actor_facts())
