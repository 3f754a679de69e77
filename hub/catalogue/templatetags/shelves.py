"""Render the shelf location of a title."""

from django import template

from hub.catalogue.models import Title
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.bay_lookup import draw_floor

register = template.Library()


@register.inclusion_tag("shelves/where.html")
def where_it_stands(title: Title) -> dict[str, object]:
    """Render the call number, and a map of each branch that has copies with the bay highlighted.

    Branches without a drawn floor have no map.
    """
    stands = [
        (stand, draw_floor(stand.floor, {bay.pk for bay in stand.bays}) if stand.floor else None)
        for stand in bay_lookup.of_title(title)
    ]
    return {"stands": stands}
