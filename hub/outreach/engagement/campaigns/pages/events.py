"""Show the pages of events: the list, and an event in both languages with dates and poster."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_only, staff_page
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.engagement.feedback.pages.programs import CourseForm, ProgramSessionRow

EVENT = Course.Kind.EVENT


@staff_page
def events(request: HttpRequest) -> HttpResponse:
    """List coming or past dates, and events without a date, which patrons do not see yet."""
    now, over = hub_clock().now(), request.GET.get("show") == "over"
    past = Session.objects.filter(ends__lt=now, course__kind=EVENT)
    sessions = programs.with_counts(past).order_by("-begins", "-pk")[:50] if over else programs.coming(now, EVENT)
    return page(request, "events", "campaigns/events.html", {
        "show": "over" if over else "coming",
        "tabs": (("coming", _("Upcoming")), ("over", _("Ended"))),
        "rows": [ProgramSessionRow.from_session(each) for each in sessions],
        "undated": [] if over else Course.objects.filter(kind=EVENT, sessions=None),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def event(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Edit a new or existing event in both languages, and show its dates."""
    found = get_object_or_404(Course, pk=pk, kind=EVENT) if pk else None
    form = CourseForm(request.POST or None, instance=found or Course(kind=EVENT))
    if request.method == "POST" and form.is_valid():
        kept = form.save()
        return report_success(request, _("Saved"), reverse("campaigns:edit_event", args=(kept.pk,)))
    sessions = programs.with_counts(Session.objects.filter(course=found)).order_by("begins") if found else []
    context = {
        "event": found,
        "form": form,
        "rows": [ProgramSessionRow.from_session(each) for each in sessions],
        "branches": Branch.objects.all(),
        "poster": Poster.objects.filter(event=found).defer("picture").first() if found else None,
        "address": posters.event_address(found.pk) if found else "",
    }
    return page(request, "events", "campaigns/event.html", context, 422 if form.errors else 200)


@staff_action
def poster(request: HttpRequest, pk: int) -> HttpResponse:
    """Create the event's poster from its texts, and open it."""
    found = get_object_or_404(Course, pk=pk, kind=EVENT)
    return redirect("campaigns:edit_poster", posters.of_event(found, hub_clock().now(), formatting.today()).pk)
