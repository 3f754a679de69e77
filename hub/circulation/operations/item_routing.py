"""Route a copy that arrives at a branch in a transfer or a bin: to the hold shelf, onward, or home."""

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
    """Return the hold that the copy was trapped for, or its transfer, else why there is neither.

    A transfer ends at its target branch.
    """
    trapped = trap(by, item)
    if isinstance(trapped, Hold | Transit):
        return trapped
    item = lock_item(item)
    if item_facts(item).status is not ItemStatus.ON_SHELF or item.condition != Item.Condition.NORMAL:
        return trapped
    arrived = transits.arrive(by, item)
    if arrived is not None and item.branch_id == by.branch.pk:
        return arrived
    if transits.open_transfer(item) is None:
        transits.send_home(by, item)
    return transits.open_transfer(item) or trapped
