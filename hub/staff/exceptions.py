"""Show the exception desk, transactions promised and not done or done without notice, and apply the fixes."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from hub.catalogue import book_rows
from hub.catalogue.book_rows import BookRow
from hub.catalogue.models import Item
from hub.circulation import lookup, refusals
from hub.circulation.intake import lost_rows
from hub.circulation.intake.apply_transaction import UploadContext, by_kiosk, card_by, item_by
from hub.circulation.intake.encrypted_rows import BACK, CAME, NO_KEY, UNOPENED, can_read, declare_lost, read_row
from hub.circulation.intake.exceptions import (
    DUPLICATE_NUMBERS,
    act_of,
    apply_again,
    is_external,
    promise_facts,
    report_of,
    resolve,
)
from hub.circulation.models import ExceptionCase, Loan, Patron, Transaction
from hub.circulation.operations import external_ils, loan_changes
from hub.circulation.operations.context import Actor, OperationResult, append_event, by_staff
from hub.circulation.refusals import reason_text, report_refusal
from hub.core.pages import formatting
from hub.core.pages.csv_download import download, wants_csv
from hub.core.pages.page import page, paginate, report_error, report_success, staff_action, staff_page
from hub.core.retrying_transaction import atomic
from hub.fleet.models import KioskStatus
from hub.staff import branch_scope
from hub.staff.rows import ListedPatron, masked_patron, masked_text, transaction_time_text
from lending import wire
from lending.model import Block, ItemId, Reason
from lending.responses import PatronResponse
from lending.sealing import SealBroken
from lending.transactions import Act, Checkin, Checkout, Renew, TagFinding, TagReport, Undo

KEYS = (NO_KEY, UNOPENED)
"""Kinds of cases whose row cannot be decrypted."""


@dataclass(frozen=True, slots=True)
class ExceptionSubject:
    """What an exception is about, as far as its transaction is readable and its card and item are known."""

    case: ExceptionCase
    act: Act | None = None
    patron: Patron | None = None
    item: Item | None = None
    time: datetime | None = None
    """When the transaction was made, for cases that carry the time themselves."""

    @property
    def barcode(self) -> str:
        """The item's barcode; empty if the transaction is unreadable."""
        return "" if self.act is None else str(getattr(self.act, "item", ""))

    @property
    def promised(self) -> datetime | None:
        """Return the due date that the kiosk showed, or None.

        A due date that was only estimated is left out. So is one equal to the time of the transaction: an external ILS
        that returned no due date leaves that time in its place.
        """
        due = self.act.due if isinstance(self.act, Checkout | Renew) and not self.act.reckoned else None
        return None if due == self.time else due

    @property
    def told_no(self) -> bool:
        """Return whether the patron was shown a refusal or no result.

        The patron then relies on nothing, so staff must not repeat the transaction without the patron's knowledge.
        """
        stored = self.case.transaction
        return stored is not None and not stored.no_block and not self.untold and not self.is_finding

    @property
    def untold(self) -> bool:
        """Return whether it was done, but the patron may not know."""
        return bool(self.case.kind == ExceptionCase.Kind.UNTOLD)

    @property
    def is_finding(self) -> bool:
        """Return whether it is about the tags of an item, with nothing to apply."""
        return bool(self.case.kind == ExceptionCase.Kind.TAG)

    @property
    def is_against_rules(self) -> bool:
        """Return whether it was done with the patron's knowledge, against the loan rules."""
        return bool(self.case.kind == ExceptionCase.Kind.AGAINST)

    @property
    def is_external(self) -> bool:
        """Return whether an external ILS keeps the loan: only there can anything be changed."""
        return is_external(self.case)

    @property
    def can_be_done(self) -> bool:
        """Whether staff may repeat the transaction."""
        if self.is_external or self.is_finding:
            return False
        return self.act is not None and not self.told_no and not self.untold and not self.is_against_rules

    @property
    def can_lend(self) -> bool:
        """Whether staff may check the item out to the patron of the transaction."""
        known = self.patron is not None and self.item is not None
        return self.can_be_done and isinstance(self.act, Checkout) and known

    @property
    def can_be_taken_back(self) -> bool:
        """Whether staff may undo the loan or renewal."""
        if self.is_against_rules:
            return isinstance(self.act, Renew)
        return not self.is_external and self.untold and isinstance(self.act, Checkout | Renew)

    @property
    def can_be_asked_back(self) -> bool:
        """Return whether the patron has the book: on loan already, or to be checked out to them now."""
        loan = self.loan
        return self.can_lend or (self.is_against_rules and loan is not None and loan.state == Loan.State.ON_LOAN)

    @property
    def can_be_written_off(self) -> bool:
        """Whether staff may write the item off."""
        return self.names_patron and (self.can_be_done or self.can_be_asked_back)

    @property
    def loan(self) -> Loan | None:
        """The loan that the transaction made or renewed."""
        made = Q(transaction=self.case.transaction_id) | Q(renewed__transaction=self.case.transaction_id)
        found: Loan | None = Loan.objects.filter(made).select_related("patron", "item").first()
        return found if self.case.transaction_id else None

    @property
    def names_patron(self) -> bool:
        """Whether the transaction contains its patron; a return does not."""
        return isinstance(self.act, Checkout | Renew)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as lists show it."""

    pk: int
    act: str
    reason: str
    told_no: bool
    untold: bool
    overruled: bool
    detail: str
    patron: ListedPatron | None
    book: BookRow | None
    barcode: str
    kiosk: str
    time: str
    resolved: str
    resolved_by: str
    resolution: str

    @staticmethod
    def from_subject(about: ExceptionSubject) -> "CaseRow":
        case = about.case
        return CaseRow(
            pk=case.pk,
            act=refusals.unread_act(case) if case.kind in KEYS and about.act is None else what_happened(about.act),
            reason=reason_text(case),
            told_no=about.told_no,
            untold=about.untold,
            overruled=about.is_against_rules,
            detail=case.detail,
            patron=masked_patron(about.patron) if about.patron else None,
            book=book_rows.book(about.item) if about.item else None,
            barcode=about.barcode,
            kiosk=str(case.kiosk or case.detail),
            time=transaction_time_text(case.transaction)
            if case.transaction
            else formatting.date_and_time(about.time or case.opened_at),
            resolved=formatting.date_and_time(case.resolved_at),
            resolved_by=case.resolved_by,
            resolution=_resolution(case.resolution),
        )


def _resolution(words: str) -> str:
    """Translate a resolution that circulation wrote; text from staff is unchanged."""
    own = {
        "done again": _("Processed again"),
        "undone by the patron": _("Undone by the patron"),
        "the rows came later": _("The rows arrived later"),
        lost_rows.TOLD: _("The kiosk sent what it still has"),
        lost_rows.NOT_CONFIRMED: _("Refused at the time, not confirmed to the patron"),
        BACK: _("Key restored"),
        CAME: _("Received again and read"),
    }
    return own.get(words, words)


@staff_page
def exceptions(request: HttpRequest) -> HttpResponse:
    """List the open cases, oldest first, or the resolved ones, newest first."""
    show = request.GET.get("show", "open")
    rows = ExceptionCase.objects.select_related("kiosk", "transaction__kiosk__branch")
    if show == "settled":
        rows = rows.filter(resolved_at__isnull=False).order_by("-resolved_at")
    else:
        rows = rows.filter(resolved_at=None)
    asked = branch_scope.narrow_to_branches(request, rows, "kiosk__branch")
    if wants_csv(request):
        return _exceptions_csv(asked)
    found = paginate(request, asked)
    return page(request, "exceptions", "staff/exceptions.html", {
        "found": found, "rows": [CaseRow.from_subject(subject_of(each)) for each in found], "show": show,
        "tabs": (("open", _("To decide")), ("settled", pgettext("case", "Resolved"))),
        "scope": branch_scope.scope_heading(request),
    })  # fmt: skip


def _exceptions_csv(cases: "QuerySet[ExceptionCase]") -> HttpResponse:
    """Return the cases as CSV, with patrons masked as on the page."""
    heading = (
        _("Title"), _("Barcode"), _("Action"), _("Reason"), _("Patron"), _("Kiosk"), _("Time"),
        pgettext("case", "Resolved"), _("Staff"), _("Resolution"),
    )  # fmt: skip
    rows = (
        (
            about.item.title.title if about.item else "", row.barcode, row.act, row.reason,
            masked_text(about.patron) if about.patron else "", row.kiosk, row.time,
            row.resolved, row.resolved_by, row.resolution,
        )
        for about in map(subject_of, cases.iterator())
        for row in (CaseRow.from_subject(about),)
    )  # fmt: skip
    return download("exceptions", heading, rows)


@staff_page
def exception(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one case with what is known of it and the fixes that fit."""
    return _show(request, subject_of(_case(pk)))


def _show(request: HttpRequest, about: ExceptionSubject, chosen: ListedPatron | None = None) -> HttpResponse:
    """Show the case, with the patron whom the posted number names, if there is one to confirm."""
    pk = about.case.pk
    open_loan = Loan.objects.filter(item=about.item, state__in=Loan.OPEN).select_related("patron").first()
    lends = isinstance(about.act, Checkout | Renew)
    others = ExceptionCase.objects.filter(resolved_at=None).exclude(pk=pk)
    return page(request, "exceptions", "staff/exception.html", {
        "row": CaseRow.from_subject(about),
        "chosen": chosen,
        "typed": {each: request.POST.get(each, "").strip() for each in ("patron", "item")},
        "has_unknown_card": about.names_patron and about.patron is None,
        "visit": _earlier_in_visit(about),
        "missing": refusals.EXTERNAL_REMEDY if about.is_external else _what_to_do(about.case),
        "beside": about.is_external,
        "lost": refusals.lost_rows(about.case) or refusals.unread_row(about.case),
        "no_key": about.case.kind == NO_KEY,
        "can_read": about.case.kind == UNOPENED and can_read(about.case),
        "case": about.case,
        "promised": formatting.due(about.promised) if about.promised else "",
        "holder": masked_patron(open_loan.patron) if about.item and open_loan else None,
        "can_repeat": about.can_be_done,
        "can_take_back": about.can_be_taken_back,
        "can_lend": about.can_lend,
        "can_accept": about.is_against_rules,
        "is_finding": about.is_finding,
        "can_ask_back": about.can_be_asked_back,
        "can_write_off": about.can_be_written_off,
        "over": about.is_against_rules and not about.can_be_asked_back,
        "lends": lends,
        "takes_back": isinstance(about.act, Checkin),
        "next": branch_scope.narrow_to_branches(request, others, "kiosk__branch").first(),
    })  # fmt: skip


def _earlier_in_visit(about: ExceptionSubject) -> list[BookRow]:
    """Return the other items of the visit if its card is unknown: they may say whose visit it was."""
    if about.case.transaction is None or not about.names_patron or about.patron is not None:
        return []
    acts = [act for _row, act in lookup.rows_up_to(about.case.transaction)]
    barcodes = {str(act.item) for act in acts if isinstance(act, Checkout | Renew | Checkin)} - {about.barcode}
    return [book_rows.book(each) for each in map(item_by, sorted(barcodes)) if each is not None]


def _what_to_do(case: ExceptionCase) -> str:
    if case.reason == DUPLICATE_NUMBERS:
        return _(
            "Two devices use this kiosk's key, so their transactions mix. Switch the copy off, "
            "then enrol this kiosk again."
        )
    if case.kind == ExceptionCase.Kind.ALARM:
        return refusals.alarm_remedy(case)
    if case.kind == ExceptionCase.Kind.GAP:
        return refusals.gap_remedy(case)
    if case.kind == ExceptionCase.Kind.TAG:
        return refusals.tag_remedy(case)
    return missing_key_remedy(case) if case.kind in KEYS else ""


def _case(pk: int) -> ExceptionCase:
    return get_object_or_404(ExceptionCase.objects.select_related("kiosk", "transaction__kiosk"), pk=pk)


@staff_action
def fix(request: HttpRequest, pk: int) -> HttpResponse:
    """Do the fix named by the posted field `fix`."""
    about, here = subject_of(_case(pk)), reverse("staff:exception", args=(pk,))
    if about.case.resolved_at is not None:
        return report_error(request, _("Already resolved by someone else."), here)
    match request.POST.get("fix"):
        case "again" if about.can_be_done:
            answer: Block | str | None = repeat(about, by_staff(request))
        case "lend" if about.can_be_done and about.patron is not None and about.item is not None:
            answer = lend(about, by_staff(request), about.patron, about.item)
        case "accept" if about.is_against_rules:
            answer = accept(about, by_staff(request))
        case "ask_back" if about.can_be_asked_back:
            answer = ask_back(about, by_staff(request))
        case "write_off" if about.can_be_written_off:
            answer = write_off(about, by_staff(request))
        case "link" if about.can_be_done:
            chosen = lookup.patron_by_number(request.POST.get("patron", "").strip())
            if chosen is not None and about.names_patron and not request.POST.get("confirmed"):
                return _show(request, about, masked_patron(chosen))
            answer = _link(request, about)
        case "take_back" if about.can_be_taken_back:
            answer = take_back(about, by_staff(request))
        case "read" if about.case.kind == UNOPENED and can_read(about.case):
            return _read(request, about.case, here)
        case "lose" if about.case.kind == NO_KEY:
            answer = _lose(request, about.case)
        case "settle" if about.case.kind != NO_KEY:
            answer = _settle(request, about)
        case _:
            answer = _("This action does not fit this exception.")
    if isinstance(answer, Block):
        return report_refusal(request, answer, here)
    if answer is not None:
        return report_error(request, answer, here)
    return report_success(request, _("Exception {number} resolved").format(number=pk), reverse("staff:exceptions"))


def _link(request: HttpRequest, about: ExceptionSubject) -> Block | str | None:
    """Repeat the transaction with the patron and item from staff, where the row's own are wrong."""
    number, barcode = request.POST.get("patron", "").strip(), request.POST.get("item", "").strip()
    patron: Patron | None = lookup.patron_by_number(number) if number else about.patron
    item: Item | None = Item.objects.filter(barcode=barcode).first() if barcode else about.item
    if item is None:
        return _("No item has this barcode: {barcode}").format(barcode=barcode or about.barcode)
    if isinstance(about.act, Checkin):
        return take_in(about, by_staff(request), item)
    if patron is None:
        return _("No patron has this number. Scan a card or enter a patron number.")
    return lend(about, by_staff(request), patron, item)


def _settle(request: HttpRequest, about: ExceptionSubject) -> str | None:
    note = request.POST.get("note", "").strip()
    if not note:
        return _("Briefly describe how it was resolved.")
    settle_with_note(about, by_staff(request), note[:300])
    return None


def _lose(request: HttpRequest, case: ExceptionCase) -> str | None:
    """Record that a key is lost for good, with the reason: only staff can know this."""
    note = request.POST.get("note", "").strip()
    if not note:
        return _("Briefly say why this key is lost.")
    by = by_staff(request)
    declare_lost(case, by.staff, note[:300], by.now)
    return None


def _read(request: HttpRequest, case: ExceptionCase, here: str) -> HttpResponse:
    """Decrypt the row with the recovered key; it can then be resolved like any other."""
    try:
        read_row(case, by_staff(request).now)
    except SealBroken:
        return report_error(request, _("It was changed in transit and cannot be read."), here)
    return report_success(request, _("Readable now"), here)


def missing_key_remedy(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    if case.kind == NO_KEY:
        return _(
            "The kiosk keeps {rows} encrypted to the key {key}, which this hub does not have. Copy "
            "the file seal_key from a backup of this hub to its state folder as seal_key.back. The "
            "rows are then processed automatically."
        ).format(rows=_waiting_rows(case), key=case.reason)
    if case.transaction_id is not None:
        return ""
    return _("Patron and item are no longer known. Ask the person who brings the receipt, and check the shelf.")


def _waiting_rows(case: ExceptionCase) -> str:
    """Return how many rows wait, by the kiosk's last report."""
    status = KioskStatus.objects.filter(kiosk=case.kiosk_id).first()
    reported = status.sealed if status is not None and status.sealed is not None else []
    count = sum(each["queued"] for each in reported if each["key"] == case.reason)
    if not count:
        return pgettext("transactions", "rows")
    return ngettext("{count} row", "{count} rows", count).format(count=f"{count:,}")


def subject_of(case: ExceptionCase) -> ExceptionSubject:
    """Return what a case is about; if its transaction cannot be read, only the case itself."""
    if (report := report_of(case)) is not None:
        return replace(_subject_of(case, act_of(report)), time=report.at)
    if case.kiosk_id is None:
        return _subject_of(case, TagReport(ItemId(case.facts["item"]), TagFinding(case.reason)))
    if case.transaction is None or case.kind == ExceptionCase.Kind.CONFLICT:
        return ExceptionSubject(case)
    try:
        act = wire.decode(case.transaction.kind, case.transaction.body)
    except wire.UnreadableAct:
        return ExceptionSubject(case)
    return _subject_of(case, act)


def _subject_of(case: ExceptionCase, act: Act | None) -> ExceptionSubject:
    names_card = isinstance(act, Checkout | Renew) or (
        isinstance(act, PatronResponse) and case.reason == Reason.NO_PROOF
    )
    shown = act.card if names_card and isinstance(act, Checkout | Renew | PatronResponse) else None
    card = card_by(shown) if shown else None
    item = item_by(act.item) if isinstance(act, Checkout | Renew | Checkin | TagReport) else None
    return ExceptionSubject(case, act, card.patron if card else None, item)


def _original_actor(about: ExceptionSubject, by: Actor) -> Actor:
    """Return the member of staff as actor for the kiosk, at the time of the original transaction."""
    stored = about.case.transaction
    if stored is None:
        return by
    sending = UploadContext(min(stored.received_at, by.now), elsewhere=external_ils.followed())
    acting = by_kiosk(stored.kiosk, stored, sending)
    return replace(acting, staff=by.staff, no_block=True)


@atomic
def repeat(about: ExceptionSubject, by: Actor) -> Block | None:
    """Repeat the transaction unchanged."""
    answer = apply_again(about.case, by.staff, by.now)
    if answer is None:
        _append_event(about, by, "again")
    return answer


@atomic
def lend(about: ExceptionSubject, by: Actor, patron: Patron, item: Item) -> Block | None:
    """Check out or renew for this patron and item; return the refusal, or None if it was done."""
    acting, act = _original_actor(about, by), about.act
    if isinstance(act, Renew):
        done = loan_changes.renew(acting, patron, item, promised=act.due, reckoned=act.reckoned)
    elif isinstance(act, Checkout):
        done = _check_out(acting, act, patron, item)
    else:
        return Block(Reason.NOTHING_TO_UNDO)
    words = _("Done for patron {last4} and item {barcode}")
    return _resolve_if_done(about, by, done, "lent", words.format(last4=patron.identifier[-4:], barcode=item.barcode))


def _check_out(acting: Actor, act: Checkout, patron: Patron, item: Item) -> OperationResult | Block:
    """Check out, after closing any other open loan of the item.

    With an external ILS that loan may be this very one, so it stays open.
    """
    if not acting.elsewhere:
        loan_changes.receive(acting, item)
    return loan_changes.checkout(acting, patron, item, promised=act.due, reckoned=act.reckoned)


@atomic
def take_in(about: ExceptionSubject, by: Actor, item: Item) -> Block | None:
    """Check in this item for a return whose barcode was unknown."""
    done = loan_changes.receive(_original_actor(about, by), item)
    return _resolve_if_done(about, by, done, "taken_in", _("{barcode} checked in").format(barcode=item.barcode))


@atomic
def take_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Undo a loan or renewal of which the patron was not informed, unless a later one depends on it."""
    assert about.case.transaction_id is not None, "a case of kind UNTOLD or AGAINST has a transaction"
    done = loan_changes.undo(by, about.case.transaction_id)
    return _resolve_if_done(about, by, done, "undone", _("Undone by staff"))


@atomic
def accept(about: ExceptionSubject, by: Actor) -> None:
    """Accept a result that breaks the loan rules."""
    resolve(about.case, by.staff, _("Accepted as it is"), by.now)
    _append_event(about, by, "accepted")


@atomic
def ask_back(about: ExceptionSubject, by: Actor) -> Block | None:
    """Ask the patron to bring the item back.

    If the hub had refused the loan it is made first, because the patron has the item.
    """
    loan, words = about.loan, _("Recalled")
    if about.can_lend:
        assert about.patron is not None and about.item is not None and isinstance(about.act, Checkout)
        lent = _check_out(_original_actor(about, by), about.act, about.patron, about.item)
        if isinstance(lent, Block):
            return _resolve_if_done(about, by, lent, "asked_back", words)
        loan = lent.loan
    assert loan is not None, "only a loan can be asked back"
    return _resolve_if_done(about, by, loan_changes.ask_back(by, loan), "asked_back", words)


@atomic
def write_off(about: ExceptionSubject, by: Actor) -> Block | None:
    """Write the item off: it counts as lost, without a fee. If no item is known, only close the case."""
    words = _("Written off")
    done: OperationResult | Block = OperationResult()
    if about.item is not None:
        done = loan_changes.write_off(by, about.item, about.patron)
    return _resolve_if_done(about, by, done, "written_off", words)


@atomic
def settle_with_note(about: ExceptionSubject, by: Actor, note: str) -> None:
    """Close the case with a note, without any change to loans."""
    resolve(about.case, by.staff, note, by.now)
    _append_event(about, by, "settled")


def _resolve_if_done(
    about: ExceptionSubject, by: Actor, done: OperationResult | Block, how: str, words: str
) -> Block | None:
    if isinstance(done, Block):
        transaction.set_rollback(True)
        return done
    resolve(about.case, by.staff, words, by.now)
    _append_event(about, by, how)
    return None


def _append_event(about: ExceptionSubject, by: Actor, how: str) -> None:
    stored = about.case.transaction_id
    about_whom = promise_facts(about.case.transaction, about.loan) if about.case.transaction else None
    facts = {"transaction": str(stored) if stored else None, **(about_whom or {})}
    append_event("exception_settled", by.now, exception=about.case.pk, how=how, **{**by.actor_facts(), **facts})


def what_it_was(row: Transaction, act: Act | None) -> str:
    """Return the kiosk's operation, also for a transaction whose body has been erased."""
    return what_happened(act) if row.body else refusals.act_text(row.kind)


def what_happened(act: Act | None) -> str:
    """Return the kiosk's operation."""
    kinds = {Checkout: "checkout", Checkin: "checkin", Renew: "renew", Undo: "undo", TagReport: "tag"}
    return refusals.act_text(kinds.get(type(act), "said")) if act else _("Unreadable")
