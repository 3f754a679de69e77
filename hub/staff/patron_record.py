"""Show one patron's record, a page for each tab, and let staff change what circulation knows of the patron."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages as flash
from django.db.models import QuerySet, TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from hub.audit import access_log
from hub.catalogue.models import Item, Title
from hub.catalogue.workplace import branch_of
from hub.circulation.models import (
    Card,
    CirculationEvent,
    Fee,
    FeeRule,
    Hold,
    Loan,
    Patron,
    PatronCategory,
    Payment,
    Waiver,
)
from hub.circulation.operations import accounts, fees, fines, loan_changes
from hub.circulation.operations.context import Actor, by_staff, lock_patron
from hub.circulation.refusals import report_refusal
from hub.core import rights
from hub.core.card_presence import by_card
from hub.core.clock import hub_clock
from hub.core.pages import formatting
from hub.core.pages.page import page, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.core.roles import Right
from hub.outreach.engagement.feedback import patron_panel as feedback
from hub.outreach.engagement.feedback import tickets
from hub.outreach.messaging import pages as messages
from hub.outreach.patrons.models import Note, Person
from hub.outreach.patrons.pages import record
from hub.outreach.patrons.registration import form_key
from hub.outreach.portal.opac import panel as searches
from hub.outreach.recommendations.new_titles import digest
from hub.outreach.recommendations.reading_profiles import patron_panel as reading
from hub.outreach.recommendations.reminders import forecasts, notices
from hub.staff.desk_entry import panel
from hub.staff.holds import form_days, hold_rows
from hub.staff.payments import change_text, is_payable, parse_amount, take_payment, wrong_amount
from hub.staff.rows import FeeRow, LoanRow
from lending.model import Block

Panel = Callable[[HttpRequest, str], "tuple[str, Mapping[str, object]] | None"]
"""Given the request and the patron's reference, return a template and its context, or None."""
PANELS: Mapping[str, tuple[tuple[Panel, Right], ...]] = {
    "overview": ((record.panel, Right.SERVE), (feedback.panel, Right.SERVE)),
    "loans": ((forecasts.panel, Right.SERVE),),
    "messages": ((tickets.panel, Right.ANSWER), (messages.panel, Right.SERVE), (digest.panel, Right.RECORD)),
    "reading": ((reading.panel, Right.RECORD), (searches.panel, Right.RECORD)),
    "notes": ((record.notes_panel, Right.SERVE),),
}
"""Panels of each tab, with the right that each needs: the desk has no need of reading history."""
UNDO_FOR = timedelta(minutes=15)
"""How long anybody at the desk may undo a charge or a payment."""
EVENTS = 50
PAYMENTS = 20
CORRECTION = "correction"
"""Key of the session under which the last correction of a record is kept for its Undo."""


@dataclass(frozen=True, slots=True)
class RecordTab:
    """A tab of the record, with the number of things behind it if that is worth showing."""

    words: str
    url: str
    is_current: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class HeaderFact:
    """A figure at the top of the record."""

    words: str
    value: str
    alarms: bool = False


def header(request: HttpRequest, patron: Patron, current: str) -> dict[str, object]:
    """Return the context of the record's head: name, standing, figures and tabs."""
    summary = panel(patron, branch_of(request))
    person = Person.objects.filter(ref=patron.ref).first()
    return {
        "patron": patron,
        "panel": summary,
        "figures": _figures(patron, summary.loans, summary.fees, owes=summary.owes),
        "tabs": _tabs(request, patron, person, current),
        "by_card": by_card(request, patron.ref),
        "person": person,
    }


def header_by_ref(request: HttpRequest, ref: str, current: str) -> Mapping[str, object]:
    """Return the context of the record's head for apps that know only the patron's reference; empty if unknown."""
    patron = Patron.objects.select_related("category").filter(ref=ref).first()
    return header(request, patron, current) if patron else {}


def _figures(patron: Patron, loans: str, owed: str, *, owes: bool) -> list[HeaderFact]:
    today = formatting.today()
    due = Loan.objects.filter(patron=patron, state=Loan.State.ON_LOAN, reckoned=False, due__date__lte=today).count()
    ready = Hold.objects.filter(patron=patron, state=Hold.State.READY).count()
    found = [
        HeaderFact(_("On loan"), loans),
        HeaderFact(_("Due by today"), str(due), alarms=due > 0),
        HeaderFact(_("Ready to collect"), str(ready)),
    ]
    if owes or formatting.library().charges:
        found.append(HeaderFact(_("Fees"), owed, alarms=owes))
    until = formatting.day(patron.expires) if patron.expires else _("no end")
    ended = patron.expires is not None and patron.expires < today
    return [*found, HeaderFact(_("Member until"), until, alarms=ended)]


def _tabs(request: HttpRequest, patron: Patron, person: Person | None, current: str) -> list[RecordTab]:
    may_maintain = rights.may(request.user, Right.RECORD)
    loans = Loan.objects.filter(patron=patron, state__in=Loan.OPEN).count()
    holds = Hold.objects.filter(patron=patron, state__in=Hold.OPEN).count()
    unsettled = Fee.objects.filter(Fee.UNSETTLED, patron=patron).count()
    entries: list[tuple[str, str, int | None]] = [
        ("overview", _("Overview"), None),
        ("loans", _("Loans"), loans),
        ("holds", _("Holds"), holds),
    ]
    if formatting.library().charges or Fee.objects.filter(patron=patron).exists():
        entries.append(("fees", _("Fees"), unsettled))
    found = [RecordTab(words, _tab_url(patron, name), name == current, count or None) for name, words, count in entries]
    if person is not None and may_maintain:
        url = reverse("patrons:record", args=(person.pk,))
        found.append(RecordTab(_("Contact and consent"), url, current == "contact"))
    found.append(RecordTab(_("Messages"), _tab_url(patron, "messages"), current == "messages"))
    if may_maintain:
        found.append(RecordTab(_("Reading"), _tab_url(patron, "reading"), current == "reading"))
    notes = Note.objects.filter(person=person).count() if person else 0
    found.append(RecordTab(_("Notes"), _tab_url(patron, "notes"), current == "notes", notes or None))
    found.append(RecordTab(pgettext("record", "History"), _tab_url(patron, "history"), current == "history"))
    return found


def _tab_url(patron: Patron, tab: str) -> str:
    return reverse("staff:patron" if tab == "overview" else f"staff:patron_{tab}", args=(patron.pk,))


def _render(request: HttpRequest, patron: Patron, tab: str, **context: object) -> HttpResponse:
    return page(request, "patrons", f"staff/patron_{tab}.html", {
        **header(request, patron, tab), "panels": _panels(request, patron.ref, tab), **context,
    })  # fmt: skip


def _panels(request: HttpRequest, ref: str, tab: str) -> list[str]:
    """Render the tab's panels that the user's role may see, in order."""
    found = (each(request, ref) for each, right in PANELS.get(tab, ()) if rights.may(request.user, right))
    return [render_to_string(template, dict(context), request) for template, context in filter(None, found)]


def _patron(pk: int) -> Patron:
    return get_object_or_404(Patron.objects.select_related("category"), pk=pk)


@staff_page
def overview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the patron's standing, membership, cards and next steps."""
    patron = _patron(pk)
    category = patron.category
    renewed = None
    if category.membership_months:
        start = max(patron.expires or formatting.today(), formatting.today())
        renewed = accounts.months_later(start, category.membership_months)
    return _render(
        request,
        patron,
        "overview",
        cards=patron.cards.order_by("pk"),
        categories=PatronCategory.objects.order_by("code"),
        renewed=formatting.day(renewed) if renewed else "",
        until=renewed.isoformat() if renewed else "",
        membership_fee=formatting.money(category.membership_fee)
        if category.membership_fee and formatting.library().charges
        else "",
    )


@staff_page
def loans(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the patron's open loans and the number of those returned."""
    patron = _patron(pk)
    found = Loan.objects.filter(patron=patron, state__in=Loan.OPEN).select_related(
        "patron__category", "item__title", "item__type", "rule__category", "rule__item_type"
    )
    branch = branch_of(request)
    return _render(
        request,
        patron,
        "loans",
        loans=[LoanRow.from_loan(each, renewed_at=branch) for each in found.order_by("due")],
        can_renew=found.filter(state=Loan.State.ON_LOAN).exists(),
        past=patron.past + Loan.objects.filter(patron=patron).exclude(state__in=Loan.OPEN).count(),
        past_note=_("titles kept for {days} days").format(days=formatting.library().named_days),
    )


@staff_page
def holds(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the patron's open holds."""
    patron = _patron(pk)
    found = Hold.objects.filter(patron=patron, state__in=Hold.OPEN).select_related(
        "patron", "title", "pickup", "item", "copy"
    )
    return _render(request, patron, "holds", holds=hold_rows(found), **form_days())


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """A payment, with what it was for."""

    pk: int
    time: str
    amount: str
    means: str
    staff: str
    purposes: tuple[str, ...]
    reversed: str


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A waiver, with the fee and the reason."""

    pk: int
    day: str
    amount: str
    fee: str
    reason: str
    staff: str


@staff_page
def patron_fees(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what the patron owes, and the payments and waivers."""
    return _render_fees(request, _patron(pk))


def _render_fees(request: HttpRequest, patron: Patron, typed: Mapping[str, str] | None = None) -> HttpResponse:
    """Render the page; after a rejected charge with what was typed."""
    fines.bring_up_to_date(patron, hub_clock().now())
    unsettled = list(Fee.objects.filter(Fee.UNSETTLED, patron=patron).select_related("patron", "item__title"))
    waivers = Waiver.objects.filter(fee__patron=patron).select_related("fee")[:PAYMENTS]
    person = Person.objects.filter(ref=patron.ref).first()
    return _render(
        request,
        patron,
        "fees",
        fees=[FeeRow.from_fee(each) for each in unsettled],
        # Of several fees the patron may pay one: staff enter the amount themselves then.
        proposed=f"{unsettled[0].owed:.2f}" if len(unsettled) == 1 else "",
        losses=notices.paid_losses(person) if person and rights.may_open(request.user, "reminders:end") else (),
        payments=[payment_row(each) for each in payments_of(patron)[:PAYMENTS]],
        waivers=[
            WaiverRow(
                each.pk,
                formatting.day(each.at),
                formatting.money(each.amount),
                each.fee.get_kind_display(),
                each.reason,
                each.staff,
            )
            for each in waivers
        ],
        kinds=Fee.Kind.choices,
        means=Payment.Means.choices,
        charges=formatting.library().charges,
        has_rules=FeeRule.objects.filter(kind__in=(Fee.Kind.LOST, Fee.Kind.DAMAGE)).exists(),
        typed=typed or {},
        form=uuid4(),
    )


def payments_of(patron: Patron) -> "QuerySet[Payment]":
    """Return the patron's payments with what each was for, newest first."""
    return Payment.objects.filter(patron=patron).prefetch_related("parts__fee__item__title")


def payment_row(payment: Payment) -> PaymentRow:
    """Build the row of a payment."""
    return PaymentRow(
        pk=payment.pk,
        time=formatting.date_and_time(payment.at),
        amount=formatting.money(payment.amount),
        means=payment.get_means_display(),
        staff=payment.staff,
        purposes=tuple(_purpose(each.fee) for each in payment.parts.all()),
        reversed=formatting.date_and_time(payment.reversed_at),
    )


def _purpose(fee: Fee) -> str:
    what = fee.get_kind_display()
    return _("{fee}: {title}").format(fee=what, title=fee.item.title) if fee.item else what


@staff_page
def panels_tab(request: HttpRequest, pk: int, tab: str) -> HttpResponse:
    """Show a tab that consists of panels of other apps: messages, reading or notes."""
    return _render(request, _patron(pk), tab)


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """An event of circulation about the patron, in words."""

    words: str
    detail: str
    author: str
    time: str


@staff_page
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what staff changed in the patron's record, and by whom; loans are on their own tab."""
    patron = _patron(pk)
    events = CirculationEvent.objects.filter(kind__in=EVENT_WORDS, data__patron=patron.ref).order_by("-id")[:EVENTS]
    about = {each.data["title"] for each in events if each.data.get("title")}
    titles = dict(Title.objects.filter(pk__in=about).values_list("pk", "title"))
    return _render(
        request,
        patron,
        "history",
        events=[_history_row(each, titles) for each in events],
        changes=record.changes_of(patron.ref),
        can_maintain=rights.may(request.user, Right.RECORD),
    )


EVENT_WORDS: Mapping[str, Callable[[], str]] = {
    "patron_registered": lambda: _("Registered"),
    "patron_corrected": lambda: _("Details corrected"),
    "membership_begun": lambda: _("Membership begun"),
    "membership_renewed": lambda: _("Membership renewed"),
    "patron_merged": lambda: _("Records merged"),
    "patron_status": lambda: _("Borrowing status"),
    "card_status": lambda: _("Card"),
    "hold_suspended": lambda: _("Hold suspended"),
    "hold_resumed": lambda: _("Hold resumed"),
    "hold_moved": lambda: _("Hold moved"),
    "hold_extended": lambda: _("Pickup day changed"),
    "hold_cancelled": lambda: _("Hold cancelled"),
    "hold_restored": lambda: _("Cancellation undone"),
    "fee_charged": lambda: _("Fee charged"),
    "fee_paid": lambda: _("Payment taken"),
    "payment_reversed": lambda: _("Payment reversed"),
    "fee_waived": lambda: _("Fee waived"),
    "waiver_revoked": lambda: _("Waiver revoked"),
}


def _history_row(event: CirculationEvent, titles: Mapping[int, str]) -> HistoryRow:
    data = event.data
    fields = {"name": _("name"), "category": _("patron category"), "expires": _("expiry date")}
    statuses = {**dict(Patron.Status.choices), **dict(Card.Status.choices)}
    detail = [
        formatting.money(Decimal(data["amount"])) if "amount" in data else "",
        str(dict(Fee.Kind.choices).get(data.get("cause", ""), "")),
        formatting.last4(data.get("card") or data.get("number") or ""),
        str(statuses.get(data.get("status", ""), "")),
        _(", ").join(str(fields.get(each, each)) for each in data.get("fields", "").split()),
        titles.get(data.get("title"), ""),
        formatting.day(date.fromisoformat(data["until"])) if "until" in data else "",
        _("place {place}").format(place=data["place"]) if "place" in data else "",
        data.get("why") or "",
    ]
    return HistoryRow(
        words=EVENT_WORDS[event.kind](),
        detail=" · ".join(filter(None, detail)),
        author=data.get("staff") or data.get("kiosk") or "",
        time=formatting.date_and_time(event.at),
    )


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
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the patron's name, category and expiry date."""
    patron, home = _patron(pk), reverse("staff:patron", args=(pk,))
    name = " ".join(request.POST.get("name", "").split())
    if not name or len(name) > 200 or not name.isprintable():
        return report_error(request, _("Enter the name as on the ID card, with at most 200 characters."), home)
    category = PatronCategory.objects.filter(code=request.POST.get("category", "")).first()
    if category is None:
        return report_error(request, _("Choose a patron category."), home)
    try:
        typed = request.POST.get("expires", "").strip()
        expires = date.fromisoformat(typed) if typed else None
    except ValueError:
        return report_error(request, _("Enter the expiry date as 2027-12-31, or leave it empty."), home)
    before = _correctable(patron)
    if not accounts.correct(by_staff(request), patron, {"name": name, "category": category, "expires": expires}):
        return report_success(request, _("Nothing was changed."), home)
    request.session[CORRECTION] = {
        "patron": pk, "before": before, "after": _correctable(patron), "at": hub_clock().now().timestamp(),
    }  # fmt: skip
    return report_success(request, _("Details saved."), home, reverse("staff:undo_correction", args=(pk,)))


def _correctable(patron: Patron) -> dict[str, str]:
    """Return what *Save* on the record changes, as the session stores it: an address would end up in logs."""
    expires = patron.expires.isoformat() if patron.expires else ""
    return {"name": patron.name, "category": patron.category.code, "expires": expires}


@atomic
def _restore_details(by: Actor, patron: Patron, kept: Mapping[str, Any]) -> bool:
    """Restore what the session kept of the record; False if it changed since, or if `UNDO_FOR` is over."""
    lock_patron(patron)
    before, since = kept["before"], by.now.timestamp() - kept["at"]
    category = PatronCategory.objects.filter(code=before["category"]).first()
    if category is None or kept["after"] != _correctable(patron) or since > UNDO_FOR.total_seconds():
        return False
    expires = date.fromisoformat(before["expires"]) if before["expires"] else None
    accounts.correct(by, patron, {"name": before["name"], "category": category, "expires": expires})
    return True


@staff_action
def undo_correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Restore the name, category and expiry date before this sign-in's last correction, unless they changed since."""
    patron, home = _patron(pk), reverse("staff:patron", args=(pk,))
    kept = request.session.get(CORRECTION, {})
    if kept.get("patron") != pk:
        words = _("This correction can no longer be undone. Correct the details on this page.")
        return report_error(request, words, home)
    del request.session[CORRECTION]
    if not _restore_details(by_staff(request), patron, kept):
        return report_error(request, _("Changed since. Nothing was undone. Correct the details on this page."), home)
    return report_success(request, _("Undone"), home)


@staff_action
def renew_membership(request: HttpRequest, pk: int) -> HttpResponse:
    """Renew the membership for the period of the patron's category, and charge its fee."""
    patron, home = _patron(pk), reverse("staff:patron", args=(pk,))
    if patron.category.membership_months is None:
        return report_error(request, _("Memberships of this category do not expire."), home)
    before = patron.expires
    try:
        until = date.fromisoformat(request.POST["until"]) if "until" in request.POST else None
    except ValueError:
        raise Http404(request.POST["until"]) from None
    fee = accounts.renew_membership(by_staff(request), patron, formatting.today(), until)
    words = _("Member until {day}.").format(day=formatting.day(patron.expires))
    if patron.expires == before:
        return report_success(request, words, home)
    if fee is not None:
        words = _("{words} Fee charged: {amount}").format(words=words, amount=formatting.money(fee.amount))
    undo = reverse("staff:undo_membership", args=(pk, before.isoformat() if before else "none", fee.pk if fee else 0))
    return report_success(request, words, reverse("staff:patron_fees", args=(pk,)) if fee else home, undo)


@staff_action
def undo_membership(request: HttpRequest, pk: int, before: str, fee: int) -> HttpResponse:
    """Restore the expiry date before a renewal, and waive its fee."""
    patron, home, by = _patron(pk), reverse("staff:patron", args=(pk,)), by_staff(request)
    try:
        expires = None if before == "none" else date.fromisoformat(before)
    except ValueError:
        raise Http404(before) from None
    charged = Fee.objects.filter(pk=fee, patron=patron, kind=Fee.Kind.MEMBERSHIP).first()
    if charged is not None and charged.paid:
        return report_error(request, _("The fee is paid already. First reverse its payment under Fees."), home)
    accounts.correct(by, patron, {"expires": expires})
    if charged is not None and charged.owed and charged.charged_at >= by.now - UNDO_FOR:
        fees.waive(by, charged, charged.amount, _("membership renewal undone"))
    return report_success(request, _("Undone"), home)


def _amount(text: str) -> Decimal | None:
    """Return an amount as staff type it, above 0 and with at most 2 decimals; None if it is none."""
    amount = parse_amount(text)
    return amount if amount is not None and is_payable(amount) else None


def _form(request: HttpRequest) -> UUID | None:
    """Return the id of the form, which charges, pays or waives once even if it is sent twice."""
    return form_key(request.POST.get("form", ""))


def _wrong_amount(request: HttpRequest, home: str) -> HttpResponse:
    return report_error(request, wrong_amount(), home)


@staff_action
def charge(request: HttpRequest, pk: int) -> HttpResponse:
    """Charge a fee by hand, for an item if its barcode is given."""
    patron, home = _patron(pk), reverse("staff:patron_fees", args=(pk,))
    amount, kind = _amount(request.POST.get("amount", "")), request.POST.get("kind", "")
    barcode, note = request.POST.get("item", "").strip(), " ".join(request.POST.get("note", "").split())[:200]
    if kind not in Fee.Kind.values:
        raise Http404(kind)
    item = Item.objects.filter(barcode=barcode).first()
    if barcode and item is None:
        return _reject_charge(
            request, patron, _("No item has the barcode {barcode}. Scan it again.").format(barcode=barcode)
        )
    if not request.POST.get("amount", "").strip() and kind in (Fee.Kind.LOST, Fee.Kind.DAMAGE):
        amount = fines.amount_by_rule(kind, patron, item) or None
    if amount is None:
        return _reject_charge(request, patron, wrong_amount())
    fee = fees.charge(by_staff(request), patron, kind, amount, item=item, note=note, form=_form(request))
    words = _("Charged: {kind}, {amount}").format(kind=fee.get_kind_display(), amount=formatting.money(fee.amount))
    return report_success(request, words, home, reverse("staff:undo_charge", args=(fee.pk,)))


def _reject_charge(request: HttpRequest, patron: Patron, words: str) -> HttpResponse:
    """Show the form again as it was typed; the guard of the tab asks for the reason if the record is not open."""
    if not access_log.was_opened(request, patron.ref):
        return report_error(request, words, reverse("staff:patron_fees", args=(patron.pk,)))
    flash.error(request, words)
    response = _render_fees(request, patron, request.POST)
    response.status_code = 422
    return response


@staff_action
def undo_charge(request: HttpRequest, pk: int) -> HttpResponse:
    """Waive a fee that was just charged by mistake."""
    fee = get_object_or_404(Fee.objects.select_related("patron"), pk=pk)
    home = reverse("staff:patron_fees", args=(fee.patron_id,))
    if fee.charged_at < hub_clock().now() - UNDO_FOR:
        return report_error(request, _("This fee is no longer new. Waive it instead."), home)
    if fees.waive(by_staff(request), fee, fee.amount, _("charged by mistake")) is None:
        return report_error(request, _("This fee is settled already."), home)
    return report_success(request, _("Undone"), home)


@staff_action
def pay(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a payment towards the patron's oldest fees, or towards the fee given by `fee`."""
    patron = get_object_or_404(Patron, pk=pk)
    home = reverse("staff:patron_fees", args=(pk,))
    amount, means = parse_amount(request.POST.get("amount", "")), request.POST.get("means", Payment.Means.CASH)
    if means not in Payment.Means.values:
        raise Http404(means)
    only = get_object_or_404(Fee, pk=request.POST["fee"], patron=patron) if request.POST.get("fee") else None
    payment = take_payment(by_staff(request), patron, amount, means, only=only, form=_form(request))
    if isinstance(payment, str):
        return report_error(request, payment, home)
    words = _("Payment taken: {amount}").format(amount=formatting.money(payment.amount))
    if amount is not None and (change := change_text(amount, payment)):
        words = _("{words}. {change}").format(words=words, change=change)
    return report_success(request, words, home, reverse("staff:reverse_payment", args=(payment.pk,)))


@staff_action
def reverse_payment(request: HttpRequest, pk: int) -> HttpResponse:
    """Reverse a payment that was entered by mistake: its fees are owed again."""
    payment = get_object_or_404(Payment.objects.select_related("patron"), pk=pk)
    home = reverse("staff:patron_fees", args=(payment.patron_id,))
    if payment.at < hub_clock().now() - UNDO_FOR and not rights.may(request.user, Right.DECIDE):
        return report_error(request, _("This payment is no longer new. Ask a librarian to reverse it."), home)
    if not fees.reverse_payment(by_staff(request), payment):
        return report_error(request, _("This payment was reversed already."), home)
    words = _("Payment reversed: {amount} is owed again.").format(amount=formatting.money(payment.amount))
    return report_success(request, words, home)


@staff_page
def payment_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the receipt of a payment, to print."""
    payment = get_object_or_404(
        Payment.objects.select_related("patron", "branch").prefetch_related("parts__fee__item__title"), pk=pk
    )
    lines = [(_purpose(each.fee), formatting.money(each.amount)) for each in payment.parts.all()]
    return page(request, "patrons", "staff/payment.html", {
        "payment": payment_row(payment), "lines": lines, "branch": payment.branch,
        "time": formatting.time_on_paper(payment.at),
        "patron": payment.patron, "number": formatting.last4(payment.patron.identifier),
    })  # fmt: skip


@staff_action
def waive(request: HttpRequest, pk: int) -> HttpResponse:
    """Waive a fee, wholly or in part, with a reason."""
    fee = get_object_or_404(Fee.objects.select_related("patron"), pk=pk)
    home = reverse("staff:patron_fees", args=(fee.patron_id,))
    amount = _amount(request.POST.get("amount", "") or str(fee.owed))
    reason = " ".join(request.POST.get("reason", "").split())[:200]
    if amount is None and fee.owed == 0:
        return report_error(request, _("This fee is settled already."), home)
    if amount is None:
        return _wrong_amount(request, home)
    if len(reason) < 3:
        return report_error(request, _("Enter a reason: auditors and colleagues read it."), home)
    waiver = fees.waive(by_staff(request), fee, amount, reason, _form(request))
    if waiver is None:
        return report_error(request, _("This fee is settled already."), home)
    words = _("Waived: {amount}").format(amount=formatting.money(waiver.amount))
    return report_success(request, words, home, reverse("staff:revoke_waiver", args=(waiver.pk,)))


@staff_action
def revoke_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a waiver: its amount is owed again."""
    waiver = get_object_or_404(Waiver.objects.select_related("fee__patron"), pk=pk)
    home = reverse("staff:patron_fees", args=(waiver.fee.patron_id,))
    fees.revoke_waiver(by_staff(request), waiver)
    words = _("{amount} is owed again.").format(amount=formatting.money(waiver.amount))
    return report_success(request, words, home)


@staff_action
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Renew the loan given by `loan`, or all of the patron's loans that can be renewed."""
    found = get_object_or_404(Patron, pk=pk)
    home = reverse("staff:patron_loans", args=(pk,))
    open_loans = Loan.objects.filter(patron=found, state=Loan.State.ON_LOAN).select_related("item").order_by("due")
    if "loan" in request.POST:
        loan = get_object_or_404(open_loans, pk=request.POST["loan"])
        act = uuid4()
        done = loan_changes.renew(by_staff(request, act), found, loan.item)
        if isinstance(done, Block):
            return report_refusal(request, done, home)
        words = _("Renewed until {day}").format(day=formatting.due(done.due or loan.due))
        return report_success(request, words, home, reverse("staff:take_back", args=(act,)))
    answers = [loan_changes.renew(by_staff(request, uuid4()), found, loan.item) for loan in open_loans]
    renewed = sum(1 for answer in answers if not isinstance(answer, Block))
    return report_success(request, _("{renewed} of {all} renewed").format(renewed=renewed, all=len(answers)), home)
