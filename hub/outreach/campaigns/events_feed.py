"""Publish posters and events as an RSS and a JSON feed."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.clock import hub_clock
from hub.outreach.campaigns import posters
from hub.outreach.campaigns.models import Poster
from hub.outreach.feedback.models import Session
from hub.outreach.library_system_registry import the_central
from hub.outreach.new_titles import feeds
from hub.outreach.new_titles.feeds import Entry, Feed
from hub.outreach.reminders.library_time import local_day, zone
from hub.staff import formatting


@feeds.view
def rss(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.rss(_feed("rss", language))


@feeds.view
def json(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.json(_feed("json", language))


def _feed(name: str, language: str) -> Feed:
    now = hub_clock().now()
    found = list(posters.shown(local_day(now, zone())))
    dates = posters.dates(found, now)
    return Feed(
        title=_("What is on at {library}").format(library=the_central().library(language)),
        home=_whole("events"),
        url=_whole(name, language),
        language=language,
        entries=[_entry(each, dates.get(each.event_id)) for each in found],
    )


def _entry(poster: Poster, date: Session | None) -> Entry:
    when = f"{formatting.when(date.begins)}, {date.branch}" if date else ""
    words = " · ".join(part for part in (when, poster.spoken("words")) if part)
    return Entry(
        poster.spoken("title"), posters.address(poster), words, poster.made_at, "", posters.picture_address(poster)
    )


def _whole(name: str, *args: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(f'campaigns:{name}', args=args)}"
