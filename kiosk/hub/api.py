"""Puts the API for kiosks together, as docs/wire.md has it; knows no path of it."""

from ninja import NinjaAPI

from kiosk.hub.circulation import api as circulation
from kiosk.hub.fleet import api as fleet
from kiosk.hub.fleet import door


def new_api() -> NinjaAPI:
    """The API of a hub; its documents are served from the hub itself."""
    api = NinjaAPI(title="Library hub", version="1", urls_namespace="kiosks", auth=door.Signed())
    for part in (circulation, fleet):
        api.add_router("", part.router)
    for part in (circulation, door):
        part.tell_refusals(api)
    return api
