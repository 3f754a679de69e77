"""Explain to staff what was not done, why, and what to do next."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from hub.circulation.exceptions import HUB_ERROR, UNCLEAR, block_of
from hub.circulation.external_exceptions import is_external
from hub.circulation.missing_seal_keys import NO_KEY, UNOPENED
from hub.circulation.models import ExceptionCase
from hub.staff import alarms, external_exception_text, formatting, missing_key_text, missing_row_text
from lending.model import Block, Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """Text of a refusal: `what` fits into a row of a list, `then` is what staff can do."""

    what: str
    then: str = ""


def refusal(block: Block) -> Refusal:
    """Return the text of a block with its facts."""
    return _of_patron(block) or _of_item(block) or _of_loan(block)


def why(case: ExceptionCase) -> str:
    """Return why a transaction is at the exception desk."""
    if case.reason.startswith(HUB_ERROR):
        return _("Error of the hub: {name}").format(name=case.reason.removeprefix(HUB_ERROR))
    if case.reason == UNCLEAR:
        return _("Before or after this loan?")
    if case.kind == ExceptionCase.Kind.GAP:
        return missing_row_text.words(case)
    if case.kind in (NO_KEY, UNOPENED):
        return missing_key_text.words(case)
    if is_external(case) and (words := external_exception_text.why(case)):
        return words
    if case.kind == ExceptionCase.Kind.ALARM:
        return alarms.words(case)
    block = block_of(case) if case.kind in (ExceptionCase.Kind.REFUSED, ExceptionCase.Kind.AGAINST) else None
    return refusal(block).what if block else str(case.get_kind_display())


def _of_patron(block: Block) -> Refusal | None:
    match block.reason:
        case Reason.UNKNOWN_CARD:
            return Refusal(_("Nobody's card"), _("Scan it again, or type the patron's name."))
        case Reason.CARD_BLOCKED:
            return Refusal(_("Patron is blocked"), _("Open her page to see why and to unblock her."))
        case Reason.CARD_LOST:
            return Refusal(_("Card reported lost"), _("Keep the card, make sure who it is, and find her by name."))
        case Reason.CARD_PROVISIONAL:
            return Refusal(_("Not seen by staff yet"), _("Look at her identity card, then confirm her on her page."))
        case Reason.CARD_TAKEN:
            return Refusal(_("Somebody's card"), _("Give her another one: this one stays whose it is."))
        case Reason.CARD_EXPIRED:
            return Refusal(
                _("Card expired {day}").format(day=formatting.day(block.on)), _("Renew her membership first.")
            )
        case Reason.FEES:
            owed = formatting.money(block.amount) if block.amount is not None else ""
            return Refusal(_("Owes {amount}").format(amount=owed), _("F6 takes the fee."))
        case Reason.LIMIT:
            return Refusal(_("Has all {count} loans").format(count=block.count), _("Something must come back first."))
        case Reason.TYPE_LIMIT:
            return Refusal(
                _("Has all {count} of this type").format(count=block.count), _("One of them must come back first.")
            )
        case Reason.OFFLINE_CAP:
            return Refusal(_("Had all loans without the hub"), _("The hub is here now: scan the book again."))
        case Reason.NO_PROOF:
            return Refusal(_("Neither PIN nor code was checked"), _("Make sure who it is, then do it again."))
        case Reason.PIN_WRONG | Reason.PIN_LOCKED | Reason.CODE_WRONG:
            return Refusal(_("PIN was wrong"), _("Make sure who it is."))
        case _:
            return None


def _of_item(block: Block) -> Refusal | None:
    match block.reason:
        case Reason.UNKNOWN_ITEM:
            return Refusal(_("Not in the catalogue"), _("Scan the library's own label, or add the item first."))
        case Reason.ITEM_LOST:
            return Refusal(_("Declared lost"), _("F3 takes it back into the collection."))
        case Reason.READING_ROOM:
            return Refusal(_("Reading room only"), _("It stays in the library."))
        case Reason.NO_RULE:
            return Refusal(_("No lending rule"), _("Add a rule for this category, item type and branch."))
        case Reason.HELD_FOR_OTHER:
            return Refusal(_("Kept for someone else"), _("It belongs on the hold shelf."))
        case Reason.SOMEONE_WAITS:
            return Refusal(_("Someone waits for it"), _("It cannot be renewed: it must come back on its day."))
        case Reason.DATE_OVER:
            return Refusal(_("Has begun or is cancelled"), _("Tell her: another date may suit her."))
        case Reason.UNREADABLE:
            return Refusal(_("No number of this library"), _("Scan it again."))
        case _:
            return None


def _of_loan(block: Block) -> Refusal:
    match block.reason:
        case Reason.ON_LOAN_TO_OTHER:
            return Refusal(_("On loan to someone else"), _("F3 returns it first, then lend it."))
        case Reason.ALREADY_YOURS if block.on is not None:
            return Refusal(_("Already hers, until {day}").format(day=formatting.day(block.on)), _("F4 renews it."))
        case Reason.ALREADY_YOURS:
            return Refusal(_("She has it or waits for it already"), _("Nothing to do."))
        case Reason.NOT_ON_LOAN:
            return Refusal(_("On no loan"), _("Nothing to return. To lend it, scan a card first."))
        case Reason.NOT_YOURS:
            return Refusal(_("Not her loan"), _("Scan the card of the one who has it."))
        case Reason.NO_RENEWALS_LEFT:
            return Refusal(_("Renewed {count} times already").format(count=block.count), _("It must come back."))
        case Reason.TOO_EARLY if block.on is not None:
            from_day = _("Can be renewed from {day}; nothing was counted.").format(day=formatting.day(block.on))
            return Refusal(_("Too early to renew"), from_day)
        case Reason.TOO_EARLY:
            return Refusal(_("Too early to renew"), _("It would not move the due date; nothing was counted."))
        case Reason.NEEDS_CENTRAL | Reason.OUTDATED:
            return Refusal(_("Needed the hub"), _("The hub is here now: scan it again."))
        case Reason.CENTRAL_FORBIDS:
            return Refusal(_("Not allowed at kiosks"), _("The library's system forbids it: ask who runs it."))
        case Reason.NOTHING_TO_UNDO:
            return Refusal(_("Nothing to undo"), _("Something came after it."))
        case _:
            return Refusal(_("Refused without a reason"), _("Ask who runs the library's system."))
