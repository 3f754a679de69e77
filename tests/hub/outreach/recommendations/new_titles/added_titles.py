"""Create titles that were just added to the catalogue."""

from __future__ import annotations

from hub.catalogue.models import Item, Title
from tests.hub.support.world import World


def add_title(world: World, title: str, author: str = "", call_number: str = "813 XYZ") -> Title:
    """Create a new title with a copy on the shelf."""
    described: Title = Title.objects.create(title=title, author=author, subject=call_number[0], call_number=call_number)
    Item.objects.create(barcode=f"39{described.pk:012}", title=described, type=world.book, branch=world.main)
    return described
