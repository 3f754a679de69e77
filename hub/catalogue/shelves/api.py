"""Serve the shelf maps to kiosks, as described in docs/wire.md.

The kiosk finds a call number's bay itself.
"""

from django.http import HttpRequest
from ninja import Router

from hub.catalogue.models import Floor
from hub.catalogue.shelves import bay_lookup
from lending import wire

router = Router(tags=["catalogue"])


@router.get("/shelves", response=wire.ShelvesAnswer)
def shelves(request: HttpRequest) -> wire.ShelvesAnswer:
    """Return the floors of the kiosk's branch."""
    return wire.ShelvesAnswer(
        floors=[serialise_floor(each) for each in bay_lookup.floors_with_bays(request.auth.branch)]
    )


def serialise_floor(floor: Floor) -> wire.WireFloor:
    """Return the floor with its bays, as a kiosk draws it."""
    return wire.WireFloor(
        name=floor.names,
        position=floor.position,
        width=floor.width,
        height=floor.height,
        you=(floor.you_x, floor.you_y),
        scheme=floor.scheme,
        bays=[
            wire.WireBay(
                code=bay.code,
                x=bay.x,
                y=bay.y,
                width=bay.width,
                height=bay.height,
                first=bay.first,
                last=bay.last,
            )
            for bay in floor.bays.all()
        ],
    )
