"""Serve stored covers to browsers, without sign-in: a picture is named by its content and says nothing of a patron."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from hub.catalogue.covers.hub_store import hub_store

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
