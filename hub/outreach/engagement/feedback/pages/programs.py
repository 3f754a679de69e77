"""Show the pages of courses (calendar, dates, bookings, topics to teach) and of the list of online resources."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.forms import ModelForm, URLField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_only, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.engagement.feedback.models import Booking, Course, Resource, Session
from hub.outreach.library_system.central import the_central
from hub.outreach.patrons.models import Person
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons

State = Booking.State
TONES = {State.BOOKED: "done", State.QUEUED: "clock", State.CAME: "done", State.AWAY: "look"}


@dataclass(frozen=True, slots=True)
class ProgramSessionRow:
    """A date in the calendar."""

    pk: int
    day: str
    hours: str
    course: str
    where: str
    taken: int
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
            where=", ".join(part for part in (str(each.branch), each.room) if part),
            taken=getattr(each, "taken", 0),
            places=each.places,
            queued=getattr(each, "queued", 0),
            cancelled=each.cancelled,
            came=each.came,
            stayed_away=each.stayed_away,
        )


class CourseForm(ModelForm):
    class Meta:
        model = Course
        fields = ("name", "name_en", "words", "words_en")


@staff_page
def courses(request: HttpRequest) -> HttpResponse:
    """Show the calendar: coming or past dates, the courses, and failed searches."""
    show, now = request.GET.get("show", "coming"), hub_clock().now()
    courses = Session.objects.filter(course__kind=Course.Kind.COURSE)
    over = programs.with_counts(courses.filter(ends__lt=now)).order_by("-begins", "-pk")[:50]
    sessions = over if show == "over" else programs.coming(now)
    topics = programs.topics(now)
    return page(request, "courses", "feedback/courses.html", {
        "show": show,
        "tabs": (
            ("coming", _("Upcoming")),
            ("over", _("Past")),
            ("courses", pgettext("tab", "Courses")),
            ("topics", f"{_('Searches with no results')} {len(topics)}" if topics else _("Searches with no results")),
        ),
        "rows": [ProgramSessionRow.from_session(each) for each in sessions] if show in ("coming", "over") else [],
        "courses": Course.objects.filter(kind=Course.Kind.COURSE).order_by("-pk") if show == "courses" else [],
        "topics": topics if show == "topics" else [],
        "weeks": programs.WEEKS,
    })  # fmt: skip


@staff_only
def course(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Show a course in both languages with its dates, or a new one."""
    found = get_object_or_404(Course, pk=pk, kind=Course.Kind.COURSE) if pk else None
    form = CourseForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        return report_success(request, _("Saved"), reverse("feedback:course", args=(kept.pk,)))
    sessions = programs.with_counts(Session.objects.filter(course=found)).order_by("-begins") if found else []
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
    who: MaskedPatron | None
    at: str
    state: str
    tone: str
    has_place: bool
    came: bool


@staff_page
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one date: who has a place, who waits, and who came."""
    found = get_object_or_404(programs.with_counts(Session.objects.all()), pk=pk)
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
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a place for the patron whose card is scanned."""
    home = reverse("feedback:session", args=(pk,))
    ref = the_central().by_card(request.POST.get("card", "").strip())
    if ref is None:
        return report_error(request, _("Unknown card. Scan it, or enter the patron number."), home)
    now = hub_clock().now()
    person, _new = Person.objects.get_or_create(ref=ref, defaults={"since": now})
    try:
        made = programs.book(get_object_or_404(Session, pk=pk), person, now)
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), home)
    words = _("The patron has a place") if made.state == State.BOOKED else _("Full: the patron is on the waiting list")
    return report_success(request, words, home)


@staff_action
def give_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a booking; the first patron on the waiting list gets the place."""
    found = get_object_or_404(Booking.objects.select_related("session"), pk=pk)
    following = programs.give_back(found, hub_clock().now())
    words = (
        _("Booking cancelled. The next patron on the list gets the place and is notified")
        if following
        else _("Booking cancelled")
    )
    return report_success(request, words, reverse("feedback:session", args=(found.session_id,)))


@staff_action
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the date; everyone on the list is notified."""
    told = programs.cancel(get_object_or_404(Session, pk=pk), hub_clock().now())
    words = ngettext("Cancelled; {count} patron will be notified", "Cancelled; {count} patrons will be notified", told)
    return report_success(request, words.format(count=told), reverse("feedback:session", args=(pk,)))


@staff_action
def record_attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Record who came."""
    came = [int(each) for each in request.POST.getlist("came") if each.isdecimal() and len(each) < 19]
    try:
        programs.record_attendance(get_object_or_404(Session, pk=pk), came, hub_clock().now())
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), reverse("feedback:session", args=(pk,)))
    return report_success(request, _("Attendance saved"), reverse("feedback:session", args=(pk,)))


@staff_action
def topic(request: HttpRequest) -> HttpResponse:
    """Make a course from a failed search, or set it aside."""
    words = request.POST.get("words", "")
    if words not in {each.words for each in programs.topics(hub_clock().now())}:
        return report_error(
            request, _("Already handled by someone else."), f"{reverse('feedback:courses')}?show=topics"
        )
    if request.POST.get("make"):
        return redirect("feedback:course", programs.lesson(words).pk)
    programs.settle(words)
    return report_success(request, _("Set aside"), f"{reverse('feedback:courses')}?show=topics")


class ResourceForm(ModelForm):
    url = URLField(label=gettext_lazy("web address"), max_length=500, assume_scheme="https")

    class Meta:
        model = Resource
        fields = ("name", "name_en", "url", "words", "words_en", "access")


@staff_page
def resources(request: HttpRequest) -> HttpResponse:
    """List them in the order that patrons see."""
    return page(request, "resources", "feedback/resources.html", {"rows": Resource.objects.all()})


@staff_only
def edit_resource(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing resource."""
    found = get_object_or_404(Resource, pk=pk) if pk else None
    form = ResourceForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        kept = form.save(commit=False)
        if found is None:
            kept.place = Resource.objects.count()
        kept.save()
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
