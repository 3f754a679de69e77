"""Find the copies of titles with their circulation status."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from hub.catalogue.models import Item
from hub.circulation.domain_mapping import items_facts
from lending import model

Copy = tuple[Item, model.Item]


def copies_of(titles: Iterable[int]) -> dict[int, list[Copy]]:
    """Return the copies of each title with their status; withdrawn ones are left out."""
    items = Item.objects.filter(title__in=list(titles)).exclude(condition=Item.Condition.WITHDRAWN)
    found: dict[int, list[Copy]] = defaultdict(list)
    listed = list(items.select_related("title", "type", "branch").order_by("branch__code", "barcode"))
    for item, facts in zip(listed, items_facts(listed), strict=True):
        found[item.title_id].append((item, facts))
    return found
