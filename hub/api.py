"""Assemble the API for kiosks that docs/wire.md describes."""

from ninja import NinjaAPI

from hub.catalogue.covers import api as covers
from hub.catalogue.shelves import api as shelves
from hub.circulation import api as circulation
from hub.core.pages.page import staff_only
from hub.fleet import api as fleet
from hub.fleet import devices
from hub.ils.bridge import api as bridge
from hub.ils.bridge import my_details_api as details


def new_api() -> NinjaAPI:
    """Assemble the API; its documentation is served to signed-in staff."""
    api = NinjaAPI(
        title="Library hub",
        version="1",
        urls_namespace="kiosks",
        auth=devices.SignatureAuth(),
        docs_decorator=staff_only,
    )
    for part in (circulation, bridge, covers, details, fleet, shelves):
        api.add_router("", part.router)
    api.add_router("", bridge.search_router)
    for part in (circulation, devices):
        part.tell_refusals(api)
    return api
