"""Save staff members' searches, and list new titles that match, computed nightly."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from hub.catalogue.search.find import matching
from hub.core.retrying_transaction import atomic
from hub.outreach.engagement.feedback.deduplication import SubmissionRejected
from hub.outreach.portal.models import Arrival, StaffSearch
from hub.outreach.portal.opac.saved_searches import new_arrivals, normalise_search

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 30
"""Maximum number of searches per staff member."""


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
