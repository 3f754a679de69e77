"""Show the patron's unpaid fees and what each is for."""

from dataclasses import dataclass
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hub.core.pages import formatting
from hub.outreach.library_system.central import UnpaidFee, local_day, the_central, the_patron_pages, zone
from hub.outreach.patrons.models import Person
from hub.outreach.portal.models import Scope
from hub.outreach.portal.portal_session import page, signed_in


@dataclass(frozen=True, slots=True)
class FeeRow:
    """Fee on the page: what it is for, the item, the day and the amount left to pay."""

    words: str
    item: str
    day: str
    owed: str


@require_safe
@signed_in(Scope.LOANS)
def fees(request: HttpRequest, person: Person) -> HttpResponse:
    """List the fees; a library system that reports only their sum shows that."""
    total, system = the_central().account(person.ref).fees, the_patron_pages()
    rows = [_row(each) for each in system.unpaid_fees(person.ref)] if system else []
    return page(request, "fees", {"here": "loans", "total": amount(total) if total else "", "rows": rows})


def amount(owed: Decimal) -> str:
    """Format an amount in the library's currency; without a currency if the system does not name it."""
    system = the_patron_pages()
    return formatting.money(owed, system.currency()) if system else f"{owed:.2f}"


def _row(fee: UnpaidFee) -> FeeRow:
    words = {"overdue": _("Returned late"), "lost": _("Lost item"), "damage": _("Damage")}
    day = formatting.day(local_day(fee.charged_at, zone()))
    return FeeRow(words.get(fee.kind, _("Other fee")), fee.item, day, amount(fee.owed))
