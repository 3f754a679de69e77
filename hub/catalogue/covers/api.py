"""Serve stored covers to kiosks, as described in docs/wire.md, and to browsers.

Browsers need no sign-in: a picture is named by its content and says nothing of a patron.
"""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja import Router

from hub.catalogue.covers.drawn import hub_store
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


KEPT = "private, max-age=31536000, immutable"


@require_safe
def picture(_request: HttpRequest, mark: str) -> HttpResponse:
    """Return the picture. Browsers keep it, because another picture has another address."""
    store = hub_store()
    data = store.read(mark)
    if data is None:
        raise Http404
    store.use(mark)
    return HttpResponse(data, content_type="image/webp", headers={"Cache-Control": KEPT})
