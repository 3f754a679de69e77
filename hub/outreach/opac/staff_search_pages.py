"""Serve the page of a staff member's own searches: new titles, saved searches and a form for another."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from hub.core.clock import hub_clock
from hub.outreach.feedback.deduplication import SubmissionRejected
from hub.outreach.opac import staff_searches
from hub.outreach.opac.models import LONGEST, StaffSearch
from hub.staff import formatting
from hub.staff.page import page
from hub.staff.staff_access import staff_only
from hub.staff.views.action_results import confirmed, failed

SHOWN = 100
HOME = "finding:staff_searches"


@require_GET
@staff_only
def searches(request: HttpRequest) -> HttpResponse:
    """Show the staff member's unseen matches and saved searches."""
    waiting = list(staff_searches.waiting(request.user)[:SHOWN])
    context = {
        "arrivals": [(each, formatting.when(each.at)) for each in waiting],
        "keys": " ".join(str(each.pk) for each in waiting),
        "rows": [(each, formatting.when(each.since)) for each in StaffSearch.objects.filter(user=request.user)],
        "typed": request.GET.get("q", "")[:LONGEST],
        "longest": LONGEST,
    }
    return page(request, "searches", "finding/searches.html", context)


@require_POST
@staff_only
def save(request: HttpRequest) -> HttpResponse:
    try:
        kept = staff_searches.save(request.user, request.POST.get("q", ""), hub_clock().now())
    except SubmissionRejected as wrong:
        return failed(request, str(wrong), reverse(HOME))
    words = _("From now on you are told on Today's list what comes in for “{search}”.").format(search=kept.words)
    return confirmed(request, words, reverse(HOME))


@require_POST
@staff_only
def end(request: HttpRequest, pk: int) -> HttpResponse:
    words = staff_searches.end(request.user, pk)
    if words is None:
        return failed(request, _("This search is not yours, or it is over."), reverse(HOME))
    return confirmed(request, _("No longer watched for: {search}").format(search=words), reverse(HOME))


@require_POST
@staff_only
def seen(request: HttpRequest) -> HttpResponse:
    """Mark the titles shown on the page as seen, not those that arrived since."""
    keys = [int(each) for each in request.POST.get("keys", "").split()[:SHOWN] if each.isdecimal() and len(each) < 18]
    count = staff_searches.see(request.user, keys)
    return confirmed(request, ngettext("{count} seen", "{count} seen", count).format(count=f"{count:,}"), reverse(HOME))
