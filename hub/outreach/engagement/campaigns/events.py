"""Show the staff pages of events, and publish posters and events as an RSS feed and a JSON feed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hub.catalogue.models import Branch
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_success, staff_action, staff_only, staff_page
from hub.core.signed_links import public_url
from hub.outreach.engagement.campaigns import posters
from hub.outreach.engagement.campaigns.models import Poster
from hub.outreach.engagement.feedback import programs
from hub.outreach.engagement.feedback.models import Course, Session
from hub.outreach.engagement.feedback.programs import EventForm, ProgramSessionRow
from hub.outreach.library_system.central import local_day, the_central, zone
from hub.outreach.recommendations.new_titles import feeds
from hub.outreach.recommendations.new_titles.feeds import Feed, FeedEntry

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
    """Edit a new or existing event in the library's languages, and show its dates."""
    found = get_object_or_404(Course, pk=pk, kind=EVENT) if pk else None
    form = EventForm(request.POST or None, instance=found or Course(kind=EVENT))
    if request.method == "POST" and form.is_valid():
        row = form.save()
        return report_success(request, _("Saved"), reverse("campaigns:edit_event", args=(row.pk,)))
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


@feeds.view
def rss(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.rss(_feed("rss", language))


@feeds.view
def json(request: HttpRequest, language: str) -> HttpResponse:
    return feeds.json(_feed("json", language))


def _feed(name: str, language: str) -> Feed:
    now = hub_clock().now()
    found = list(posters.posters_on(local_day(now, zone())))
    dates = posters.dates(found, now)
    return Feed(
        title=_("Events at {library}").format(library=the_central().library(language)),
        home=public_url("portal:events"),
        url=public_url(f"campaigns:{name}", language),
        language=language,
        entries=[_entry(each, dates.get(each.event_id)) for each in found],
    )


def _entry(poster: Poster, date: Session | None) -> FeedEntry:
    when = f"{formatting.date_and_time(date.begins)}, {date.branch}" if date else ""
    words = " · ".join(part for part in (when, str(poster.words)) if part)
    return FeedEntry(
        str(poster.title),
        posters.address(poster),
        words,
        poster.made_at,
        "",
        posters.picture_address(poster),
    )
