"""Serve stored covers to kiosks, as described in docs/wire.md."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Router

from hub.catalogue.covers.hub_store import hub_store
from lending import wire

router = Router(tags=["covers"])


@router.get("/covers/{mark}", response={200: None, 404: wire.ErrorAnswer})
def cover(request: HttpRequest, mark: str) -> HttpResponse:
    """Return the picture of this name."""
    store = hub_store()
    data = store.read(mark)
    if data is None:
        return JsonResponse({"detail": "unknown_cover"}, status=404)
    store.use(mark)
    return HttpResponse(data, content_type="image/webp")
