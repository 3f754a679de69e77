"""Look up a receipt by its code, without identifying a patron."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from hub.core.pages import formatting
from hub.outreach.library_system.central import Receipt, ReceiptAct, the_central
from hub.outreach.portal.portal_session import page, patrons_page
from hub.outreach.portal.rate_limit import give_back, take_attempt
from lending.transactions import as_receipt_code


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Transaction of a receipt, in words."""

    act: str
    tone: str
    fate: str
    note: str


@dataclass(frozen=True, slots=True)
class ReceiptVisit:
    """Visit on a receipt: its time, place and transactions."""

    time: str
    place: str
    rows: tuple[ReceiptRow, ...]


@require_safe
@patrons_page
def receipt(request: HttpRequest, code: str = "") -> HttpResponse:
    """Look up a receipt code. Unknown codes are rate-limited, so that codes cannot be guessed."""
    if not code and request.GET.get("code", "").strip():
        typed = as_receipt_code(request.GET["code"])
        if typed is not None:
            return redirect("portal:receipt_of", typed)
        return page(request, "receipt", {"fault": _("The code has 6 letters and digits. It is printed on the receipt."),
                                         "typed": request.GET["code"][:20]}, 422)  # fmt: skip
    if not code:
        return page(request, "receipt", {})
    known = as_receipt_code(code)
    attempt = take_attempt(request, "receipt")
    if attempt is None:
        return page(
            request, "receipt", {"fault": _("Too many attempts. Try again in 15 minutes, or ask at the desk.")}, 429
        )
    found = the_central().receipts(known) if known else []
    if found:
        give_back(attempt)
    written = f"{known[:3]} {known[3:]}" if known else code[:20]
    return page(
        request, "receipt", {"code": written, "visits": [_visit(each) for each in found]}, 200 if found else 404
    )


def _visit(found: Receipt) -> ReceiptVisit:
    return ReceiptVisit(formatting.date_and_time(found.at), found.place, tuple(_row(each) for each in found.acts))


def _row(act: ReceiptAct) -> ReceiptRow:
    names = {
        "checkout": pgettext("act", "Borrowed"),
        "renew": pgettext("act", "Renewed"),
        "checkin": pgettext("act", "Returned"),
    }
    tone, fate = {
        "done": ("done", _("Confirmed")),
        "refused": ("stop", _("Not completed: please ask at the desk")),
        "with_staff": ("look", _("Staff are checking it")),
        "settled": ("done", _("Resolved by staff")),
        "undone": ("look", _("Undone")),
        "being_checked": ("clock", _("Returned, being checked")),
    }[act.fate]
    note = _("due {day}").format(day=formatting.due(act.due)) if act.due and act.fate == "done" else ""
    return ReceiptRow(names.get(act.act, pgettext("act", "Other")), tone, fate, note)
