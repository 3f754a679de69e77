"""Withdraw items from the collection, restore them and correct their records, unless a patron has or awaits them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import open_loan
from hub.circulation.models import Hold
from hub.circulation.operations import hold_queue
from hub.circulation.operations.context import lock_item
from hub.core.retrying_transaction import atomic


class Obstacle(StrEnum):
    """Why an item cannot be withdrawn or get another barcode now."""

    ON_LOAN = "on_loan"
    """A patron has it, or its return was not checked."""
    ON_HOLD_SHELF = "on_hold_shelf"
    IN_TRANSIT = "in_transit"
    """It is on its way to a patron with a hold."""


def obstacle(item: Item) -> Obstacle | None:
    """Return which patron's claim keeps the item in circulation, or None."""
    if open_loan(item) is not None:
        return Obstacle.ON_LOAN
    if Hold.objects.filter(item=item, state=Hold.State.READY).exists():
        return Obstacle.ON_HOLD_SHELF
    transfer = hold_queue.open_transfer(item)
    return Obstacle.IN_TRANSIT if transfer is not None and transfer.hold_id is not None else None


@atomic
def withdraw(item: Item) -> Obstacle | None:
    """Withdraw the item: kiosks and patrons no longer see it. Return the obstacle if it stays."""
    item = lock_item(item)
    if found := obstacle(item):
        return found
    _set_condition(item, str(Item.Condition.WITHDRAWN))
    return None


@atomic
def restore(item: Item) -> None:
    """Return a withdrawn item to the collection."""
    item = lock_item(item)
    if item.condition == Item.Condition.WITHDRAWN:
        _set_condition(item, str(Item.Condition.NORMAL))


@atomic
def correct(item: Item, values: Mapping[str, Any]) -> Obstacle | None:
    """Change the item's record. Return the obstacle to another barcode; then nothing is changed.

    A kiosk that is offline may still report the loan or return of an item by its old barcode.
    """
    item = lock_item(item)
    if values.get("barcode", item.barcode) != item.barcode and (found := obstacle(item)):
        return found
    changed = [name for name, value in values.items() if getattr(item, name) != value]
    for name in changed:
        setattr(item, name, values[name])
    if changed:
        item.save(update_fields=changed)
    return None


def _set_condition(item: Item, condition: str) -> None:
    item.condition = condition
    item.save(update_fields=("condition",))
