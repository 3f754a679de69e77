"""Serve the page of a staff member's own searches: new titles, saved searches and a form for another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error, report_success
from hub.core.pages.page import page
from hub.core.pages.staff_access import staff_action, staff_page
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.portal.models import LONGEST, StaffSearch
from hub.outreach.portal.opac import staff_searches

SHOWN = 100
HOME = "opac:staff_searches"


@staff_page
def searches(request: HttpRequest) -> HttpResponse:
    """Show the staff member's unseen matches and saved searches."""
    waiting = list(staff_searches.waiting(request.user)[:SHOWN])
    context = {
        "arrivals": [(each, formatting.date_and_time(each.at)) for each in waiting],
        "keys": " ".join(str(each.pk) for each in waiting),
        "rows": [
            (each, formatting.date_and_time(each.since)) for each in StaffSearch.objects.filter(user=request.user)
        ],
        "typed": request.GET.get("q", "")[:LONGEST],
        "longest": LONGEST,
    }
    return page(request, "searches", "opac/searches.html", context)


@staff_action
def save(request: HttpRequest) -> HttpResponse:
    try:
        kept = staff_searches.save(request.user, request.POST.get("q", ""), hub_clock().now())
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), reverse(HOME))
    words = _("Saved. New titles for “{search}” appear on the Today page.").format(search=kept.words)
    return report_success(request, words, reverse(HOME))


@staff_action
def end(request: HttpRequest, pk: int) -> HttpResponse:
    words = staff_searches.end(request.user, pk)
    if words is None:
        return report_error(request, _("This search is not yours, or no longer exists."), reverse(HOME))
    return report_success(request, _("Search removed: {search}").format(search=words), reverse(HOME))


@staff_action
def mark_seen(request: HttpRequest) -> HttpResponse:
    """Mark the titles shown on the page as seen, not those that arrived since."""
    keys = [int(each) for each in request.POST.get("keys", "").split()[:SHOWN] if each.isdecimal() and len(each) < 18]
    count = staff_searches.see(request.user, keys)
    return report_success(
        request,
        ngettext("{count} marked as seen", "{count} marked as seen", count).format(count=f"{count:,}"),
        reverse(HOME),
    )
