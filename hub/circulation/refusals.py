"""Explain to staff what was not done and why, what is still known of it, and what to do next."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation.intake import encrypted_rows
from hub.circulation.intake.encrypted_rows import NO_KEY, UNOPENED
from hub.circulation.intake.exceptions import HUB_ERROR, UNCLEAR, block_of, is_external
from hub.circulation.models import ExceptionCase, Kiosk, Patron
from hub.core.pages import formatting
from hub.core.pages.formatting import Tone
from hub.core.pages.page import report_error
from lending.model import Block, Reason
from lending.transactions import TagFinding

EXTERNAL_REMEDY = gettext_lazy("The ILS keeps this loan. Correct it there, then mark it as resolved here.")


@dataclass(frozen=True, slots=True)
class RefusalText:
    """Text of a refusal: `summary` fits into a row of a list, `advice` is what staff can do."""

    summary: str
    advice: str = ""


def refusal(block: Block) -> RefusalText:
    """Return the text of a block with its facts."""
    return _of_patron(block) or _of_item(block) or _of_loan(block)


def reason_text(case: ExceptionCase) -> str:
    """Return why a transaction is at the exception desk."""
    if case.reason.startswith(HUB_ERROR):
        return _("Hub error: {name}").format(name=case.reason.removeprefix(HUB_ERROR))
    if case.reason == UNCLEAR:
        return _("Before or after this loan?")
    if case.kind == ExceptionCase.Kind.GAP:
        return gap_text(case)
    if case.kind in (NO_KEY, UNOPENED):
        return key_text(case)
    if is_external(case) and (words := external_reason(case)):
        return words
    if case.kind == ExceptionCase.Kind.ALARM:
        return alarm_text(case)
    if case.kind == ExceptionCase.Kind.TAG:
        return tag_text(case)
    block = block_of(case) if case.kind in (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.AGAINST) else None
    return refusal(block).summary if block else str(case.get_kind_display())


def _of_patron(block: Block) -> RefusalText | None:
    match block.reason:
        case Reason.UNKNOWN_CARD:
            return RefusalText(_("Unknown card"), _("Scan it again, or enter the patron's name."))
        case Reason.CARD_BLOCKED:
            return RefusalText(_("Patron is blocked"), _("Open the patron page to see why and to unblock."))
        case Reason.CARD_LOST:
            return RefusalText(_("Card reported lost"), _("Keep the card, check identity and search by name."))
        case Reason.CARD_PROVISIONAL:
            return RefusalText(
                _("ID not checked yet"), _("Check the patron's ID card, then confirm on the patron page.")
            )
        case Reason.CARD_TAKEN:
            return RefusalText(_("Card in use"), _("Issue another card: this one stays with its owner."))
        case Reason.CARD_EXPIRED:
            return RefusalText(
                _("Card expired {day}").format(day=formatting.day(block.on)), _("Renew the membership first.")
            )
        case Reason.FEES:
            owed = formatting.money(block.amount) if block.amount is not None else ""
            return RefusalText(_("Owes {amount}").format(amount=owed), _("Take the fee (F6)."))
        case Reason.LIMIT:
            return RefusalText(
                _("Loan limit reached ({count})").format(count=block.count), _("An item must be returned first.")
            )
        case Reason.TYPE_LIMIT:
            return RefusalText(
                _("Limit for this item type reached ({count})").format(count=block.count),
                _("One of these must be returned first."),
            )
        case Reason.OFFLINE_CAP:
            return RefusalText(_("Offline loan limit reached"), _("The hub is online again. Scan the book again."))
        case Reason.NO_PROOF:
            return RefusalText(_("Neither PIN nor code was checked"), _("Check the patron's identity, then try again."))
        case Reason.PIN_WRONG | Reason.PIN_LOCKED | Reason.CODE_WRONG:
            return RefusalText(_("PIN was wrong"), _("Check the patron's identity."))
        case _:
            return None


def _of_item(block: Block) -> RefusalText | None:
    match block.reason:
        case Reason.UNKNOWN_ITEM:
            return RefusalText(_("Not in the catalogue"), _("Scan the library's own label, or add the item first."))
        case Reason.ITEM_LOST:
            return RefusalText(_("Lost"), _("Check it in (F3) to return it to the collection."))
        case Reason.READING_ROOM:
            return RefusalText(_("In-house use only"), _("It cannot be checked out."))
        case Reason.NO_RULE:
            return RefusalText(_("No loan rule"), _("Add a rule for this category, item type and branch."))
        case Reason.HELD_FOR_OTHER:
            return RefusalText(_("On hold for another patron"), _("Put it on the hold shelf."))
        case Reason.SOMEONE_WAITS:
            return RefusalText(_("Another patron has a hold"), _("It cannot be renewed. Return it by the due date."))
        case Reason.DATE_OVER:
            return RefusalText(_("Already started or cancelled"), _("Tell the patron; another date may suit."))
        case Reason.UNREADABLE:
            return RefusalText(_("Not a number of this library"), _("Scan it again."))
        case _:
            return None


def _of_loan(block: Block) -> RefusalText:
    match block.reason:
        case Reason.ON_LOAN_TO_OTHER:
            return RefusalText(_("On loan to another patron"), _("Check it in (F3), then check it out."))
        case Reason.ALREADY_YOURS if block.on is not None:
            return RefusalText(
                _("Already on loan to this patron, due {day}").format(day=formatting.day(block.on)),
                _("Renew it (F4)."),
            )
        case Reason.ALREADY_YOURS:
            return RefusalText(_("Patron already has it or has a hold"), _("Nothing to do."))
        case Reason.NOT_ON_LOAN:
            return RefusalText(_("Not on loan"), _("Nothing to check in. To check it out, scan a card first."))
        case Reason.NOT_YOURS:
            return RefusalText(_("Not this patron's loan"), _("Scan the card of the patron who has it."))
        case Reason.NO_RENEWALS_LEFT:
            return RefusalText(_("Already renewed {count} times").format(count=block.count), _("It must be returned."))
        case Reason.TOO_EARLY if block.on is not None:
            from_day = _("Can be renewed from {day}. Nothing was counted.").format(day=formatting.day(block.on))
            return RefusalText(_("Too early to renew"), from_day)
        case Reason.TOO_EARLY:
            return RefusalText(_("Too early to renew"), _("It would not move the due date. Nothing was counted."))
        case Reason.NEEDS_CENTRAL | Reason.OUTDATED:
            return RefusalText(_("Not possible offline"), _("The hub is online again. Scan it again."))
        case Reason.CENTRAL_FORBIDS:
            return RefusalText(_("Not allowed at kiosks"), _("The ILS does not allow it. Ask its administrator."))
        case Reason.NOTHING_TO_UNDO:
            return RefusalText(_("Nothing to undo"), _("A later transaction depends on it."))
        case _:
            return RefusalText(_("Refused without a reason"), _("Ask the administrator of the ILS."))


def tone_of(block: Block) -> Tone:
    """Return the tone of a refusal: a provisional patron only has to show identification."""
    return Tone.LOOK if block.reason is Reason.CARD_PROVISIONAL else Tone.STOP


def valid(patron: Patron) -> str:
    """Return until when the patron's card is valid, as text."""
    return _("Card valid until {day}").format(day=formatting.day(patron.expires)) if patron.expires else _("Card valid")


def report_refusal(request: HttpRequest, block: Block, home: str) -> HttpResponse:
    """Report a refusal, and what to do next."""
    words = refusal(block)
    return report_error(request, f"{words.summary}. {words.advice}", home)


def alarm_text(case: ExceptionCase) -> str:
    """Return a description of the alarm that fits into a row of the exception list."""
    return {
        "pin_limit": _("Many wrong PINs"),
        "code_limit": _("Many codes sent"),
        "unproved_limit": _("Changes without a PIN"),
        "erase_limit": _("Many erasures"),
        "cards_limit": _("Many cards looked up"),
        "return_mode": _("Final returns without permission"),
    }.get(case.reason, _("Alarm"))


def alarm_remedy(case: ExceptionCase) -> str:
    """Return what staff can do about the alarm."""
    if case.reason == "return_mode":
        return _(
            "The kiosk reports returns as final without permission. They count as returned, not "
            "checked. If it should, allow it in the admin under Kiosks. If not, check who has its "
            "key."
        )
    return _(
        "Check that the kiosk is in its place and who uses it. If its memory card or key may have "
        "been stolen, revoke the kiosk on the Kiosks page. Requests beyond the limit were not "
        "carried out."
    )


def external_reason(case: ExceptionCase) -> str | None:
    """Return the reason in words, or None if the general wording of the reason fits.

    SIP2 carries no amount and no count, so these reasons are worded without them.
    """
    given = case.facts.get("given")
    if given:
        return _("Due on {day} in the ILS").format(day=formatting.day(datetime.fromisoformat(given)))
    if case.reason == "fee":
        return _("Costs {amount} in the ILS").format(amount=case.detail)
    return {
        "lent_again": _("Already on another loan"),
        "renewal_unclear": _("Renewal not confirmed"),
        str(Reason.CARD_EXPIRED): _("Card expired"),
        str(Reason.FEES): _("Owes too much"),
        str(Reason.LIMIT): _("Loan limit reached"),
        str(Reason.LOAN_COSTS): _("The loan is charged"),
    }.get(case.reason)


RUN = re.compile(r"rows (\d+) to (\d+)")
"""Form in which the detail of such a case begins."""
NOT_RECEIVED = "gap"


@dataclass(frozen=True, slots=True)
class Gap:
    """An open case of missing rows, as shown on its kiosk's page."""

    pk: int
    words: str


@dataclass(frozen=True, slots=True)
class LostRow:
    """What is still known of one row, or of a run of rows."""

    rows: str
    act: str
    time: str
    code: str


def open_gaps(kiosk: Kiosk) -> list[Gap]:
    """Return the open cases of missing rows, oldest first."""
    cases = ExceptionCase.objects.filter(kiosk=kiosk, kind=ExceptionCase.Kind.GAP, resolved_at=None)
    return [Gap(case.pk, gap_text(case)) for case in cases]


def gap_text(case: ExceptionCase) -> str:
    """Return which rows are missing, and why."""
    found = RUN.match(case.detail)
    if found is None:
        return str(case.get_kind_display())
    reasons = {
        NOT_RECEIVED: _("Rows {first} to {last} not received"),
        "erased": _("Rows {first} to {last} lost: the kiosk keeps their content for 1 day"),
        "deleted": _("Rows {first} to {last} lost: the kiosk no longer has them"),
        "set_aside": _("Rows {first} to {last} lost: they were at the exception desk, not confirmed to any patron"),
        "unsendable": _("Rows {first} to {last} never received: the kiosk could not send them"),
        "refused": _("Rows {first} to {last} were refused and not confirmed to any patron"),
    }
    return reasons.get(case.reason, reasons[NOT_RECEIVED]).format(first=found[1], last=found[2])


def tag_text(case: ExceptionCase) -> str:
    """Return what a kiosk found on the RFID tags of an item."""
    findings = {
        TagFinding.RINGS: _("On loan, but the gate may ring"),
        TagFinding.SILENT: _("Not on loan, but the gate may not ring"),
        TagFinding.UNCERTAIN: _("Power failed while its security was switched"),
        TagFinding.INCOMPLETE: _("Returned incomplete"),
    }
    return findings[TagFinding(case.reason)]


def tag_remedy(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    remedies = {
        TagFinding.RINGS: _("The patron left with the loan. If the gate rings, let the patron pass."),
        TagFinding.SILENT: _("Find the item and return it again at a kiosk, which switches its security on."),
        TagFinding.UNCERTAIN: _(
            "If it is not on loan, find it and return it again at a kiosk, which switches its security on."
        ),
        TagFinding.INCOMPLETE: _("Look for the missing part at the kiosk and in the return bin, then ask the patron."),
    }
    return remedies[TagFinding(case.reason)]


def gap_remedy(case: ExceptionCase) -> str:
    """Return what staff can do about it."""
    if case.reason == NOT_RECEIVED:
        return _("If the kiosk still has them, it sends them automatically within minutes. If not, check its journal.")
    return _("Compare the receipts with the shelf. The known details of each are listed below.")


def lost_rows(case: ExceptionCase) -> list[LostRow]:
    """Return what the kiosk could still report, row by row."""
    if case.last_seq is None:
        return []
    return [lost_row(each) for each in json.loads(case.raw)]


def act_text(kind: str) -> str:
    """Return the kiosk's operation, by the kind of its row."""
    acts = {
        "checkout": _("Check out"),
        "checkin": _("Check in"),
        "renew": _("Renew"),
        "undo": _("Undo"),
        "tag": _("Check tag"),
        "said": _("Answer"),
    }
    return acts.get(kind, kind or "–")


def lost_row(facts: dict[str, str]) -> LostRow:
    """Return what an envelope still contains."""
    at = datetime.fromisoformat(facts["at"]) if facts["at"] else None
    run = f"{facts['seq']}–{facts['last']}" if "last" in facts else str(facts["seq"])
    return LostRow(run, act_text(facts["kind"]), formatting.date_and_time(at) or "–", facts["code"] or "–")


def all_here(kiosk: Kiosk) -> str:
    """Return the number of the last row up to which nothing is missing."""
    if not kiosk.max_contiguous_seq:
        return "–"
    return _("all up to number {seq}").format(seq=kiosk.max_contiguous_seq)


@dataclass(frozen=True, slots=True)
class UnreadVisit:
    """An unreadable visit up to the row of a receipt, without a longer pause; its patron is unknown."""

    kiosk: str
    time: str
    rows: tuple[tuple[LostRow, int], ...]
    """Each row with the number of its case."""


def key_text(case: ExceptionCase) -> str:
    """Return what is missing, short enough for a row of the list."""
    if case.kind == NO_KEY:
        return _("Missing key: no transaction of this kiosk can be processed")
    if case.transaction_id is not None:
        return _("Key found: not processed yet")
    return _("Key lost: content cannot be read")


def unread_act(case: ExceptionCase) -> str:
    """Return the kiosk's operation, if its envelope contains it."""
    return act_text(str(case.facts.get("kind", "")))


def unread_row(case: ExceptionCase) -> list[LostRow]:
    """Return what is known of the row of such a case."""
    if case.kind != UNOPENED or case.transaction_id is not None:
        return []
    return [_unread_row(case)]


def _unread_row(case: ExceptionCase) -> LostRow:
    return lost_row({name: str(fact) for name, fact in case.facts.items()})


def missing_keys(kiosk: Kiosk) -> list[Gap]:
    """Return the missing keys that block every transaction of this kiosk."""
    return [Gap(case.pk, key_text(case)) for case in _missing_keys().filter(kiosk=kiosk)]


def kiosks_waiting_for_keys() -> frozenset[int]:
    """Return the keys of the kiosks whose transactions are blocked."""
    return frozenset(_missing_keys().values_list("kiosk", flat=True))


def _missing_keys() -> "QuerySet[ExceptionCase]":
    return ExceptionCase.objects.filter(kind=NO_KEY, resolved_at=None)


def unread_visits(code: str, pause: timedelta) -> list[UnreadVisit]:
    """Return every unreadable visit with this receipt code; `pause` is the longest pause within a visit."""
    return [
        UnreadVisit(
            kiosk=str(cases[-1].kiosk),
            time=_unread_row(cases[-1]).time,
            rows=tuple((_unread_row(case), case.pk) for case in cases),
        )
        for cases in encrypted_rows.visits(code, pause)
    ]
