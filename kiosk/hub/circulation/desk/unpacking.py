"""Takes a copy off the van, or out of a bin, at a branch: kept for who waits, sent on, or at home; lends nothing."""

from kiosk.domain.model import Block, ItemStatus
from kiosk.hub.atomic import atomic
from kiosk.hub.catalogue.models import Item
from kiosk.hub.circulation.desk import transits
from kiosk.hub.circulation.desk.holds import trap
from kiosk.hub.circulation.desk.terms import By, lock_item
from kiosk.hub.circulation.facts import item_facts
from kiosk.hub.circulation.models import Hold, Transit


@atomic
def unpack(by: By, item: Item) -> Hold | Transit | Block:
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
