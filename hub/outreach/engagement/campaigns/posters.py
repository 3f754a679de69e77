"""Select the posters of a day and branch, and build the URLs that they lead to."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from hub.core.public_url import public_url
from hub.outreach.engagement.campaigns.image_encoding import Picture
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Course, Session

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 12
"""Maximum number of posters on a kiosk at a time: further ones would not be seen."""


def posters_on(today: date) -> QuerySet[Poster]:
    """Return the posters of this day without their pictures, the earliest to end first."""
    rows = Poster.objects.filter(first__lte=today, last__gte=today).defer("picture")
    return rows.exclude(event__shown=False).select_related("event").order_by("last", "pk")


def on_kiosks(branch: str, today: date) -> list[Poster]:
    """Return the posters for the kiosks of this branch."""
    here = Q(branches=None) | Q(branches__code=branch)
    return list(posters_on(today).filter(here, on_kiosks=True).distinct()[:MOST])


def dates(posters: list[Poster], now: datetime) -> dict[int, Session]:
    """Return each event's next date that is not over, with its count of places taken."""
    events = [each.event_id for each in posters if each.event_id]
    rows = Session.objects.filter(course__in=events, ends__gte=now, cancelled=False)
    return {each.course_id: each for each in programs.with_counts(rows).order_by("-begins", "-pk")}


def address(poster: Poster) -> str:
    """Return the public page of the poster, to which its QR code leads."""
    return event_address(poster.event_id) if poster.event_id else public_url("portal:poster", poster.pk)


def event_address(event: int) -> str:
    """Return the public URL of an event's page."""
    return public_url("portal:event", event)


def picture_address(poster: Poster) -> str:
    """Return the public URL of its picture; empty without a picture."""
    return f"{public_url('portal:picture', poster.pk)}?{poster.mark[:8]}" if poster.mark else ""


def set_picture(poster: Poster, picture: Picture | None) -> None:
    """Set or remove the picture of a poster."""
    poster.picture = picture.data if picture else None
    poster.mark = picture.mark if picture else ""
    poster.width, poster.height = (picture.width, picture.height) if picture else (0, 0)


def of_event(event: Course, now: datetime, today: date) -> Poster:
    """Return the event's poster, creating one with its texts that is shown until its last date."""
    found = Poster.objects.filter(event=event).first()
    if found is not None:
        return found
    last = Session.objects.filter(course=event, cancelled=False).order_by("-begins").first()
    until = max(today, last.begins.date()) if last else today
    return Poster.objects.create(
        event=event, title=event.name[:60], title_en=event.name_en[:90], words=event.words[:200],
        words_en=event.words_en[:300], first=today, last=until, made_at=now,
    )  # fmt: skip
