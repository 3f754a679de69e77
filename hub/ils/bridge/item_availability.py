"""Return the public availability of a title's copies, without borrowers."""

from __future__ import annotations

from typing import Literal

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import items_facts
from hub.outreach.library_system.central import Copy
from lending.model import ItemStatus

STATES: dict[ItemStatus, Literal["shelf", "loan", "returned", "hold"]] = {
    ItemStatus.ON_SHELF: "shelf",
    ItemStatus.ON_LOAN: "loan",
    ItemStatus.HANDED_IN: "returned",
    ItemStatus.ON_HOLD_SHELF: "hold",
}


def of(title: int) -> list[Copy]:
    """Return the title's copies by branch; lost and withdrawn ones are left out."""
    items = list(
        Item.objects.filter(title=title, condition=Item.Condition.NORMAL)
        .select_related("title", "type", "branch")
        .order_by("branch__code", "barcode")
    )
    return [
        Copy(
            str(item.branch),
            item.call_number or item.title.call_number,
            STATES[facts.status],
            facts.due if facts.status is ItemStatus.ON_LOAN else None,
        )
        for item, facts in zip(items, items_facts(items), strict=True)
        if facts.status in STATES
    ]
