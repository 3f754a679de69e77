"""Explain to staff what was not done, why, and what to do next."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.circulation import missing_key_text, missing_row_text
from hub.circulation.intake.exceptions import HUB_ERROR, UNCLEAR, block_of
from hub.circulation.intake.external_exceptions import is_external
from hub.circulation.intake.missing_seal_keys import NO_KEY, UNOPENED
from hub.circulation.models import ExceptionCase, Patron
from hub.core.pages import formatting
from hub.core.pages.action_results import report_error
from hub.core.pages.tone import Tone
from lending.model import Block, Reason

EXTERNAL_REMEDY = gettext_lazy("The ILS keeps this loan. Correct it there, then mark it as resolved here.")


@dataclass(frozen=True, slots=True)
class RefusalText:
    """Text of a refusal: `what` fits into a row of a list, `then` is what staff can do."""

    what: str
    then: str = ""


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
        return missing_row_text.words(case)
    if case.kind in (NO_KEY, UNOPENED):
        return missing_key_text.words(case)
    if is_external(case) and (words := external_reason(case)):
        return words
    if case.kind == ExceptionCase.Kind.ALARM:
        return alarm_text(case)
    block = block_of(case) if case.kind in (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.AGAINST) else None
    return refusal(block).what if block else str(case.get_kind_display())


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
            return RefusalText(_("Owes {amount}").format(amount=owed), _("Press F6 to take the fee."))
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
            return RefusalText(_("Lost"), _("Press F3 to return it to the collection."))
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
            return RefusalText(_("On loan to another patron"), _("Check it in with F3, then check it out."))
        case Reason.ALREADY_YOURS if block.on is not None:
            return RefusalText(
                _("Already on loan to this patron, due {day}").format(day=formatting.day(block.on)),
                _("Press F4 to renew it."),
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
    return report_error(request, f"{words.what}. {words.then}", home)


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
