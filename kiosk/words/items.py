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
            return _wanted(speech, block.reason, book)
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
                speech.say("This kiosk lends and renews nothing for now."),
                speech.say("What is lent or renewed here now might not be kept safely."),
                speech.say("Returning books still works here. Staff at the desk can lend to you."),
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
            speech.say("That is no number of this library."),
            speech.say("Books carry other barcodes too; we need the library's own label."),
            speech.say("Hold the library's label to the camera, or type its number."),
        )
    return Explanation(
        speech.say("We do not know this book."),
        speech.say("Its label is not in our catalogue."),
        speech.say("Please show it to staff. It may belong to another library."),
    )


def _stays(speech: Localizer, reason: Reason, book: str) -> Explanation:
    match reason:
        case Reason.ITEM_LOST:
            return Explanation(
                speech.say("{book} was missing. You found it!", book=book),
                speech.say("It is marked as lost, so staff have to look at it first."),
                speech.say("Please hand it to staff. Thank you."),
            )
        case Reason.READING_ROOM:
            return Explanation(
                speech.say("{book} stays in the library.", book=book),
                speech.say("It is a reference copy, so it is always here."),
                speech.say("You can read it here, or ask staff whether another copy goes home."),
            )
        case _:
            return Explanation(
                speech.say("{book} cannot be borrowed with this card.", book=book),
                speech.say("The library's rules say nothing of this card and this kind of item."),
                speech.say("Please ask staff: they can lend it to you."),
            )


def _wanted(speech: Localizer, reason: Reason, book: str) -> Explanation:
    match reason:
        case Reason.HELD_FOR_OTHER:
            return Explanation(
                speech.say("{book} is kept for somebody else.", book=book),
                speech.say("It stands ready for a patron who placed a hold."),
                speech.say("Please put it back on the hold shelf, or ask staff to place a hold for you."),
            )
        case Reason.SOMEONE_WAITS:
            return Explanation(
                speech.say("{book} cannot be renewed.", book=book),
                speech.say("Somebody is waiting for it."),
                speech.say("Please bring it back by its due date. You can place a hold for later."),
            )
        case _:
            return Explanation(
                speech.say("{book} is on loan to somebody else.", book=book),
                speech.say("Perhaps it was left here and not yet returned."),
                speech.say("Return it here first, or hand it to staff."),
            )


def _elsewhere(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    match block.reason:
        case Reason.ALREADY_YOURS:
            return Explanation(
                speech.say("{book} is already with you.", book=book),
                speech.say("It is due on {date}.", date=speech.date(block.on))
                if block.on
                else speech.say("It is on your card."),
                speech.say("Nothing to do. You can renew it under My account."),
            )
        case Reason.NOT_YOURS:
            return Explanation(
                speech.say("{book} is not on your card.", book=book),
                speech.say("Only the patron who borrowed it can do this."),
                speech.say("You can return it here for somebody else, without a card."),
            )
        case _ if errand is VisitTask.RETURN:
            return Explanation(
                speech.say("{book} is not on loan.", book=book),
                speech.say("As far as we know it never left the library, so there is nothing to return."),
                speech.say("Please put it on the returns shelf, or give it to staff."),
            )
        case _:
            return Explanation(
                speech.say("{book} is not on loan.", book=book),
                speech.say("As far as we know it is already back in the library."),
                speech.say("If you want it, please borrow it anew."),
            )


def _costs(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    amount = speech.money(block.amount, block.currency) if block.amount is not None else speech.say("something")
    if errand is VisitTask.BORROW:
        return Explanation(
            speech.say("{book} costs {amount}.", book=book, amount=amount),
            speech.say("The library asks a fee for this loan."),
            speech.say("Borrow it all the same? The fee goes on your account; nothing is paid here."),
        )
    return Explanation(
        speech.say("{book} costs {amount} to renew.", book=book, amount=amount),
        speech.say("The library asks a fee for this renewal."),
        speech.say("Please ask staff if you want it."),
    )


def _no_renewals(speech: Localizer, block: Block, book: str) -> Explanation:
    return Explanation(
        speech.say("{book} cannot be renewed again.", book=book),
        speech.say_n(
            "It was renewed once, as often as allowed.", "It was renewed {n} times, as often as allowed.", block.count
        )
        if block.count
        else speech.say("This kind of item cannot be renewed."),
        speech.say("Please bring it back by its due date."),
    )


def _too_early(speech: Localizer, block: Block, book: str) -> Explanation:
    return Explanation(
        speech.say("{book} cannot be renewed yet.", book=book),
        speech.say("Renewing it now would not give you more time."),
        speech.say("You can renew it from {day}.", day=speech.day(block.on))
        if block.on
        else speech.say("Please try again later."),
    )


def _system(speech: Localizer, block: Block, book: str, errand: VisitTask) -> Explanation:
    match block.reason:
        case Reason.NOTHING_TO_UNDO:
            return Explanation(
                speech.say("There is nothing to undo."),
                speech.say("Only the last book of this visit can be taken back."),
                speech.say("Go on with the next book, or finish."),
            )
        case Reason.NEEDS_CENTRAL:
            return Explanation(
                speech.say("This does not work just now."),
                speech.say("The library's system is away, and this kiosk cannot decide it alone."),
                speech.say("Please try again a little later, or ask staff. Returning books still works."),
            )
        case Reason.CENTRAL_FORBIDS:
            return Explanation(
                speech.say("Not at this kiosk just now."),
                speech.say("The library's system answers, and does not allow this here at the moment."),
                speech.say("Please ask staff: they can do it for you. Returning books still works."),
            )
        case Reason.OUTDATED:
            return Explanation(
                speech.say("Only returning books works just now."),
                speech.say("The library's system has been away since {date}.", date=speech.date(block.on))
                if block.on
                else speech.say("The library's system has been away for more than a week."),
                speech.say("To borrow, please go to staff: after a week this kiosk cannot tell how a card stands."),
            )
        case _:
            return Explanation(
                _not_done(speech, book, errand),
                speech.say("The library's system said no, and gave no reason that we know."),
                speech.say("Please ask staff: they can see why."),
            )


def _not_done(speech: Localizer, book: str, errand: VisitTask) -> str:
    match errand:
        case VisitTask.BORROW:
            return speech.say("{book} was not borrowed.", book=book)
        case VisitTask.RETURN:
            return speech.say("{book} was not taken back.", book=book)
        case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD:
            return speech.say("{book} was not renewed.", book=book)
        case _:
            assert_never(errand)
