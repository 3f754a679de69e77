"""Courses and events and who comes: places, a queue for them, attendance; and searches in vain as topics of lessons."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.core.retrying_transaction import atomic
from hub.outreach.delivery.enqueue import Fact, say, unsay
from hub.outreach.delivery.message_kinds import MessageKind
from hub.outreach.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.feedback.models import Booking, Course, MissedSearch, Resource, Session
from hub.outreach.library_system_registry import the_central
from hub.outreach.profiles.models import Person

State = Booking.State
WEEKS = 12
"""How long a search in vain is a topic."""
KEPT = 2 * WEEKS
"""Weeks for which it is counted."""
FEWEST = 2
"""Times that words were searched in vain before staff see them: what one person typed once is nobody's business."""
NUMBER = re.compile(r"\d{6,}")
REMINDED_AT = time(10)
"""When on the day before she is reminded; her quiet hours may make it later."""


def coming(now: datetime, kind: Course.Kind = Course.Kind.COURSE) -> "QuerySet[Session]":
    """The sessions that have not ended, with how many places are taken and how many wait; the next one first."""
    rows = Session.objects.filter(ends__gte=now, cancelled=False, course__kind=kind)
    return counted(rows).order_by("begins", "pk")


def counted(sessions: "QuerySet[Session]") -> "QuerySet[Session]":
    """Adds `taken` and `queued` to each session."""
    return sessions.select_related("course", "branch").annotate(
        taken=Count("bookings", filter=~Q(bookings__state=State.QUEUED)),
        queued=Count("bookings", filter=Q(bookings__state=State.QUEUED)),
    )


@atomic
def book(session: Session, person: Person, at: datetime) -> Booking:
    """Gives her a place, or one in the queue; whoever has one keeps it. Raises NotTaken."""
    session = _held(session)
    if session.cancelled:
        raise SubmissionRejected(_("This date is cancelled: choose another one."))
    if session.begins <= at:
        raise SubmissionRejected(_("It has begun: choose another date."))
    taken = session.bookings.exclude(state=State.QUEUED).count()
    state = State.BOOKED if taken < session.places else State.QUEUED
    booking, made = Booking.objects.get_or_create(session=session, person=person, defaults={"state": state, "at": at})
    if made:
        _tell(booking, "booked" if state == State.BOOKED else "waiting", at)
    found: Booking = booking
    return found


@atomic
def give_back(booking: Booking, at: datetime) -> Booking | None:
    """Takes her booking away; the first in the queue gets the place, is told, and is returned."""
    session = _held(booking.session)
    unsay(MessageKind.BOOKING, _reminder(booking))
    had_place = booking.state == State.BOOKED
    Booking.objects.filter(pk=booking.pk).delete()
    if not had_place or session.cancelled or session.begins <= at:
        return None
    following: Booking | None = session.bookings.filter(state=State.QUEUED).select_related("person").first()
    if following is not None:
        following.state = State.BOOKED
        following.save(update_fields=("state",))
        _tell(following, "booked", at)
    return following


@atomic
def cancel(session: Session, at: datetime) -> int:
    """Cancels the date and tells everybody who has a place or waits for one; tells how many they are."""
    session = _held(session)
    if session.cancelled:
        return 0
    session.cancelled = True
    session.save(update_fields=("cancelled",))
    bookings = list(session.bookings.select_related("person"))
    for booking in bookings:
        unsay(MessageKind.BOOKING, _reminder(booking))
        _tell(booking, "cancelled", at)
    return len(bookings)


def remind(now: datetime) -> int:
    """Tells whoever has a place in what is tomorrow, once, by day; tells how many. What begins today is too late."""
    zone = ZoneInfo(the_central().time_zone())
    today = now.astimezone(zone).date()
    first, last = (datetime.combine(today + timedelta(days=days), time(), zone) for days in (1, 2))
    at = max(now, datetime.combine(today, REMINDED_AT, zone))
    held = Booking.objects.filter(state=State.BOOKED, session__cancelled=False)
    rows = held.filter(session__begins__gte=first, session__begins__lt=last)
    found = list(rows.select_related("person", "session__course", "session__branch"))
    for booking in found:
        say(
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
def attended(session: Session, came: Collection[int], at: datetime) -> None:
    """Notes which bookings came, and the figures, which stay when a patron is forgotten. Raises NotTaken."""
    session = _held(session)
    if session.begins > at:
        raise SubmissionRejected(_("It has not begun yet: attendance is taken when it has."))
    places = session.bookings.exclude(state=State.QUEUED)
    places.filter(pk__in=came).update(state=State.CAME)
    places.exclude(pk__in=came).update(state=State.AWAY)
    session.came = places.filter(state=State.CAME).count()
    session.stayed_away = places.filter(state=State.AWAY).count()
    session.save(update_fields=("came", "stayed_away"))


def _tell(booking: Booking, status: str, at: datetime) -> None:
    key = f"course-{booking.pk}-{status}-{at:%Y%m%d%H%M%S}"
    say(booking.person, MessageKind.BOOKING, key, _facts(booking, status), at=at, until=booking.session.ends)


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
        facts["link"] = f"{settings.PUBLIC_URL.rstrip('/')}{reverse('campaigns:event', args=(course.pk,))}"
    return facts


def _held(session: Session) -> Session:
    found: Session = (
        Session.objects.select_for_update(of=("self",)).select_related("course", "branch").get(pk=session.pk)
    )
    return found


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that found nothing, and how often in the last weeks."""

    words: str
    times: int


def missed(words: str, at: datetime, branch: str = "") -> None:
    """Notes that a search found nothing: words, week, branch, and nobody. Long numbers may be a card's: not kept."""
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
    """What patrons searched in vain, the commonest first; what staff have dealt with is left out."""
    since = day_of(now) - timedelta(weeks=WEEKS)
    rows = MissedSearch.objects.filter(week__gte=since, settled=False).values("words").annotate(all=Sum("times"))
    return [Topic(row["words"], row["all"]) for row in rows.filter(all__gte=FEWEST).order_by("-all", "words")[:50]]


@atomic
def settle(words: str) -> int:
    """Staff have dealt with these words so far; searched anew in a later week they come back."""
    return int(MissedSearch.objects.filter(words=words, settled=False).update(settled=True))


@atomic
def lesson(words: str) -> Course:
    """Begins a course on a topic: it is shown to patrons when it has a date."""
    course: Course = Course.objects.create(name=words, topic=words)
    settle(words)
    return course


def forget_old(now: datetime) -> None:
    """Deletes searches in vain that are counted no more."""
    MissedSearch.objects.filter(week__lt=day_of(now) - timedelta(weeks=KEPT)).delete()


def resources() -> list[Resource]:
    """The databases and other online resources, in the library's order; for phones and kiosks."""
    return list(Resource.objects.all())
