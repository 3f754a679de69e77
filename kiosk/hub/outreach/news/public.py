"""The new titles for everybody: a page for phones, an RSS and a JSON feed; nothing of any patron."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import translation
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.asking import the_central
from kiosk.hub.outreach.news import shelf
from kiosk.hub.outreach.phone.door import page, patrons_page
from kiosk.hub.staff import shown

Feed = Callable[[HttpRequest, str], HttpResponse]
LANGUAGES = {"zh": "zh-hans", "en": "en"}


@require_safe
@patrons_page
def new(request: HttpRequest) -> HttpResponse:
    """The shelf, each title with an address of its own on the page."""
    language = "en" if (translation.get_language() or "").startswith("en") else "zh"
    rows = [(each, each.line[language], shown.day(each.added_at)) for each in shelf.shelf(hub_clock().now())]
    feeds = {name: reverse(f"news:{name}", args=(language,)) for name in ("rss", "json")}
    return page(request, "new", {"rows": rows, "feeds": feeds, "here": "new"})


def _feed(view: Feed) -> Feed:
    """A feed is in the language that its address names, and may be kept for an hour by whoever passes it on."""

    @require_safe
    @cache_control(public=True, max_age=3600)
    @wraps(view)
    def answered(request: HttpRequest, language: str) -> HttpResponse:
        with translation.override(LANGUAGES[language]):
            return view(request, language)

    return answered


@_feed
def rss(request: HttpRequest, language: str) -> HttpResponse:
    """RSS 2.0."""
    named = _named(language)
    feed = Rss201rev2Feed(
        title=named,
        link=shelf.home(),
        description=named,
        language=LANGUAGES[language],
        feed_url=_own("rss", language),
    )
    for each in shelf.shelf(hub_clock().now()):
        feed.add_item(
            title=each.words,
            link=each.url,
            description=_told(each, language),
            author_name=each.author or None,
            pubdate=each.added_at,
            unique_id=each.url,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type="application/rss+xml; charset=utf-8")


@_feed
def json(request: HttpRequest, language: str) -> HttpResponse:
    """JSON Feed 1.1."""
    items = [
        {
            "id": each.url,
            "url": each.url,
            "title": each.words,
            "content_text": _told(each, language) or each.named,
            "date_published": each.added_at.isoformat(),
            "authors": [{"name": each.author}] if each.author else [],
        }
        for each in shelf.shelf(hub_clock().now())
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _named(language),
        "home_page_url": shelf.home(),
        "feed_url": _own("json", language),
        "language": LANGUAGES[language],
        "items": items,
    }
    return JsonResponse(feed, content_type="application/feed+json", json_dumps_params={"ensure_ascii": False})


def _named(language: str) -> str:
    return _("New at {library}").format(library=the_central().library(language))


def _own(name: str, language: str) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(f'news:{name}', args=(language,))}"


def _told(each: shelf.New, language: str) -> str:
    """The line of staff, the author and where it stands, as far as there are any."""
    return " · ".join(part for part in (each.line[language], each.author, each.call_number) if part)
