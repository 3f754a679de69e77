"""Serve the public list of new titles as a page, an RSS feed and a JSON feed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.core.clock import hub_clock
from hub.outreach.library_system_registry import the_central
from hub.outreach.new_titles import feeds, listing
from hub.outreach.new_titles.feeds import Entry, Feed
from hub.outreach.patron_portal.portal_session import page, patrons_page
from hub.staff import formatting


@require_safe
@patrons_page
def new(request: HttpRequest) -> HttpResponse:
    """Show the list, each title with an anchor of its own."""
    language = "en" if (translation.get_language() or "").startswith("en") else "zh"
    rows = [(each, each.line[language], formatting.day(each.added_at)) for each in listing.shelf(hub_clock().now())]
    named = {name: reverse(f"news:{name}", args=(language,)) for name in ("rss", "json")}
    return page(request, "new", {"rows": rows, "feeds": named, "here": "new"})


@feeds.view
def rss(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.rss(_feed("rss", language))


@feeds.view
def json(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.json(_feed("json", language))


def _feed(name: str, language: str) -> Feed:
    return Feed(
        title=_("New at {library}").format(library=the_central().library(language)),
        home=listing.home(),
        url=f"{settings.PUBLIC_URL.rstrip('/')}{reverse(f'news:{name}', args=(language,))}",
        language=language,
        entries=[
            Entry(each.words, each.url, _entry_text(each, language), each.added_at, each.author)
            for each in listing.shelf(hub_clock().now())
        ],
    )


def _entry_text(each: listing.New, language: str) -> str:
    """Return those of remark, author and call number that are present."""
    return " · ".join(part for part in (each.line[language], each.author, each.call_number) if part)
