"""Puts the API for kiosks together, as docs/wire.md has it; knows no path of it."""

from ninja import NinjaAPI

from kiosk.hub.carrier import api as carrier
from kiosk.hub.carrier.details import api as details
from kiosk.hub.catalogue.search import api as search
from kiosk.hub.catalogue.shelves import api as shelves
from kiosk.hub.circulation import api as circulation
from kiosk.hub.fleet import api as fleet
from kiosk.hub.fleet import door
from kiosk.hub.staff.door import staff_only


def new_api() -> NinjaAPI:
    """The API of a hub; its documents are served from the hub itself, to staff who are signed in."""
    api = NinjaAPI(
        title="Library hub", version="1", urls_namespace="kiosks", auth=door.Signed(), docs_decorator=staff_only
    )
    for part in (circulation, carrier, details, fleet, shelves, search):
        api.add_router("", part.router)
    for part in (circulation, door):
        part.tell_refusals(api)
    return api
