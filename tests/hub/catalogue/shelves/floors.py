"""Provide a floor with four bays and some books for the tests of the shelves."""

from __future__ import annotations

from hub.catalogue.models import Bay, Floor, Item, Title
from tests.hub.support.world import World

BAYS = (
    ("1", 4, 2, "I2", "I247.5"),
    ("2", 10, 2, "I247.57/1", "I247.57/50"),
    ("3", 16, 2, "I247.58", "I7"),
    ("4", 22, 2, "K", "Z"),
)


def a_floor(world: World) -> Floor:
    """Create the second floor of the main branch: literature in bays 1 to 3, classes K to Z in bay 4."""
    floor: Floor = Floor.objects.create(
        branch=world.main,
        name="二楼",
        name_en="Floor 2",
        position=2,
        width=30,
        height=12,
        you_x=2,
        you_y=11,
        scheme="clc",
    )
    for code, x, y, first, last in BAYS:
        Bay.objects.create(floor=floor, code=code, x=x, y=y, width=2, height=6, first=first, last=last)
    return floor


def a_book(world: World, title: str, call_number: str, barcode: str = "") -> Item:
    title_row: Title = Title.objects.create(title=title, subject=call_number[:1], call_number=call_number)
    item: Item = Item.objects.create(
        barcode=barcode or f"38{title_row.pk:012}", title=title_row, type=world.book, branch=world.main
    )
    return item
