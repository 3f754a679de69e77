"""Counts copies that are read in the library and not lent; knows no patron and ends no loan."""

from dataclasses import replace
from datetime import datetime, timedelta

from hub.catalogue.models import Item
from hub.circulation import event_feed
from hub.circulation.domain_mapping import item_facts
from hub.circulation.models import InHouseUse, Loan, Sighting
from hub.circulation.operations import last_seen
from hub.circulation.operations.context import Actor, OperationResult, lock_item
from hub.core.retrying_transaction import atomic
from lending.model import Block, ItemStatus, Reason

AGAIN = timedelta(hours=1)
"""Who scans a copy again within this time has it in hand still: that is the same use."""


@atomic
def use_in_house(by: Actor, item: Item) -> OperationResult | Block:
    """Counts the use of a copy that staff found lying about. The Block says where it ought to be instead.

    Block(NOTHING_TO_UNDO) when it was in somebody's hands within the hour: nothing is counted twice.
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
    fresh = is_fresh(by, item)
    last_seen.note(by, item, seen=True)
    if not fresh:
        return Block(Reason.NOTHING_TO_UNDO)
    count(by, item)
    return OperationResult()


def is_fresh(by: Actor, item: Item) -> bool:
    """Whether nobody was seen with the copy within the hour. Ask before this scan itself is noted.

    Nobody was seen where a sheet of the library's own system has ended its loan: it came back all the same.
    """
    lately = (by.now - AGAIN, by.now)
    seen = Sighting.objects.filter(item=item, at__gt=lately[0], at__lte=lately[1])
    back = Loan.objects.filter(item=item, state=Loan.State.RETURNED, closed_at__gt=lately[0], closed_at__lte=lately[1])
    return not seen.exists() and not back.exists()


def count(by: Actor, item: Item) -> None:
    """Counts it and tells the feed. The caller holds the item's row, and knows that it is on no loan."""
    InHouseUse.objects.create(item=item, branch=by.branch, at=by.now)
    _tell("used_in_house", by, item)


def was_a_return(by: Actor, item: Item, seen: datetime) -> None:
    """Takes back the use that was counted when a copy came without a loan: its loan has come late."""
    first = InHouseUse.objects.filter(item=item, at__gte=min(by.now, seen)).order_by("at").first()
    if first is not None:
        _tell("used_in_house_undone", replace(by, now=first.at, branch=first.branch), item)
        first.delete()


def _tell(kind: str, by: Actor, item: Item) -> None:
    event_feed.append(kind, by.now, item=item.barcode, title=item.title_id, type=item.type.code, **by.who())
