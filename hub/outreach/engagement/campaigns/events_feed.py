"""Publish posters and events as an RSS and a JSON feed."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.public_url import public_url
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback.models import Session
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.recommendations.new_titles import feeds
from hub.outreach.recommendations.new_titles.feeds import Feed, FeedEntry


@feeds.view
def rss(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.rss(_feed("rss", language))


@feeds.view
def json(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.json(_feed("json", language))


def _feed(name: str, language: str) -> Feed:
    now = hub_clock().now()
    found = list(posters.posters_on(local_day(now, zone())))
    dates = posters.dates(found, now)
    return Feed(
        title=_("Events at {library}").format(library=the_central().library(language)),
        home=public_url("portal:events"),
        url=public_url(f"campaigns:{name}", language),
        language=language,
        entries=[_entry(each, dates.get(each.event_id)) for each in found],
    )


def _entry(poster: Poster, date: Session | None) -> FeedEntry:
    when = f"{formatting.date_and_time(date.begins)}, {date.branch}" if date else ""
    words = " · ".join(part for part in (when, poster.text_in_language("words")) if part)
    return FeedEntry(
        poster.text_in_language("title"),
        posters.address(poster),
        words,
        poster.made_at,
        "",
        posters.picture_address(poster),
    )
