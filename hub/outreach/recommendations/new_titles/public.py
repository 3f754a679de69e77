"""Serve the public list of new titles as a page, an RSS feed and a JSON feed."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.public_url import public_url
from hub.outreach.library_system.central import the_central
from hub.outreach.recommendations.new_titles import feeds, listing
from hub.outreach.recommendations.new_titles.feeds import Feed, FeedEntry


@feeds.view
def rss(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.rss(_feed("rss", language))


@feeds.view
def json(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.json(_feed("json", language))


def _feed(name: str, language: str) -> Feed:
    return Feed(
        title=_("New at {library}").format(library=the_central().library(language)),
        home=public_url("portal:new"),
        url=public_url(f"new_titles:{name}", language),
        language=language,
        entries=[
            FeedEntry(each.words, each.url, _entry_text(each, language), each.added_at, each.author)
            for each in listing.shelf(hub_clock().now())
        ],
    )


def _entry_text(each: listing.New, language: str) -> str:
    """Return those of remark, author and call number that are present."""
    return " · ".join(part for part in (each.line[language], each.author, each.call_number) if part)
