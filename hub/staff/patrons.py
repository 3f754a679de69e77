"""Show the pages of patrons, and change their status, cards, loans and fees."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import uuid4

from django.db.models import Exists, F, OuterRef, QuerySet, TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from hub.catalogue.workplace import branch_of
from hub.circulation import lookup
from hub.circulation.domain_mapping import patrons_facts, the_policy
from hub.circulation.models import Card, Fee, Hold, Loan, Patron
from hub.circulation.operations import accounts, loan_changes
from hub.circulation.operations.context import by_staff
from hub.circulation.refusals import refusal, report_refusal, tone_of, valid
from hub.core import rights
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.core.roles import Right
from hub.outreach.engagement.feedback import patron_panel as voice
from hub.outreach.messaging import pages as messages
from hub.outreach.patrons.pages import record
from hub.outreach.portal.opac import panel as finding
from hub.outreach.recommendations.new_titles import digest as news
from hub.outreach.recommendations.reading_profiles import patron_panel as reading
from hub.outreach.recommendations.reminders import forecasts as habit
from hub.staff import receipts
from hub.staff.desk_entry import panel
from hub.staff.rows import FeeRow, HoldRow, ListedPatron, LoanRow, masked_patron
from lending import model, policy
from lending.model import Block
from lending.transactions import as_receipt_code

Panel = Callable[[HttpRequest, str], "tuple[str, Mapping[str, object]] | None"]
"""Given the request and the patron's reference, return a template and its context, or None."""

PANELS: tuple[tuple[Panel, Right], ...] = (
    (record.panel, Right.SERVE),
    (habit.panel, Right.SERVE),
    (reading.panel, Right.RECORD),
    (voice.panel, Right.SERVE),
    (news.panel, Right.RECORD),
    (finding.panel, Right.RECORD),
    (messages.panel, Right.SERVE),
)
"""Each panel with the right that it needs: the desk has no need of reading history."""


@dataclass(frozen=True, slots=True)
class PatronRow:
    """A patron as lists show them."""

    patron: ListedPatron
    category: str
    loans: int
    fees: str
    tone: str
    standing: str


@staff_page
def patrons(request: HttpRequest) -> HttpResponse:
    """List patrons, masked; a card number finds its patron, and a receipt code opens its visit."""
    words, show = request.GET.get("q", "").strip(), request.GET.get("show", "")
    code = as_receipt_code(words)
    if code and receipts.is_known(code):
        return redirect("staff:receipt", code)
    found = paginate(request, _filter_patrons(lookup.patrons_searched(words), show))
    return page(request, "patrons", "staff/patrons.html", {
        "found": found, "rows": _rows(found), "q": words, "show": show,
        "code": code, "receipt": lookup.format_receipt_code(code) if code else "",
    })  # fmt: skip


def _filter_patrons(found: "QuerySet[Patron]", show: str) -> "QuerySet[Patron]":
    match show:
        case "owing":
            return found.filter(Exists(Fee.objects.filter(patron=OuterRef("pk"), paid__lt=F("amount"))))
        case "blocked":
            return found.filter(status=Patron.Status.BLOCKED)
        case "provisional":
            return found.filter(status=Patron.Status.PROVISIONAL)
        case "expired":
            return found.filter(expires__lt=formatting.today())
        case _:
            return found


def _rows(found: Iterable[Patron]) -> list[PatronRow]:
    return [
        PatronRow(
            patron=masked_patron(each.patron),
            category=str(each.patron.category),
            loans=each.facts.on_loan,
            fees=formatting.money(each.facts.fees) if each.facts.fees else "",
            tone=each.tone,
            standing=each.words,
        )
        for each in status_of_patrons(found)
    ]


@staff_page
def patron(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one patron with their full name, cards, loans, holds and fees."""
    found = get_object_or_404(Patron.objects.select_related("category"), pk=pk)
    branch = branch_of(request)
    loans = Loan.objects.filter(patron=found, state__in=Loan.OPEN).select_related(
        "patron__category", "item__title", "item__type", "rule__category", "rule__item_type"
    )
    holds = Hold.objects.filter(patron=found, state__in=Hold.OPEN).select_related("patron", "title", "pickup", "item")
    fees = Fee.objects.filter(patron=found, paid__lt=F("amount")).select_related("patron", "item__title")
    past = found.past + Loan.objects.filter(patron=found).exclude(state__in=Loan.OPEN).count()
    return page(request, "patrons", "staff/patron.html", {
        "patron": found,
        "panel": panel(found, branch),
        "cards": found.cards.order_by("pk"),
        "loans": [LoanRow.from_loan(each, renewed_at=branch) for each in loans.order_by("due")],
        "holds": [HoldRow.from_hold(each) for each in holds],
        "fees": [FeeRow.from_fee(each) for each in fees],
        "past": past,
        "past_note": _("titles kept for {days} days").format(days=formatting.library().named_days),
        "panels": _panels(request, found.ref),
        "can_renew": loans.filter(state=Loan.State.ON_LOAN).exists(),
    })  # fmt: skip


@staff_page
def patron_of(request: HttpRequest, ref: str) -> HttpResponse:
    """Redirect to the patron with this reference, for apps that know only the reference."""
    return redirect("staff:patron", get_object_or_404(Patron, ref=ref).pk)


def _status_value(kind: type[TextChoices], status: str) -> str:
    if status not in kind.values:
        raise Http404(status)
    return status


@staff_action
def card(request: HttpRequest, pk: int, status: str) -> HttpResponse:
    """Mark a card as lost, blocked or active."""
    found = get_object_or_404(Card.objects.select_related("patron"), pk=pk)
    before = accounts.set_card(by_staff(request), found, _status_value(Card.Status, status))
    words = _("Card {last4}: {status}").format(last4=formatting.last4(found.last4), status=found.get_status_display())
    home = reverse("staff:patron", args=(found.patron_id,))
    return report_success(request, words, home, reverse("staff:card", args=(pk, before)))


@staff_action
def status(request: HttpRequest, pk: int, status: str) -> HttpResponse:
    """Block a patron with all their cards, or unblock them."""
    found = get_object_or_404(Patron, pk=pk)
    before = accounts.set_patron(by_staff(request), found, _status_value(Patron.Status, status))
    words = _("{name}: {status}").format(name=found.name, status=found.get_status_display())
    undo = reverse("staff:patron_status", args=(pk, before))
    return report_success(request, words, reverse("staff:patron", args=(pk,)), undo)


@staff_action
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a payment towards the patron's oldest fees."""
    found = get_object_or_404(Patron, pk=pk)
    home = reverse("staff:patron", args=(pk,))
    try:
        amount = Decimal(request.POST.get("amount", "").strip().replace(",", "."))
        exact = amount == round(amount, 2) and 0 < amount < 1_000_000
    except (InvalidOperation, ValueError):
        exact = False
    if not exact:
        return report_error(request, _("Enter an amount above 0, with at most 2 decimals."), home)
    change = accounts.take(by_staff(request), found, amount)
    words = _("Payment taken: {amount}").format(amount=formatting.money(amount - change))
    if change:
        words = _("{words}. Give change: {amount}").format(words=words, amount=formatting.money(change))
    return report_success(request, words, home)


@staff_action
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Renew the loan given by `loan`, or all of the patron's loans that can be renewed."""
    found = get_object_or_404(Patron, pk=pk)
    home = reverse("staff:patron", args=(pk,))
    loans = Loan.objects.filter(patron=found, state=Loan.State.ON_LOAN).select_related("item").order_by("due")
    if "loan" in request.POST:
        loan = get_object_or_404(loans, pk=request.POST["loan"])
        act = uuid4()
        done = loan_changes.renew(by_staff(request, act), found, loan.item)
        if isinstance(done, Block):
            return report_refusal(request, done, home)
        words = _("Renewed until {day}").format(day=formatting.due(done.due or loan.due))
        return report_success(request, words, home, reverse("staff:take_back", args=(act,)))
    answers = [loan_changes.renew(by_staff(request, uuid4()), found, loan.item) for loan in loans]
    renewed = sum(1 for answer in answers if not isinstance(answer, Block))
    return report_success(request, _("{renewed} of {all} renewed").format(renewed=renewed, all=len(answers)), home)


def _panels(request: HttpRequest, ref: str) -> list[str]:
    """Render the panels that the user's role may see, in order."""
    found = (panel(request, ref) for panel, right in PANELS if rights.may(request.user, right))
    return [render_to_string(template, dict(context), request) for template, context in filter(None, found)]


@dataclass(frozen=True, slots=True)
class PatronState:
    """A patron with their facts and their state mark."""

    patron: Patron
    facts: model.Patron
    tone: Tone
    words: str


def status_of_patrons(patrons: Iterable[Patron]) -> list[PatronState]:
    """Return the status of many patrons with a constant number of queries."""
    known = list(patrons)
    now = hub_clock().now()
    law = the_policy(now)
    found = []
    for patron, facts in zip(known, patrons_facts((each, None) for each in known), strict=True):
        block = policy.card_block(law, facts, now)
        tone, words = (tone_of(block), refusal(block).summary) if block else (Tone.DONE, valid(patron))
        found.append(PatronState(patron, facts, tone, words))
    return found
