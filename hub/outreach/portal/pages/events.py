"""Show posters, events and courses on public pages, and let signed-in patrons book places."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import wraps

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from hub.catalogue.covers.drawn import ShownCover
from hub.catalogue.models import Floor, Title
from hub.catalogue.search.index import find
from hub.core.clock import hub_clock
from hub.core.language import page_language
from hub.core.pages import formatting
from hub.outreach.engagement.campaigns import dispatch, posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Course, Session
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.patrons.models import Person
from hub.outreach.portal import refusal_text
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import ShareCard, View, page, patrons_page, session_patron, signed_in, with_icon
from hub.outreach.portal.shelf import Places, ShelvedBook, event_places

EVENT = Course.Kind.EVENT
MOST_BOOKS = 6
"""Related books on the page of an event."""
ROOM = re.compile(r"(\d{1,2})F[ -]?(\S.*)")
"""A room as its door says it, such as `2F 201`: floor, and number or name."""
LONGEST_LINE = 75
"""Octets of a line of a calendar file; longer ones are folded."""


@dataclass(frozen=True, slots=True)
class DateLeaf:
    """A day: its weekday, number and month, in the active language."""

    weekday: str
    day: int
    month: str


def date_leaf(moment: datetime) -> DateLeaf:
    """Return the leaf of the day, in the active time zone."""
    day = timezone.localtime(moment).date()
    return DateLeaf(formatting.weekday(day), day.day, formatting.month(day))


@dataclass(frozen=True, slots=True)
class Date:
    """A date of an event; `booking` is the state of the patron's booking, or empty. `line` draws its places."""

    number: int
    leaf: DateLeaf
    time: str
    hours: str
    """The time without the day, for a page that shows the leaf of the day."""
    place: str
    floor: str
    """Floor of the room, if the room says it."""
    places: int
    booked: int
    booking: str
    queued: bool
    line: Places | None

    @property
    def free(self) -> int:
        return self.places - self.booked


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event in the list."""

    number: int
    name: str
    leaf: DateLeaf
    time: str
    place: str
    picture: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Session of a course. `booking` is the state of the patron's booking; empty if there is none."""

    number: int
    name: str
    leaf: DateLeaf
    about: str
    time: str
    place: str
    free: int
    booking: str
    queued: bool


def _public(view: View) -> View:
    """Decorate a portal page that search engines may index."""

    @wraps(view)
    def public_view(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = patrons_page(view)(request, *args, **kwargs)
        del response["X-Robots-Tag"]
        return response

    return public_view


@require_safe
@_public
def events(request: HttpRequest) -> HttpResponse:
    """List coming events, each once with its next date."""
    now, language = hub_clock().now(), page_language()
    first: dict[int, Session] = {}
    for each in programs.coming(now, EVENT).filter(begins__gt=now, course__shown=True):
        first.setdefault(each.course_id, each)
    pictures = {
        each.event_id: posters.picture_address(each) for each in Poster.objects.filter(event__in=first).defer("picture")
    }
    named = {name: reverse(f"campaigns:{name}", args=(language,)) for name in ("rss", "json")}
    return page(
        request, "events", {"here": "home", "rows": [_row(each, pictures) for each in first.values()], "feeds": named}
    )


def _row(session: Session, pictures: dict[int, str]) -> EventRow:
    event = session.course_id
    return EventRow(
        event,
        str(session.course),
        date_leaf(session.begins),
        formatting.hours(session.begins, session.ends),
        str(session.branch),
        pictures.get(event, ""),
    )


@require_safe
@_public
def event(request: HttpRequest, number: int) -> HttpResponse:
    """Show one event with its dates; the QR code of its poster leads here."""
    found = get_object_or_404(Course, pk=number, kind=EVENT, shown=True)
    person, now = session_patron(request, Scope.ALL), hub_clock().now()
    bookings = dict(Booking.objects.filter(person=person).values_list("session_id", "state")) if person else {}
    coming = programs.coming(now, EVENT).filter(begins__gt=now, course=found)
    dates = [_date(each, bookings.get(each.pk, "")) for each in coming]
    poster = Poster.objects.filter(event=found).defer("picture").first()
    about = " · ".join(part for part in (dates[0].time if dates else "", str(found.words)) if part)
    share = _share(str(found), about, posters.event_address(found.pk), poster)
    context = {
        "here": "home",
        "event": found,
        "dates": dates,
        "price": _price(found),
        "reading": _related_books(found.reading) if found.reading else [],
        "known": person is not None,
        "share": share,
        "pictured": _is_pictured(poster),
    }
    return page(request, "event", context)


def _price(event: Course) -> str:
    if event.price is None:
        return ""
    return refusal_text.amount(event.price) if event.price else _("Free of charge")


def _related_books(search: str) -> list[ShelvedBook]:
    """Return titles of this search that are on the shelf now."""
    found = find(search).titles
    here = the_central().on_shelf(list(found))
    shown = [each for each in found if each in here][:MOST_BOOKS]
    titles = Title.objects.defer("record").in_bulk(shown)
    return [ShelvedBook(ShownCover.for_title(titles[each]), each, str(titles[each])) for each in shown]


def _share(title: str, words: str, url: str, poster: Poster | None) -> ShareCard:
    card = ShareCard(title, words[:200], url)
    if poster is None or not _is_pictured(poster):
        return with_icon(card)
    return replace(card, picture=posters.picture_address(poster), width=poster.width, height=poster.height)


def _is_pictured(poster: Poster | None) -> bool:
    return poster is not None and bool(poster.mark)


def _place(session: Session) -> tuple[str, str]:
    """Return the branch and the room, and the floor as the library's plan names it, if the room says the floor."""
    marked, room, floor = ROOM.fullmatch(session.room), session.room, ""
    if marked:
        level, room = marked.groups()
        planned = Floor.objects.filter(branch=session.branch_id, position=int(level)).first()
        floor = str(planned) if planned else _("Floor {number}").format(number=level)
        room = _("room {number}").format(number=room) if room.isdecimal() else room
    return _(", ").join(filter(None, (str(session.branch), room))), floor


def _date(session: Session, booking: str) -> Date:
    taken = min(session.taken, session.places)
    first, last = timezone.localtime(session.begins), timezone.localtime(session.ends)
    place, floor = _place(session)
    return Date(
        number=session.pk,
        leaf=date_leaf(session.begins),
        time=formatting.hours(session.begins, session.ends),
        hours=_("{begin} to {end}").format(begin=f"{first:%H:%M}", end=f"{last:%H:%M}"),
        place=place,
        floor=floor,
        places=session.places,
        booked=taken,
        booking=str(Booking.State(booking).label) if booking else "",
        queued=booking == Booking.State.QUEUED,
        line=event_places(session.places, taken, free_next=not booking),
    )


@require_safe
@_public
def add_to_calendar(request: HttpRequest, number: int) -> HttpResponse:
    """Return a date of an event as a file that the phone's calendar opens."""
    coming = Session.objects.select_related("course", "branch").filter(cancelled=False)
    session = get_object_or_404(coming, pk=number, course__kind=EVENT, course__shown=True)
    text = calendar_file(session, posters.event_address(session.course_id), hub_clock().now())
    headers = {"Content-Disposition": f'attachment; filename="event-{number}.ics"'}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)


def calendar_file(session: Session, url: str, now: datetime) -> str:
    """Return the iCalendar text for a date, with the address of its page. Source: RFC 5545."""
    place = _(", ").join(filter(None, _place(session)))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Library kiosk//Events//EN",
        "BEGIN:VEVENT",
        f"UID:session-{session.pk}-{session.course_id}@library-kiosk",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(session.begins)}",
        f"DTEND:{_utc(session.ends)}",
        f"SUMMARY:{_escape(str(session.course))}",
        f"LOCATION:{_escape(place)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{_fold(each)}\r\n" for each in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def _fold(line: str) -> str:
    """Break a line before the octet limit, between characters."""
    rows, used = [""], 0
    for sign in line:
        size = len(sign.encode())
        if used + size > LONGEST_LINE:
            rows.append(" ")
            used = 1
        rows[-1] += sign
        used += size
    return "\r\n".join(rows)


def _book(request: HttpRequest, person: Person, number: int, kind: str, booked: str) -> Session:
    """Book a place on this date, or a position on its waiting list; `booked` says that the patron has the place."""
    session: Session = get_object_or_404(Session, pk=number, course__kind=kind, course__shown=True)
    try:
        booking = programs.book(session, person, hub_clock().now())
    except SubmissionRejected as wrong:
        messages.error(request, str(wrong))
    else:
        queued = booking.state == Booking.State.QUEUED
        messages.success(request, _("You are on the waiting list.") if queued else booked)
    return session


@require_POST
@signed_in(Scope.ALL)
def book_event(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Book a place on this date, or a position on its waiting list."""
    session = _book(request, person, number, EVENT, _("You have a place. See you then!"))
    return redirect("portal:event", session.course_id)


@require_POST
@signed_in(Scope.ALL)
def cancel_event(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Cancel the patron's booking of this date."""
    session = get_object_or_404(Session, pk=number, course__kind=EVENT)
    _cancel(request, person, number)
    return redirect("portal:event", session.course_id)


def _cancel(request: HttpRequest, person: Person, number: int) -> None:
    """Cancel the patron's booking of a date that has not begun; the first on the waiting list gets the place."""
    now = hub_clock().now()
    booking = Booking.objects.filter(session=number, person=person, session__begins__gt=now).first()
    if booking is not None:
        programs.give_back(booking, now)
        messages.success(request, _("Cancelled. Thank you for freeing the place for someone else."))


@require_safe
@_public
def poster(request: HttpRequest, number: int) -> HttpResponse:
    """Show the shared page of a poster without an event."""
    found = _get_begun_poster(number)
    if found.event_id:
        return redirect("portal:event", found.event_id)
    share = _share(str(found.title), str(found.words), posters.address(found), found)
    over = formatting.day(found.last) if found.has_ended(formatting.today()) else ""
    return page(
        request,
        "poster",
        {
            "poster": found,
            "words": str(found.words),
            "share": share,
            "over": over,
            "pictured": _is_pictured(found),
        },
    )


@require_safe
@cache_control(public=True, max_age=86400)
def picture(request: HttpRequest, number: int) -> HttpResponse:
    """Serve the picture of a poster that has been shown; staff also see future ones."""
    found = get_object_or_404(Poster, pk=number) if request.user.is_staff else _get_begun_poster(number)
    if not found.picture:
        raise Http404
    response = HttpResponse(bytes(found.picture), content_type="image/jpeg")
    response["ETag"] = f'"{found.mark}"'
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _get_begun_poster(number: int) -> Poster:
    found: Poster = get_object_or_404(Poster.objects.select_related("event"), pk=number)
    if not found.has_begun(local_day(hub_clock().now(), zone())) or (found.event and not found.event.shown):
        raise Http404
    return found


@require_safe
@patrons_page
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Record that a campaign's link was opened, and redirect to its poster's page."""
    campaign = dispatch.record_opening(token, hub_clock().now())
    if campaign is None or campaign.poster is None:
        return redirect("portal:home")
    return redirect(posters.address(campaign.poster))


@require_safe
@patrons_page
def courses(request: HttpRequest) -> HttpResponse:
    """List the coming courses; a signed-in patron sees their bookings."""
    person, now = session_patron(request, Scope.ALL), hub_clock().now()
    booked = dict(Booking.objects.filter(person=person).values_list("session_id", "state")) if person else {}
    coming = programs.coming(now).filter(begins__gt=now, course__shown=True)
    rows = [_session_row(each, booked.get(each.pk, "")) for each in coming[:30]]
    return page(request, "courses", {"here": "home", "rows": rows, "known": person is not None})


@require_POST
@signed_in(Scope.ALL)
def book_course(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Book a place, or join the waiting list."""
    _book(request, person, number, Course.Kind.COURSE, _("You have a place."))
    return redirect("portal:courses")


@require_POST
@signed_in(Scope.ALL)
def cancel_course(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Cancel the patron's booking of a course that has not begun."""
    _cancel(request, person, number)
    return redirect("portal:courses")


def _session_row(session: Session, state: str) -> SessionRow:
    return SessionRow(
        number=session.pk,
        name=str(session.course),
        leaf=date_leaf(session.begins),
        about=str(session.course.words),
        time=formatting.hours(session.begins, session.ends),
        place=_(", ").join(filter(None, _place(session))),
        free=max(session.places - session.taken, 0),
        booking=Booking.State(state).label if state else "",
        queued=state == Booking.State.QUEUED,
    )
