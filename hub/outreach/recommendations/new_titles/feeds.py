"""Render a feed as RSS 2.0 or JSON Feed 1.1.

Source: RSS 2.0.1 (https://www.rssboard.org/rss-specification); JSON Feed 1.1
(https://www.jsonfeed.org/version/1.1/).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.feedgenerator import Rss201rev2Feed
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from hub.core.language import page_code, possible_text_languages

View = Callable[[HttpRequest, str], HttpResponse]


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """Entry of a feed. `url` is also its permanent id, `picture` the URL of a JPEG."""

    title: str
    url: str
    words: str
    time: datetime
    author: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """Feed. `home` is the page that it describes, `url` its own address."""

    title: str
    home: str
    url: str
    language: str
    entries: Sequence[FeedEntry]


def view(view: View) -> View:
    """Set the language from the URL, and allow caches to keep the feed for an hour."""

    @require_safe
    @cache_control(public=True, max_age=3600)
    @wraps(view)
    def localised_view(request: HttpRequest, language: str) -> HttpResponse:
        if language not in possible_text_languages():
            raise Http404
        with translation.override(page_code(language)):
            return view(request, language)

    return localised_view


def rss(feed: Feed) -> HttpResponse:
    """Render the feed as RSS 2.0."""
    made = Rss201rev2Feed(
        title=feed.title,
        link=feed.home,
        description=feed.title,
        language=page_code(feed.language),
        feed_url=feed.url,
    )
    for each in feed.entries:
        made.add_item(
            title=each.title,
            link=each.url,
            description=each.words,
            author_name=each.author or None,
            pubdate=each.time,
            unique_id=each.url,
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


def json(feed: Feed) -> HttpResponse:
    """Render the feed as JSON Feed 1.1."""
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.url,
        "language": page_code(feed.language),
        "items": [_item(each) for each in feed.entries],
    }
    return JsonResponse(body, content_type="application/feed+json", json_dumps_params={"ensure_ascii": False})


def _item(each: FeedEntry) -> dict[str, object]:
    found: dict[str, object] = {
        "id": each.url,
        "url": each.url,
        "title": each.title,
        "content_text": each.words or each.title,
        "date_published": each.time.isoformat(),
        "authors": [{"name": each.author}] if each.author else [],
    }
    return {**found, "image": each.picture} if each.picture else found
