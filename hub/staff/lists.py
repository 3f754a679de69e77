"""Show the lists of loans and fees with their filters and buttons."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.catalogue.models import Branch
from hub.circulation import lookup
from hub.circulation.models import Fee, Loan, Patron
from hub.circulation.operations import loan_changes
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import report_refusal
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_success, staff_action, staff_page
from hub.staff import branch_scope
from hub.staff.branch_scope import Row
from hub.staff.rows import FeeRow, ListedPatron, LoanRow, masked_patron, masked_text
from lending.model import Block


@staff_page
def loans(request: HttpRequest) -> HttpResponse:
    """List loans by title or barcode: open, overdue, returned but not checked, or closed.

    `?patron=` shows one patron's loans, for which `access_reason` has asked for a reason. Only there does a
    closed loan show its patron.
    """
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "open")
    patron = _selected_patron(request)
    asked = _only_of(patron, _loans(show, words))
    if not words and patron is None:
        asked = branch_scope.narrow_to_branches(request, asked, "branch")
    asked, named = asked.select_related("patron", "item__title"), patron is not None
    if wants_csv(request):
        return _loans_csv(asked, named=named)
    found = paginate(request, asked)
    return page(request, "loans", "staff/loans.html", {
        "found": found, "rows": [LoanRow.from_loan(each, named=named) for each in found], "q": words, "show": show,
        "tabs": (("open", _("On loan")), ("late", _("Overdue")), ("handed_in", _("To check")), ("closed", _("Closed"))),
        "scope": None if patron else branch_scope.scope_heading(request),
        "patron": masked_patron(patron) if patron else None, "ref": patron.ref if patron else "",
        "people": _people(words),
    })  # fmt: skip


def _loans_csv(loans: "QuerySet[Loan]", *, named: bool) -> HttpResponse:
    """Return the loans as CSV, with patrons as the page shows them: masked, and not those of closed loans."""
    heading = (_("Title"), _("Barcode"), _("Branch"), _("Checked out"), _("Due"), _("State"), _("Patron"))
    rows = (
        (
            each.item.title.title,
            each.item.barcode,
            each.branch,
            timezone.localtime(each.checked_out_at).isoformat(" ", "minutes"),
            "" if each.reckoned else timezone.localtime(each.due).isoformat(" ", "minutes"),
            each.get_state_display(),
            masked_text(each.patron) if each.state in Loan.OPEN or (named and not each.nameless) else "",
        )
        for each in loans.select_related("branch").iterator()
    )
    return download("loans", heading, rows)


def _selected_patron(request: HttpRequest) -> Patron | None:
    ref = request.GET.get("patron", "")
    return get_object_or_404(Patron, ref=ref) if ref else None


def _only_of(patron: Patron | None, rows: "QuerySet[Row]") -> "QuerySet[Row]":
    return rows.filter(patron=patron) if patron else rows


def _people(words: str) -> list[tuple[ListedPatron, str]]:
    """Return the patrons who match the words, masked; each links to their rows, after the access reason."""
    found = lookup.patrons_searched(words)[: lookup.MOST] if words else ()
    return [(masked_patron(each), each.ref) for each in found]


def _loans(show: str, words: str) -> "QuerySet[Loan]":
    found = Loan.objects.all()
    if words:
        found = found.filter(lookup.has(("item__title__title",), words) | Q(item__barcode=words))
    match show:
        case "late":
            return found.filter(Loan.late(hub_clock().now())).order_by("due", "pk")
        case "handed_in":
            return found.filter(state=Loan.State.HANDED_IN).order_by("due", "pk")
        case "closed":
            return found.exclude(state__in=Loan.OPEN).order_by("-closed_at", "-pk")
        case _:
            return found.filter(state=Loan.State.ON_LOAN).order_by("due", "pk")


@staff_page
def fees(request: HttpRequest) -> HttpResponse:
    """List unpaid or settled fees, by type, branch of the item and days of the charge; `?patron=` as in `loans`."""
    show, words = request.GET.get("show", "owed"), request.GET.get("q", "").strip()
    patron, people = _selected_patron(request), _people(words)
    if len(people) == 1 and patron is None:
        return redirect(f"{request.path}?{urlencode({'show': show, 'patron': people[0][1]})}")
    chosen = FeeFilter.from_request(request)
    rows = chosen.narrow(_only_of(patron, Fee.objects.select_related("patron", "item__title")))
    if words and patron is None:
        rows = rows.none()
    if show == "settled":
        rows = rows.exclude(Fee.UNSETTLED).order_by("-settled_at", "-pk")
    else:
        rows = rows.filter(Fee.UNSETTLED).order_by("charged_at", "pk")
    if wants_csv(request):
        return _fees_csv(rows, named=patron is not None)
    found = paginate(request, rows)
    owed = rows.order_by().aggregate(sum=Sum(Fee.OWED))["sum"] if show != "settled" and found else None
    return page(request, "fees", "staff/fees.html", {
        "chosen": chosen, "filters": urlencode(chosen.query()), "kinds": Fee.Kind.choices,
        "branches": branches if len(branches := list(Branch.objects.order_by("code"))) > 1 else (),
        "all_owed": formatting.money(owed) if owed else "",
        "found": found, "rows": [FeeRow.from_fee(each, named=patron is not None) for each in found], "show": show,
        "q": words, "patron": masked_patron(patron) if patron else None, "ref": patron.ref if patron else "",
        "people": people,
        "tabs": (("owed", _("Owed")), ("settled", pgettext("fees", "Paid"))),
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class FeeFilter:
    """What narrows the list of fees; what is empty or None narrows nothing."""

    kind: str = ""
    branch: str = ""
    """Code of the branch of the fee's item."""
    first: date | None = None
    """First day on which the fee was charged."""
    last: date | None = None

    @staticmethod
    def from_request(request: HttpRequest) -> "FeeFilter":
        """Return the typed filter, without parts that cannot be read."""
        kind, branch = request.GET.get("kind", ""), request.GET.get("branch", "")
        return FeeFilter(
            kind if kind in Fee.Kind.values else "",
            branch if Branch.objects.filter(code=branch).exists() else "",
            _day(request.GET.get("from", "")),
            _day(request.GET.get("to", "")),
        )

    def query(self) -> dict[str, str]:
        """Return the filter as a query string's parts, for the links of the page."""
        days = {"from": self.first.isoformat() if self.first else "", "to": self.last.isoformat() if self.last else ""}
        parts = {"kind": self.kind, "branch": self.branch, **days}
        return {name: value for name, value in parts.items() if value}

    def narrow(self, fees: "QuerySet[Fee]") -> "QuerySet[Fee]":
        """Return the fees that pass the filter."""
        fees = fees.filter(kind=self.kind) if self.kind else fees
        fees = fees.filter(item__branch__code=self.branch) if self.branch else fees
        fees = fees.filter(charged_at__date__gte=self.first) if self.first else fees
        return fees.filter(charged_at__date__lte=self.last) if self.last else fees


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _fees_csv(fees: "QuerySet[Fee]", *, named: bool) -> HttpResponse:
    """Return the fees as CSV, with patrons as the page shows them: masked, and not those of settled fees."""
    heading = (
        _("Type"), _("Title"), _("Charged"), _("Amount"), pgettext("fees", "Paid"), _("Waived"), _("Owed"), _("Patron"),
    )  # fmt: skip
    rows = (
        (
            each.get_kind_display(),
            each.item.title.title if each.item else "",
            timezone.localtime(each.charged_at).date(),
            each.amount,
            each.paid,
            each.waived,
            each.owed,
            masked_text(each.patron) if named or each.owed else "",
        )
        for each in fees.iterator()
    )
    return download("fees", heading, rows)


@staff_page
def borrower(request: HttpRequest, pk: int) -> HttpResponse:
    """Redirect to the patron of a closed loan; `access_reason` has asked for a reason."""
    return redirect("staff:patron", get_object_or_404(Loan, pk=pk, nameless=False).patron_id)


@staff_action
def take_back(request: HttpRequest, act: UUID) -> HttpResponse:
    """Undo a loan or renewal that staff made."""
    undone = loan_changes.undo(by_staff(request), act)
    home = reverse("staff:loans")
    return (
        report_refusal(request, undone, home)
        if isinstance(undone, Block)
        else report_success(request, _("Undone"), home)
    )
