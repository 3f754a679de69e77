"""Assemble the API for kiosks that docs/wire.md describes."""

from ninja import NinjaAPI

from hub.catalogue.covers import api as covers
from hub.catalogue.shelves import api as shelves
from hub.circulation import api as circulation
from hub.core.pages.staff_access import staff_only
from hub.fleet import api as fleet
from hub.fleet import signature_auth
from hub.ils.bridge import api as carrier
from hub.ils.bridge import my_details_api as details
from hub.ils.bridge import search_api as search


def new_api() -> NinjaAPI:
    """Assemble the API; its documentation is served to signed-in staff."""
    api = NinjaAPI(
        title="Library hub",
        version="1",
        urls_namespace="kiosks",
        auth=signature_auth.SignatureAuth(),
        docs_decorator=staff_only,
    )
    for part in (circulation, carrier, covers, details, fleet, shelves, search):
        api.add_router("", part.router)
    for part in (circulation, signature_auth):
        part.tell_refusals(api)
    return api
