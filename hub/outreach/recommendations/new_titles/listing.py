"""List new titles for the public, newest first, also as an RSS feed and a JSON feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hub.catalogue.models import Title
from hub.core.clock import hub_clock
from hub.core.signed_links import public_url
from hub.core.texts import Texts
from hub.outreach.library_system.central import the_central
from hub.outreach.recommendations.new_titles import feeds
from hub.outreach.recommendations.new_titles.feeds import Feed, FeedEntry
from hub.outreach.recommendations.new_titles.models import Remark

DAYS = timedelta(days=60)
"""Time for which a title counts as new."""
MOST = 30
"""Maximum length of the public list."""


@dataclass(frozen=True, slots=True)
class New:
    """New title. `line` is the remark of staff."""

    title: int
    words: str
    author: str
    call_number: str
    added_at: datetime
    line: Texts
    url: str

    @property
    def named(self) -> str:
        """Title and author."""
        return f"{self.words} / {self.author}" if self.author else self.words


def public_arrivals(after: datetime, until: datetime) -> QuerySet[Title]:
    """Return titles added in this period, without those that staff left out."""
    return arrivals(after, until).exclude(remark__out=True)


def arrivals(after: datetime, until: datetime) -> QuerySet[Title]:
    """Return titles added in this period, with those that staff left out.

    Titles older than the recording of arrivals have no `added_at` and do not count as new.
    """
    return Title.objects.filter(added_at__gt=after, added_at__lte=until).order_by("-added_at", "-pk").defer("record")


def shelf(now: datetime) -> list[New]:
    """Return the titles of the public list."""
    return with_remarks(public_arrivals(now - DAYS, now)[:MOST])


def with_remarks(titles: Iterable[Title]) -> list[New]:
    """Add the remarks of staff to the titles."""
    rows = list(titles)
    remarks = {each.title_id: each for each in Remark.objects.filter(title__in=rows)}
    return [_new(each, remarks.get(each.pk) or Remark()) for each in rows]


def _new(title: Title, remark: Remark) -> New:
    words = f"{title.title}: {title.subtitle}" if title.subtitle else str(title.title)
    at = f"{public_url('portal:new')}#t{title.pk}"
    return New(title.pk, words, str(title.author), str(title.call_number), title.added_at, remark.words, at)


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
            FeedEntry(
                each.words,
                each.url,
                " · ".join(filter(None, (each.line.in_language(language), each.author, each.call_number))),
                each.added_at,
                each.author,
            )
            for each in shelf(hub_clock().now())
        ],
    )
