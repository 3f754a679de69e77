"""Manage courses and events (places, waiting list, attendance), and failed searches as topics."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from hub.core.public_url import public_url
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import Booking, Course, MissedSearch, Resource, Session
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, queue_message, withdraw_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.purposes import MessageKind

State = Booking.State
WEEKS = 12
"""Weeks for which a failed search counts as a topic."""
KEPT = 2 * WEEKS
"""Weeks for which failed searches are stored."""
FEWEST = 2
"""Searches without a result before staff see the words: a single one would be one person's business."""
NUMBER = re.compile(r"\d{6,}")
REMINDED_AT = time(10)
"""Time of the reminder on the day before; the patron's quiet hours may delay it."""


def coming(now: datetime, kind: Course.Kind = Course.Kind.COURSE) -> "QuerySet[Session]":
    """Return the sessions that have not ended, with counts of places and waiting list; the next first."""
    rows = Session.objects.filter(ends__gte=now, cancelled=False, course__kind=kind)
    return with_counts(rows).order_by("begins", "pk")


def with_counts(sessions: "QuerySet[Session]") -> "QuerySet[Session]":
    """Annotate each session with `taken` and `queued`."""
    return sessions.select_related("course", "branch").annotate(
        taken=Count("bookings", filter=~Q(bookings__state=State.QUEUED)),
        queued=Count("bookings", filter=Q(bookings__state=State.QUEUED)),
    )


@atomic
def book(session: Session, person: Person, at: datetime) -> Booking:
    """Book a place, or a position on the waiting list; an existing booking is kept.

    Raises:
        SubmissionRejected: If the session is cancelled or has begun.
    """
    session = _lock(session)
    if session.cancelled:
        raise SubmissionRejected(_("This date is cancelled. Choose another one."))
    if session.begins <= at:
        raise SubmissionRejected(_("This date has already started. Choose another date."))
    taken = session.bookings.exclude(state=State.QUEUED).count()
    state = State.BOOKED if taken < session.places else State.QUEUED
    booking, made = Booking.objects.get_or_create(session=session, person=person, defaults={"state": state, "at": at})
    if made:
        _notify(booking, "booked" if state == State.BOOKED else "waiting", at)
    return booking


@atomic
def give_back(booking: Booking, at: datetime) -> Booking | None:
    """Remove a booking; the first on the waiting list gets the place, is notified, and is returned."""
    session = _lock(booking.session)
    withdraw_message(MessageKind.BOOKING, _reminder(booking))
    had_place = booking.state == State.BOOKED
    Booking.objects.filter(pk=booking.pk).delete()
    if not had_place or session.cancelled or session.begins <= at:
        return None
    following: Booking | None = session.bookings.filter(state=State.QUEUED).select_related("person").first()
    if following is not None:
        following.state = State.BOOKED
        following.save(update_fields=("state",))
        _notify(following, "booked", at)
    return following


@atomic
def cancel(session: Session, at: datetime) -> int:
    """Cancel the date and notify everyone with a place or on the waiting list; return how many."""
    session = _lock(session)
    if session.cancelled:
        return 0
    session.cancelled = True
    session.save(update_fields=("cancelled",))
    bookings = list(session.bookings.select_related("person"))
    for booking in bookings:
        withdraw_message(MessageKind.BOOKING, _reminder(booking))
        _notify(booking, "cancelled", at)
    return len(bookings)


def remind(now: datetime) -> int:
    """Remind everyone with a place in a session of tomorrow, once, in the daytime; return how many.

    A session that begins today is too late for a reminder.
    """
    zone = ZoneInfo(the_central().time_zone())
    today = now.astimezone(zone).date()
    first, last = (datetime.combine(today + timedelta(days=days), time(), zone) for days in (1, 2))
    at = max(now, datetime.combine(today, REMINDED_AT, zone))
    held = Booking.objects.filter(state=State.BOOKED, session__cancelled=False)
    rows = held.filter(session__begins__gte=first, session__begins__lt=last)
    found = list(rows.select_related("person", "session__course", "session__branch"))
    for booking in found:
        queue_message(
            booking.person,
            MessageKind.BOOKING,
            _reminder(booking),
            _facts(booking, "tomorrow"),
            at=at,
            until=booking.session.begins,
        )
    return len(found)


def _reminder(booking: Booking) -> str:
    return f"course-{booking.pk}-reminder"


@atomic
def record_attendance(session: Session, came: Collection[int], at: datetime) -> None:
    """Record which bookings came; the counts remain when a patron's data are erased.

    Raises:
        SubmissionRejected: If the session has not begun.
    """
    session = _lock(session)
    if session.begins > at:
        raise SubmissionRejected(_("This date has not started. Record attendance after it starts."))
    places = session.bookings.exclude(state=State.QUEUED)
    places.filter(pk__in=came).update(state=State.CAME)
    places.exclude(pk__in=came).update(state=State.AWAY)
    session.came = places.filter(state=State.CAME).count()
    session.stayed_away = places.filter(state=State.AWAY).count()
    session.save(update_fields=("came", "stayed_away"))


def _notify(booking: Booking, status: str, at: datetime) -> None:
    key = f"course-{booking.pk}-{status}-{at:%Y%m%d%H%M%S}"
    queue_message(booking.person, MessageKind.BOOKING, key, _facts(booking, status), at=at, until=booking.session.ends)


def _facts(booking: Booking, status: str) -> dict[str, Fact]:
    session, course = booking.session, booking.session.course
    room = f", {session.room}" if session.room else ""
    branch = session.branch
    facts: dict[str, Fact] = {
        "event": {"zh": course.name, "en": course.name_en or course.name},
        "status": status,
        "when": session.begins.isoformat(),
        "place": {"zh": f"{branch.name}{room}", "en": f"{branch.name_en or branch.name}{room}"},
    }
    if course.kind == Course.Kind.EVENT:
        facts["link"] = public_url("portal:event", course.pk)
    return facts


def _lock(session: Session) -> Session:
    found: Session = (
        Session.objects.select_for_update(of=("self",)).select_related("course", "branch").get(pk=session.pk)
    )
    return found


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that found nothing, and how often in recent weeks."""

    words: str
    times: int


def count_failed_search(words: str, at: datetime, branch: str = "") -> None:
    """Count a search without a result by words, week and branch. Long numbers may be a card's: not stored."""
    plain = " ".join(unicodedata.normalize("NFKC", words).replace("\x00", "").casefold().split())[:100]
    if not plain or NUMBER.search(re.sub(r"[\s\-]", "", plain)):
        return
    day = day_of(at)
    _count(plain, day - timedelta(days=day.weekday()), branch)


@atomic
def _count(words: str, week: date, branch: str) -> None:
    counted_row, _new = MissedSearch.objects.get_or_create(words=words, week=week, branch=branch)
    MissedSearch.objects.filter(pk=counted_row.pk).update(times=F("times") + 1)


def topics(now: datetime) -> list[Topic]:
    """Return what patrons searched without a result, the most frequent first, without settled words."""
    since = day_of(now) - timedelta(weeks=WEEKS)
    rows = MissedSearch.objects.filter(week__gte=since, settled=False).values("words").annotate(all=Sum("times"))
    return [Topic(row["words"], row["all"]) for row in rows.filter(all__gte=FEWEST).order_by("-all", "words")[:50]]


@atomic
def settle(words: str) -> int:
    """Mark these words as dealt with; searched again in a later week they come back."""
    return int(MissedSearch.objects.filter(words=words, settled=False).update(settled=True))


@atomic
def lesson(words: str) -> Course:
    """Create a course on a topic; patrons see it once it has a date."""
    course: Course = Course.objects.create(name=words, topic=words)
    settle(words)
    return course


def forget_old(now: datetime) -> None:
    """Delete the failed searches that no longer count."""
    MissedSearch.objects.filter(week__lt=day_of(now) - timedelta(weeks=KEPT)).delete()


def resources() -> list[Resource]:
    """Return the online resources in the library's order, for phones and kiosks."""
    return list(Resource.objects.all())
