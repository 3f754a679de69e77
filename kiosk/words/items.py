"""Explain refusals whose cause is the item or the library system."""

from __future__ import annotations

from typing import assert_never

from kiosk.views import VisitTask
from kiosk.words.localizer import Explanation, Localizer
from lending.model import Block, Reason


def of_item(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    """Explain a block whose cause is the item or the library system."""
    match block.reason:
        case Reason.UNKNOWN_ITEM | Reason.UNREADABLE:
            return _unknown(speech, block.reason)
        case Reason.ITEM_LOST | Reason.READING_ROOM | Reason.NO_RULE:
            return _stays(speech, block.reason, book)
        case Reason.HELD_FOR_OTHER | Reason.ON_LOAN_TO_OTHER | Reason.SOMEONE_WAITS:
            return _demand_text(speech, block.reason, book)
        case Reason.ALREADY_YOURS | Reason.NOT_ON_LOAN | Reason.NOT_YOURS:
            return _elsewhere(speech, block, book, errand)
        case Reason.LOAN_COSTS:
            return _costs(speech, block, book, errand)
        case Reason.NO_RENEWALS_LEFT:
            return _no_renewals(speech, block, book)
        case Reason.TOO_EARLY:
            return _too_early(speech, block, book)
        case Reason.OFFLINE_WINDOW:
            return Explanation(
                speech.say("Borrowing and renewing are paused at this kiosk."),
                speech.say("Loans and renewals made here now might not be saved."),
                speech.say("You can still return books here. Please borrow at the service desk."),
            )
        case (
            Reason.NEEDS_CENTRAL
            | Reason.OUTDATED
            | Reason.CENTRAL_FORBIDS
            | Reason.CENTRAL_REFUSED
            | Reason.NOTHING_TO_UNDO
        ):
            return _system(speech, block, book, errand)
        case _:
            raise ValueError(f"No explanation for {block.reason}: add one to kiosk.words.cards or kiosk.words.items")


def _unknown(speech: Localizer, reason: Reason) -> Explanation:
    if reason is Reason.UNREADABLE:
        return Explanation(
            speech.say("This is not a number of this library."),
            speech.say("Use the library's barcode label, not the publisher's barcode."),
            speech.say("Show the library label to the camera, or enter its number."),
        )
    return Explanation(
        speech.say("This book is not in our catalogue."),
        speech.say("Its barcode is not in our catalogue."),
        speech.say("Please show it to staff. It may belong to another library."),
    )


def _stays(speech: Localizer, reason: Reason, book: str) -> Explanation:
    match reason:
        case Reason.ITEM_LOST:
            return Explanation(
                speech.say("{book} was missing. You found it.", book=book),
                speech.say("It is recorded as lost. Staff must check it first."),
                speech.say("Please give it to staff. Thank you."),
            )
        case Reason.READING_ROOM:
            return Explanation(
                speech.say("{book} is for use in the library only.", book=book),
                speech.say("It is a reference copy for use in the library."),
                speech.say("Read it here, or ask staff for a copy that you can borrow."),
            )
        case _:
            return Explanation(
                speech.say("{book} cannot be borrowed with this card.", book=book),
                speech.say("No lending rule covers this card and item type."),
                speech.say("Please borrow it at the service desk."),
            )


def _demand_text(speech: Localizer, reason: Reason, book: str) -> Explanation:
    match reason:
        case Reason.HELD_FOR_OTHER:
            return Explanation(
                speech.say("{book} is on hold for another patron.", book=book),
                speech.say("It is reserved for another patron's hold."),
                speech.say("Please put it back on the hold shelf, or ask staff to place a hold for you."),
            )
        case Reason.SOMEONE_WAITS:
            return Explanation(
                speech.say("{book} cannot be renewed.", book=book),
                speech.say("Another patron is waiting for it."),
                speech.say("Please return it by its due date. You can place a hold for later."),
            )
        case _:
            return Explanation(
                speech.say("{book} is on loan to another patron.", book=book),
                speech.say("It may have been left here without being returned."),
                speech.say("Return it here first, or give it to staff."),
            )


def _elsewhere(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    match block.reason:
        case Reason.ALREADY_YOURS:
            return Explanation(
                speech.say("{book} is already on your card.", book=book),
                speech.say("It is due on {date}.", date=speech.date(block.on))
                if block.on
                else speech.say("It is on your card."),
                speech.say("No action needed. You can renew it in My account."),
            )
        case Reason.NOT_YOURS:
            return Explanation(
                speech.say("{book} is not on your card.", book=book),
                speech.say("Only the patron who borrowed it can do this."),
                speech.say("You can return it here for another person, without a card."),
            )
        case _ if errand is VisitTask.RETURN:
            return Explanation(
                speech.say("{book} is not on loan.", book=book),
                speech.say("Our records show that it was not on loan, so there is nothing to return."),
                speech.say("Please put it on the returns shelf, or give it to staff."),
            )
        case _:
            return Explanation(
                speech.say("{book} is not on loan.", book=book),
                speech.say("Our records show that it has already been returned."),
                speech.say("If you still want it, please borrow it again."),
            )


def _costs(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    amount = speech.money(block.amount, block.currency) if block.amount is not None else speech.say("something")
    if errand is VisitTask.BORROW:
        named = book != speech.say("This book")
        return Explanation(
            speech.say("Borrow {book} for {amount}?", book=book, amount=amount)
            if named
            else speech.say("Borrow this book for {amount}?", amount=amount),
            speech.say("There is a fee for this loan."),
            speech.say("Pay later at the service desk."),
        )
    return Explanation(
        speech.say("{book} costs {amount} to renew.", book=book, amount=amount),
        speech.say("There is a fee for this renewal."),
        speech.say("Please ask staff if you want it."),
    )


def _no_renewals(speech: Localizer, block: Block, book: str) -> Explanation:
    return Explanation(
        speech.say("{book} cannot be renewed again.", book=book),
        speech.say_n(
            "It was renewed once, the maximum allowed.", "It was renewed {n} times, the maximum allowed.", block.count
        )
        if block.count
        else speech.say("This type of item cannot be renewed."),
        speech.say("Please return it by its due date."),
    )


def _too_early(speech: Localizer, block: Block, book: str) -> Explanation:
    return Explanation(
        speech.say("{book} cannot be renewed yet.", book=book),
        speech.say("Renewing now would not extend the due date."),
        speech.say("You can renew it from {day}.", day=speech.day(block.on))
        if block.on
        else speech.say("Please try again later."),
    )


def _system(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    match block.reason:
        case Reason.NOTHING_TO_UNDO:
            return Explanation(
                speech.say("There is nothing to undo."),
                speech.say("You can undo only the last book of this visit."),
                speech.say("Scan the next book, or touch Finish."),
            )
        case Reason.NEEDS_CENTRAL:
            return Explanation(
                speech.say("This is not available right now."),
                speech.say("The library system is offline, so this kiosk cannot do it now."),
                speech.say("Please try again later or ask staff. You can still return books."),
            )
        case Reason.CENTRAL_FORBIDS:
            return Explanation(
                speech.say("Not available at this kiosk right now."),
                speech.say("The library system does not allow this here right now."),
                speech.say("Please ask staff to do it for you. You can still return books."),
            )
        case Reason.OUTDATED:
            return Explanation(
                speech.say("Only returns are available right now."),
                speech.say("The library system has been offline since {date}.", date=speech.date(block.on))
                if block.on
                else speech.say("The library system has been offline for more than a week."),
                speech.say("To borrow, please see staff. After a week offline this kiosk cannot check cards."),
            )
        case _:
            return Explanation(
                _not_done(speech, book, errand),
                speech.say("The library system refused this without giving a reason."),
                speech.say("Please ask staff. They can see why."),
            )


def _not_done(speech: Localizer, book: str, errand: VisitTask) -> str:
    match errand:
        case VisitTask.BORROW:
            return speech.say("{book} was not borrowed.", book=book)
        case VisitTask.RETURN:
            return speech.say("{book} could not be returned.", book=book)
        case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD | VisitTask.FIND:
            return speech.say("{book} was not renewed.", book=book)
        case _:
            assert_never(errand)
