"""Takes a copy off the van, or out of a bin, at a branch: kept for who waits, sent on, or at home; lends nothing."""

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import item_facts
from hub.circulation.models import Hold, Transit
from hub.circulation.operations import transits
from hub.circulation.operations.context import Actor, lock_item
from hub.circulation.operations.holds import trap
from hub.core.retrying_transaction import atomic
from lending.model import Block, ItemStatus


@atomic
def unpack(by: Actor, item: Item) -> Hold | Transit | Block:
    """The hold that it is kept for here; or the way it is on, which has ended where it arrived; else why neither."""
    trapped = trap(by, item)
    if isinstance(trapped, Hold | Transit):
        return trapped
    item = lock_item(item)
    if item_facts(item).status is not ItemStatus.ON_SHELF or item.condition != Item.Condition.NORMAL:
        return trapped
    arrived = transits.arrive(by, item)
    if arrived is not None and item.branch_id == by.branch.pk:
        return arrived
    if transits.of(item) is None:
        transits.send_home(by, item)
    return transits.of(item) or trapped
