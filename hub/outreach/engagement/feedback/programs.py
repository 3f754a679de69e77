"""Manage courses and events (places, waiting list, attendance), failed searches as topics, and online resources."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q, QuerySet, Sum
from django.forms import ModelForm, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.language import text_languages
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.signed_links import public_url
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected, day_of
from hub.outreach.engagement.feedback.models import Booking, Course, MissedSearch, Resource, Session
from hub.outreach.library_system.central import the_central
from hub.outreach.messaging.enqueue import Fact, queue_message, withdraw_message
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons
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
TONES = {State.BOOKED: "done", State.QUEUED: "clock", State.CAME: "done", State.AWAY: "look"}


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
    facts: dict[str, Fact] = {
        "event": course.name,
        "status": status,
        "when": session.begins.isoformat(),
        "place": place(session),
    }
    if course.kind == Course.Kind.EVENT:
        facts["link"] = public_url("portal:event", course.pk)
    return facts


def place(session: Session) -> dict[str, str]:
    """Return the branch and room by language."""
    room = f", {session.room}" if session.room else ""
    return {language: f"{name}{room}" for language, name in session.branch.names.items()}


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
    course: Course = Course.objects.create(name={text_languages()[0]: words}, topic=words)
    settle(words)
    return course


def forget_old(now: datetime) -> None:
    """Delete the failed searches that no longer count."""
    MissedSearch.objects.filter(week__lt=day_of(now) - timedelta(weeks=KEPT)).delete()


def resources() -> list[Resource]:
    """Return the online resources in the library's order, for phones and kiosks."""
    return list(Resource.objects.all())


@dataclass(frozen=True, slots=True)
class ProgramSessionRow:
    """A date in the calendar."""

    pk: int
    day: str
    hours: str
    course: str
    course_pk: int
    place: str
    booked: int
    places: int
    queued: int
    cancelled: bool
    came: int | None
    stayed_away: int | None

    @staticmethod
    def from_session(each: Session) -> "ProgramSessionRow":
        begins, ends = timezone.localtime(each.begins), timezone.localtime(each.ends)
        return ProgramSessionRow(
            pk=each.pk,
            day=formatting.day(each.begins),
            hours=f"{begins:%H:%M}–{ends:%H:%M}",
            course=str(each.course),
            course_pk=each.course_id,
            place=", ".join(part for part in (str(each.branch), each.room) if part),
            booked=getattr(each, "taken", 0),
            places=each.places,
            queued=getattr(each, "queued", 0),
            cancelled=each.cancelled,
            came=each.came,
            stayed_away=each.stayed_away,
        )


class CourseForm(ModelForm):
    class Meta:
        model = Course
        fields: tuple[str, ...] = ("name", "words")


class EventForm(CourseForm):
    class Meta(CourseForm.Meta):
        fields = (*CourseForm.Meta.fields, "audience", "price", "reading")


@staff_page
def courses(request: HttpRequest) -> HttpResponse:
    """Show the calendar: coming or past dates, the courses, and failed searches."""
    show, now = request.GET.get("show", "coming"), hub_clock().now()
    courses = Session.objects.filter(course__kind=Course.Kind.COURSE)
    over = with_counts(courses.filter(ends__lt=now)).order_by("-begins", "-pk")[:50]
    sessions = over if show == "over" else coming(now)
    wanted = topics(now)
    return page(request, "courses", "feedback/courses.html", {
        "show": show,
        "tabs": (
            ("coming", _("Upcoming")),
            ("over", _("Past")),
            ("courses", pgettext("tab", "Courses")),
            ("topics", f"{_('Searches with no results')} {len(wanted)}" if wanted else _("Searches with no results")),
        ),
        "rows": [ProgramSessionRow.from_session(each) for each in sessions] if show in ("coming", "over") else [],
        "courses": Course.objects.filter(kind=Course.Kind.COURSE).order_by("-pk") if show == "courses" else [],
        "topics": wanted if show == "topics" else [],
        "weeks": WEEKS,
    })  # fmt: skip


@staff_only
def course(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Show a course with its dates, or a new one."""
    found = get_object_or_404(Course, pk=pk, kind=Course.Kind.COURSE) if pk else None
    form = CourseForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        row = form.save()
        return report_success(request, _("Saved"), reverse("feedback:course", args=(row.pk,)))
    sessions = with_counts(Session.objects.filter(course=found)).order_by("-begins") if found else []
    context = {
        "course": found,
        "form": form,
        "rows": [ProgramSessionRow.from_session(each) for each in sessions],
        "branches": Branch.objects.all(),
    }
    return page(request, "courses", "feedback/course.html", context, 422 if form.errors else 200)


@staff_action
def add_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a date to the course."""
    found = get_object_or_404(Course, pk=pk)
    home = _home(found)
    try:
        begins, ends = (_moment(request.POST.get("day", ""), request.POST.get(name, "")) for name in ("begins", "ends"))
    except ValueError:
        return report_error(request, _("Choose the date and both times."), home)
    places = request.POST.get("places", "")
    if not places.isdecimal() or not 1 <= int(places[:5]) <= 999:
        return report_error(request, _("Enter 1 to 999 places."), home)
    if not hub_clock().now() < begins < ends:
        return report_error(request, _("The start must be in the future, and the end after the start."), home)
    branch = get_object_or_404(Branch, code=request.POST.get("branch", ""))
    room = request.POST.get("room", "").strip()[:100]
    made = Session.objects.create(course=found, branch=branch, room=room, begins=begins, ends=ends, places=int(places))
    return report_success(request, _("Scheduled: {day}").format(day=formatting.date_and_time(made.begins)), home)


def _home(course: Course) -> str:
    """Return the URL of the course or event."""
    return reverse("campaigns:edit_event" if course.kind == Course.Kind.EVENT else "feedback:course", args=(course.pk,))


def _moment(day: str, time: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(f"{day}T{time}"))


@dataclass(frozen=True, slots=True)
class BookingRow:
    pk: int
    patron: MaskedPatron | None
    time: str
    state: str
    tone: str
    has_place: bool
    came: bool


@staff_page
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one date: who has a place, who waits, and who came."""
    found = get_object_or_404(with_counts(Session.objects.all()), pk=pk)
    bookings = list(found.bookings.select_related("person"))
    people = masked_patrons(each.person for each in bookings)
    now = hub_clock().now()
    return page(request, f"{found.course.kind}s", "feedback/session.html", {
        "row": ProgramSessionRow.from_session(found),
        "home": _home(found.course),
        "begun": found.begins <= now,
        "bookings": [
            BookingRow(
                each.pk,
                people.get(each.person.ref),
                formatting.date_and_time(each.at),
                each.get_state_display(),
                TONES[State(each.state)],
                each.state != State.QUEUED,
                each.state == State.CAME or found.came is None,
            )
            for each in bookings
        ],
    })  # fmt: skip


@staff_action
def book_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a place for the patron whose card is scanned."""
    home = reverse("feedback:session", args=(pk,))
    ref = the_central().by_card(request.POST.get("card", "").strip())
    if ref is None:
        return report_error(request, _("Unknown card. Scan it, or enter the patron number."), home)
    now = hub_clock().now()
    person, _new = Person.objects.get_or_create(ref=ref, defaults={"since": now})
    try:
        made = book(get_object_or_404(Session, pk=pk), person, now)
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), home)
    words = _("The patron has a place") if made.state == State.BOOKED else _("Full: the patron is on the waiting list")
    return report_success(request, words, home)


@staff_action
def give_place_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a booking; the first patron on the waiting list gets the place."""
    found = get_object_or_404(Booking.objects.select_related("session"), pk=pk)
    following = give_back(found, hub_clock().now())
    words = (
        _("Booking cancelled. The next patron on the list gets the place and is notified")
        if following
        else _("Booking cancelled")
    )
    return report_success(request, words, reverse("feedback:session", args=(found.session_id,)))


@staff_action
def cancel_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the date; everyone on the list is notified."""
    notified_count = cancel(get_object_or_404(Session, pk=pk), hub_clock().now())
    words = ngettext(
        "Cancelled; {count} patron will be notified", "Cancelled; {count} patrons will be notified", notified_count
    )
    return report_success(request, words.format(count=notified_count), reverse("feedback:session", args=(pk,)))


@staff_action
def save_attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who came."""
    came = [int(each) for each in request.POST.getlist("came") if each.isdecimal() and len(each) < 19]
    try:
        record_attendance(get_object_or_404(Session, pk=pk), came, hub_clock().now())
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), reverse("feedback:session", args=(pk,)))
    return report_success(request, _("Attendance saved"), reverse("feedback:session", args=(pk,)))


@staff_action
def topic(request: HttpRequest) -> HttpResponse:
    """Make a course from a failed search, or set it aside."""
    words = request.POST.get("words", "")
    if words not in {each.words for each in topics(hub_clock().now())}:
        return report_error(
            request, _("Already handled by someone else."), f"{reverse('feedback:courses')}?show=topics"
        )
    if request.POST.get("make"):
        return redirect("feedback:course", lesson(words).pk)
    settle(words)
    return report_success(request, _("Set aside"), f"{reverse('feedback:courses')}?show=topics")


class ResourceForm(ModelForm):
    url = URLField(label=gettext_lazy("web address"), max_length=500, assume_scheme="https")

    class Meta:
        model = Resource
        fields = ("name", "url", "words", "access")


@staff_page
def resources_page(request: HttpRequest) -> HttpResponse:
    """List them in the order that patrons see."""
    return page(request, "resources", "feedback/resources.html", {"rows": Resource.objects.all()})


@staff_only
def edit_resource(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing resource."""
    found = get_object_or_404(Resource, pk=pk) if pk else None
    form = ResourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        row = form.save(commit=False)
        if found is None:
            row.place = Resource.objects.count()
        row.save()
        return report_success(request, _("Saved"), reverse("feedback:resources"))
    context = {"resource": found, "form": form}
    return page(request, "resources", "feedback/resource.html", context, 422 if form.errors else 200)


@staff_action
def move_resource_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Move it one place up."""
    _up(get_object_or_404(Resource, pk=pk))
    return report_success(request, _("Moved up"), reverse("feedback:resources"))


@atomic
def _up(resource: Resource) -> None:
    rows = list(Resource.objects.select_for_update())
    at = rows.index(resource)
    if at:
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    for place, row in enumerate(rows):
        Resource.objects.filter(pk=row.pk).exclude(place=place).update(place=place)


@staff_action
def remove_resource(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove it from the list; the undo restores it at its place."""
    found = get_object_or_404(Resource, pk=pk)
    values = {name: getattr(found, name) for name in ResourceForm.Meta.fields}
    request.session["removed_resource"] = values | {"place": found.place}
    found.delete()
    words = _("{name} removed").format(name=str(found))
    return report_success(request, words, reverse("feedback:resources"), reverse("feedback:put_back"))


@staff_action
def put_back_resource(request: HttpRequest) -> HttpResponse:
    """Restore the last one removed."""
    if removed := request.session.pop("removed_resource", None):
        Resource.objects.filter(place__gte=removed["place"]).update(place=F("place") + 1)
        Resource.objects.create(**removed)
    return report_success(request, _("Restored"), reverse("feedback:resources"))
