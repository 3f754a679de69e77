"""List courses to the public; let a signed-in patron book a place or cancel the booking."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Course, Session
from hub.outreach.patrons.models import Person
from hub.outreach.portal.date_leaf import DateLeaf, date_leaf
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, patrons_page, session_patron, signed_in


@dataclass(frozen=True, slots=True)
class SessionRow:
    """Session of a course. `mine` is the state of the patron's booking; empty if there is none."""

    number: int
    name: str
    leaf: DateLeaf
    about: str
    when: str
    place: str
    free: int
    mine: str
    queued: bool


@require_safe
@patrons_page
def courses(request: HttpRequest) -> HttpResponse:
    """List the coming courses; a signed-in patron sees their bookings."""
    person, now = session_patron(request, Scope.ALL), hub_clock().now()
    booked = dict(Booking.objects.filter(person=person).values_list("session_id", "state")) if person else {}
    coming = programs.coming(now).filter(begins__gt=now, course__shown=True)
    rows = [_row(each, booked.get(each.pk, "")) for each in coming[:30]]
    return page(request, "courses", {"here": "home", "rows": rows, "known": person is not None})


@require_POST
@signed_in(Scope.ALL)
def book(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Book a place, or join the waiting list."""
    courses = Session.objects.filter(course__kind=Course.Kind.COURSE, course__shown=True)
    session = courses.filter(pk=number).first()
    if session is None:
        raise Http404
    try:
        booking = programs.book(session, person, hub_clock().now())
    except SubmissionRejected as wrong:
        messages.error(request, str(wrong))
    else:
        queued = booking.state == Booking.State.QUEUED
        messages.success(request, _("You are on the waiting list.") if queued else _("You have a place."))
    return redirect("portal:courses")


@require_POST
@signed_in(Scope.ALL)
def give_back(request: HttpRequest, person: Person, number: int) -> HttpResponse:
    """Cancel a booking of a session that has not begun."""
    now = hub_clock().now()
    held = Booking.objects.filter(session=number, person=person, session__begins__gt=now)
    booking = held.select_related("session").first()
    if booking is not None:
        programs.give_back(booking, now)
    messages.success(request, _("Cancelled. Thank you for freeing the place for someone else."))
    return redirect("portal:courses")


def _row(session: Session, state: str) -> SessionRow:
    return SessionRow(
        number=session.pk,
        name=str(session.course),
        leaf=date_leaf(session.begins),
        about=session.course.description,
        when=formatting.hours(session.begins, session.ends),
        place=" · ".join(part for part in (str(session.branch), session.room) if part),
        free=max(session.places - session.taken, 0),
        mine=Booking.State(state).label if state else "",
        queued=state == Booking.State.QUEUED,
    )
