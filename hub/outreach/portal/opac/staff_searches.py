"""Save staff members' searches, list new titles that match, computed nightly, and serve the page of both."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.catalogue.search.index import matching
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.portal.models import LONGEST, Arrival, StaffSearch
from hub.outreach.portal.opac.saved_searches import new_arrivals, normalise_search

if TYPE_CHECKING:
    from django.db.models import QuerySet


MOST = 30
"""Maximum number of searches per staff member."""
SHOWN = 100
HOME = "opac:staff_searches"


@atomic
def save(user: Any, words: str, now: datetime) -> StaffSearch:
    """Save the search; an existing one stays unchanged.

    Raises:
        SubmissionRejected: The text is too short or the staff member has too many searches.
    """
    tidy = normalise_search(words)
    get_user_model().objects.select_for_update().get(pk=user.pk)
    if StaffSearch.objects.filter(user=user).exclude(words=tidy).count() >= MOST:
        raise SubmissionRejected(_("You have {count} searches. Remove one before you add another.").format(count=MOST))
    search: StaffSearch = StaffSearch.objects.get_or_create(user=user, words=tidy, defaults={"since": now})[0]
    return search


def end(user: Any, key: int) -> str | None:
    """Delete a search of the staff member with its matches; return its text, None if there is none."""
    found = StaffSearch.objects.filter(user=user, pk=key).first()
    if found is None:
        return None
    found.delete()
    return str(found.words)


def waiting(user: Any) -> QuerySet[Arrival]:
    """Return the staff member's unseen matches."""
    return Arrival.objects.filter(search__user=user, seen=False).select_related("search", "title")


def see(user: Any, keys: list[int]) -> int:
    """Mark these matches as seen; return how many were unseen."""
    return int(Arrival.objects.filter(pk__in=waiting(user).filter(pk__in=keys).values("pk")).update(seen=True))


def nightly(now: datetime) -> int:
    """Store new matches, each title once per staff member; return how many."""
    new = new_arrivals(now)
    if not new:
        return 0
    searches: dict[int, list[StaffSearch]] = defaultdict(list)
    for search in StaffSearch.objects.filter(user__is_active=True).order_by("user", "pk"):
        searches[search.user_id].append(search)
    return sum(_note(user, own, new, now) for user, own in searches.items())


@atomic
def _note(user: int, searches: list[StaffSearch], new: dict[int, datetime], now: datetime) -> int:
    get_user_model().objects.select_for_update().get(pk=user)
    there = {each.pk for each in StaffSearch.objects.filter(user=user)}
    known = set(Arrival.objects.filter(search__user=user, title__in=new).values_list("title_id", flat=True))
    rows: list[Arrival] = []
    for search in (each for each in searches if each.pk in there):
        found = sorted(matching(str(search.words), min(new)) & new.keys() - known)
        rows += [Arrival(search=search, title_id=each, at=now) for each in found if new[each] > search.since]
        known |= {each.title_id for each in rows}
    Arrival.objects.bulk_create(rows)
    return len(rows)


@staff_page
def searches_page(request: HttpRequest) -> HttpResponse:
    """Show the staff member's unseen matches and saved searches."""
    arrivals = list(waiting(request.user)[:SHOWN])
    context = {
        "arrivals": [(each, formatting.date_and_time(each.at)) for each in arrivals],
        "keys": " ".join(str(each.pk) for each in arrivals),
        "rows": [
            (each, formatting.date_and_time(each.since)) for each in StaffSearch.objects.filter(user=request.user)
        ],
        "typed": request.GET.get("q", "")[:LONGEST],
        "longest": LONGEST,
    }
    return page(request, "searches", "opac/searches.html", context)


@staff_action
def save_page(request: HttpRequest) -> HttpResponse:
    try:
        kept = save(request.user, request.POST.get("q", ""), hub_clock().now())
    except SubmissionRejected as wrong:
        return report_error(request, str(wrong), reverse(HOME))
    words = _("Saved. New titles for “{search}” appear on the Today page.").format(search=kept.words)
    return report_success(request, words, reverse(HOME))


@staff_action
def end_page(request: HttpRequest, pk: int) -> HttpResponse:
    words = end(request.user, pk)
    if words is None:
        return report_error(request, _("This search is not yours, or no longer exists."), reverse(HOME))
    return report_success(request, _("Search removed: {search}").format(search=words), reverse(HOME))


@staff_action
def seen_page(request: HttpRequest) -> HttpResponse:
    """Mark the titles shown on the page as seen, not those that arrived since."""
    keys = [int(each) for each in request.POST.get("keys", "").split()[:SHOWN] if each.isdecimal() and len(each) < 18]
    count = see(request.user, keys)
    return report_success(
        request,
        ngettext("{count} marked as seen", "{count} marked as seen", count).format(count=f"{count:,}"),
        reverse(HOME),
    )
