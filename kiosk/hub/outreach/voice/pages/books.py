"""The page of how books were to those who brought them back, title by title."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from kiosk.hub.outreach.voice import books as matters
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.page import kept, page, paged


@require_GET
@staff_only
def books(request: HttpRequest) -> HttpResponse:
    """Lists the titles of which enough was said."""
    found = paged(request, matters.counted(shown.today()))
    context = {"found": found, "rows": matters.told(found), "kept": kept(request)}
    return page(request, "feedback", "voice/books.html", context)
