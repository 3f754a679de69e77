"""The part "where it stands" of a title, for every page that shows one."""

from django import template

from hub.catalogue.models import Title
from hub.catalogue.shelves import bay_lookup
from hub.catalogue.shelves.drawing import drawn

register = template.Library()


@register.inclusion_tag("shelves/where.html")
def where_it_stands(title: Title) -> dict[str, object]:
    """The label, and the map of each branch that has copies, with the bay lit; without a map where none was drawn."""
    stands = [
        (stand, drawn(stand.floor, {bay.pk for bay in stand.bays}) if stand.floor else None)
        for stand in bay_lookup.of_title(title)
    ]
    return {"stands": stands}
