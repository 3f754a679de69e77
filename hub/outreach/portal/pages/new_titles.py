"""Show the public list of new titles."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from hub.core.clock import hub_clock
from hub.core.language import zh_or_en
from hub.core.pages import formatting
from hub.outreach.portal.portal_session import page, patrons_page
from hub.outreach.portal.shelf import covers_of
from hub.outreach.recommendations.new_titles import listing


@require_safe
@patrons_page
def new(request: HttpRequest) -> HttpResponse:
    """Show the list, each title with an anchor of its own."""
    language = zh_or_en()
    found = listing.shelf(hub_clock().now())
    covers = covers_of((each.title, each.words) for each in found)
    rows = [
        (each, cover, each.line[language], formatting.day(each.added_at))
        for each, cover in zip(found, covers, strict=True)
    ]
    named = {name: reverse(f"new_titles:{name}", args=(language,)) for name in ("rss", "json")}
    return page(request, "new", {"rows": rows, "feeds": named, "here": "home"})
