"""Which posters are shown where and when, and where each of them leads; draws none."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from hub.outreach.campaigns.image_encoding import Picture
from hub.outreach.campaigns.models import Poster
from hub.outreach.feedback import programs
from hub.outreach.feedback.models import Course, Session

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 12
"""On a kiosk's screen at a time: more is never seen to its end."""


def shown(today: date) -> QuerySet[Poster]:
    """Those of this day, the one that is soonest over first; without their pictures."""
    rows = Poster.objects.filter(first__lte=today, last__gte=today).defer("picture")
    return rows.exclude(event__shown=False).select_related("event").order_by("last", "pk")


def on_kiosks(branch: str, today: date) -> list[Poster]:
    """Those for the screens of this branch."""
    here = Q(branches=None) | Q(branches__code=branch)
    return list(shown(today).filter(here, on_kiosks=True).distinct()[:MOST])


def dates(posters: list[Poster], now: datetime) -> dict[int, Session]:
    """By event the next date of it that is not over, with how many places are taken."""
    events = [each.event_id for each in posters if each.event_id]
    rows = Session.objects.filter(course__in=events, ends__gte=now, cancelled=False)
    return {each.course_id: each for each in programs.counted(rows).order_by("-begins", "-pk")}


def address(poster: Poster) -> str:
    """Where its code leads: the page that is shared."""
    return event_address(poster.event_id) if poster.event_id else _whole("campaigns:poster", poster.pk)


def event_address(event: int) -> str:
    return _whole("campaigns:event", event)


def picture_address(poster: Poster) -> str:
    """Where anybody finds its picture; empty where it has none."""
    return f"{_whole('campaigns:picture', poster.pk)}?{poster.mark[:8]}" if poster.mark else ""


def _whole(name: str, number: int) -> str:
    return f"{settings.PUBLIC_URL.rstrip('/')}{reverse(name, args=(number,))}"


def hang(poster: Poster, picture: Picture | None) -> None:
    """Puts this picture on it, or takes the one away that it has."""
    poster.picture = picture.data if picture else None
    poster.mark = picture.mark if picture else ""
    poster.width, poster.height = (picture.width, picture.height) if picture else (0, 0)


def of_event(event: Course, now: datetime, today: date) -> Poster:
    """The event's poster: the one that it has, or one with its words, shown from today until its last date."""
    found = Poster.objects.filter(event=event).first()
    if found is not None:
        return found
    last = Session.objects.filter(course=event, cancelled=False).order_by("-begins").first()
    until = max(today, last.begins.date()) if last else today
    made: Poster = Poster.objects.create(
        event=event, title=event.name[:60], title_en=event.name_en[:90], words=event.words[:200],
        words_en=event.words_en[:300], first=today, last=until, made_at=now,
    )  # fmt: skip
    return made
