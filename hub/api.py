"""Assemble the API for kiosks that docs/wire.md describes."""

from ninja import NinjaAPI

from hub.catalogue.search import api as search
from hub.catalogue.shelves import api as shelves
from hub.circulation import api as circulation
from hub.fleet import api as fleet
from hub.fleet import signature_auth
from hub.outreach_bridge import api as carrier
from hub.outreach_bridge.my_details import api as details
from hub.staff.staff_access import staff_only


def new_api() -> NinjaAPI:
    """Assemble the API; its documentation is served to signed-in staff."""
    api = NinjaAPI(
        title="Library hub",
        version="1",
        urls_namespace="kiosks",
        auth=signature_auth.SignatureAuth(),
        docs_decorator=staff_only,
    )
    for part in (circulation, carrier, details, fleet, shelves, search):
        api.add_router("", part.router)
    for part in (circulation, signature_auth):
        part.tell_refusals(api)
    return api
