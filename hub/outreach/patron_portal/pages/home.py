"""Serve the public start page and the look-up of a receipt by its code. Neither identifies a patron."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hub.outreach.central import Receipt, ReceiptAct
from hub.outreach.feedback import comments
from hub.outreach.library_system_registry import the_central
from hub.outreach.patron_portal import refusal_text
from hub.outreach.patron_portal.pages import feedback
from hub.outreach.patron_portal.portal_session import page, patrons_page
from hub.outreach.patron_portal.rate_limit import count_attempt, is_limited
from hub.staff import formatting
from lending.transactions import as_receipt_code


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Transaction of a receipt, in words."""

    act: str
    tone: str
    fate: str
    note: str


@dataclass(frozen=True, slots=True)
class Visit:
    """Visit on a receipt: its time, place and transactions."""

    when: str
    place: str
    rows: tuple[ReceiptRow, ...]


@require_safe
@patrons_page
def home(request: HttpRequest) -> HttpResponse:
    published = [feedback.both(each) for each in comments.published(1)]
    return page(request, "home", {"here": "home", "heard": published, "keeps_pins": the_central().keeps_pins()})


@require_safe
@patrons_page
def receipt(request: HttpRequest, code: str = "") -> HttpResponse:
    """Look up a receipt code. Unknown codes are rate-limited, so that codes cannot be guessed."""
    if not code and request.GET.get("code", "").strip():
        typed = as_receipt_code(request.GET["code"])
        if typed is not None:
            return redirect("phone:receipt_of", typed)
        return page(request, "receipt", {"fault": _("A code has six letters and digits, as on the receipt."),
                                         "typed": request.GET["code"][:20]}, 422)  # fmt: skip
    if not code:
        return page(request, "receipt", {})
    known = as_receipt_code(code)
    if is_limited(request, "receipt"):
        return page(
            request, "receipt", {"fault": _("That was often. Wait a quarter of an hour, or ask at the desk.")}, 429
        )
    found = the_central().receipts(known) if known else []
    if not found:
        count_attempt(request, "receipt")
    written = f"{known[:3]} {known[3:]}" if known else code[:20]
    return page(
        request, "receipt", {"code": written, "visits": [_visit(each) for each in found]}, 200 if found else 404
    )


def _visit(found: Receipt) -> Visit:
    return Visit(formatting.when(found.at), found.place, tuple(_row(each) for each in found.acts))


def _row(act: ReceiptAct) -> ReceiptRow:
    names = {
        "checkout": pgettext("act", "Borrowed"),
        "renew": pgettext("act", "Renewed"),
        "checkin": pgettext("act", "Returned"),
    }
    tone, fate = {
        "done": ("done", _("Confirmed")),
        "refused": ("stop", _("Refused: please ask at the desk")),
        "with_staff": ("look", _("Staff are looking at it")),
        "settled": ("done", _("Settled by staff")),
        "undone": ("look", _("Taken back")),
        "being_checked": ("clock", _("Handed in, being checked")),
    }[act.fate]
    note = _("due {day}").format(day=refusal_text.due(act.due)) if act.due and act.fate == "done" else ""
    return ReceiptRow(names.get(act.act, pgettext("act", "Other")), tone, fate, note)
