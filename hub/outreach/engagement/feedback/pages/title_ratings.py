"""Show how patrons rated returned titles."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from hub.core.pages import formatting
from hub.core.pages.page import kept, page, paged
from hub.core.pages.staff_access import staff_only
from hub.outreach.engagement.feedback import title_ratings as matters


@require_GET
@staff_only
def books(request: HttpRequest) -> HttpResponse:
    """List the titles with enough ratings."""
    found = paged(request, matters.counted(formatting.today()))
    context = {"found": found, "rows": matters.rated_titles(found), "kept": kept(request)}
    return page(request, "feedback", "feedback/books.html", context)
