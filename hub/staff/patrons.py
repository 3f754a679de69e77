"""List patrons with their status."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.circulation import lookup
from hub.circulation.domain_mapping import patrons_facts, the_policy
from hub.circulation.models import Fee, Patron
from hub.circulation.refusals import refusal, tone_of, valid
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.formatting import Tone
from hub.core.pages.page import page, paginate, staff_page
from hub.staff import receipts
from hub.staff.rows import ListedPatron, masked_patron
from lending import model, policy
from lending.transactions import as_receipt_code


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
    asked = _filter_patrons(lookup.patrons_searched(words), show)
    if wants_csv(request):
        return _patrons_csv(asked)
    found = paginate(request, asked)
    return page(request, "patrons", "staff/patrons.html", {
        "found": found, "rows": _rows(found), "q": words, "show": show,
        "code": code, "receipt": lookup.format_receipt_code(code) if code else "",
    })  # fmt: skip


def _patrons_csv(patrons: "QuerySet[Patron]") -> HttpResponse:
    """Return the patrons as CSV, masked as on the page: a list of names would leave no trace in the access log."""
    heading = (_("Patron"), _("Category"), _("Status"), _("Member until"))
    rows = (
        (f"{masked.name} {masked.last4}", each.category, each.get_status_display(), each.expires)
        for each in patrons.select_related("category").iterator()
        for masked in (masked_patron(each),)
    )
    return download("patrons", heading, rows)


def _filter_patrons(found: "QuerySet[Patron]", show: str) -> "QuerySet[Patron]":
    match show:
        case "owing":
            return found.filter(Exists(Fee.objects.filter(Fee.UNSETTLED, patron=OuterRef("pk"))))
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
