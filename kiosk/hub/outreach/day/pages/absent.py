"""The page of key patrons who have not borrowed for long; writes to nobody."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from kiosk.hub.clock import hub_clock
from kiosk.hub.outreach.day.models import Borrower
from kiosk.hub.outreach.day.rolling import FRESH
from kiosk.hub.outreach.habit.times import local_day, zone
from kiosk.hub.outreach.people.pages.shared import Whom, whom
from kiosk.hub.staff import shown
from kiosk.hub.staff.door import staff_only
from kiosk.hub.staff.page import kept, page, paged


@dataclass(frozen=True, slots=True)
class Row:
    person: int
    who: Whom | None
    last: str
    ago: str


def away(now: datetime) -> "QuerySet[Borrower]":
    """Key patrons without a loan for sixty days, whoever was away longest first."""
    before = local_day(now, zone()) - FRESH
    return Borrower.objects.filter(key=True, last_on__lte=before).select_related("person").order_by("last_on", "pk")


@require_GET
@staff_only
def absent(request: HttpRequest) -> HttpResponse:
    found = paged(request, away(hub_clock().now()))
    names = whom(each.person for each in found)
    rows = [_row(each, names.get(each.person.ref)) for each in found]
    return page(request, "absent", "day/absent.html", {
        "found": found, "rows": rows, "days": FRESH.days, "kept": kept(request)
    })  # fmt: skip


def _row(each: Borrower, who: Whom | None) -> Row:
    days = (shown.today() - each.last_on).days
    ago = ngettext("{count} day ago", "{count} days ago", days).format(count=f"{days:,}")
    return Row(each.person_id, who, shown.day(each.last_on), ago)
