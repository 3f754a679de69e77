"""List key patrons without a recent loan."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import batches, download, wants_csv
from hub.core.pages.page import page, paginate, staff_page
from hub.outreach.library_system.central import local_day, zone
from hub.outreach.patrons.pages.shared import MaskedPatron, masked_patrons, masked_text
from hub.outreach.statistics.counts import FRESH
from hub.outreach.statistics.models import Borrower


@dataclass(frozen=True, slots=True)
class LapsedPatronRow:
    person: int
    patron: MaskedPatron | None
    last: str
    ago: str


def away(now: datetime) -> "QuerySet[Borrower]":
    """Return key patrons without a loan for sixty days, the longest away first."""
    before = local_day(now, zone()) - FRESH
    return Borrower.objects.filter(key=True, last_on__lte=before).select_related("person").order_by("last_on", "pk")


@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    lapsed = away(hub_clock().now())
    if wants_csv(request):
        rows = ((masked_text(row.patron), row.last, row.ago) for some in batches(lapsed) for row in _rows(some))
        return download("key-patrons-away", (_("Patron"), _("Last loan"), pgettext("key patron", "Away")), rows)
    found = paginate(request, lapsed)
    return page(request, "lapsed_key_patrons", "statistics/absent.html", {
        "found": found, "rows": _rows(list(found)), "days": FRESH.days
    })  # fmt: skip


def _rows(found: list[Borrower]) -> list[LapsedPatronRow]:
    names = masked_patrons(each.person for each in found)
    return [_row(each, names.get(each.person.ref)) for each in found]


def _row(each: Borrower, patron: MaskedPatron | None) -> LapsedPatronRow:
    days = (formatting.today() - each.last_on).days
    ago = ngettext("{count} day ago", "{count} days ago", days).format(count=f"{days:,}")
    return LapsedPatronRow(each.person_id, patron, formatting.day(each.last_on), ago)
