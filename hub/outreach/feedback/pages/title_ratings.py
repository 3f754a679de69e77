"""Show how patrons rated returned titles."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hub.outreach.feedback import title_ratings as matters
from hub.staff import formatting
from hub.staff.page import kept, page, paged
from hub.staff.staff_access import staff_only


@require_GET
@staff_only
def books(request: HttpRequest) -> HttpResponse:
    """List the titles with enough ratings."""
    found = paged(request, matters.counted(formatting.today()))
    context = {"found": found, "rows": matters.rated_titles(found), "kept": kept(request)}
    return page(request, "feedback", "voice/books.html", context)
