"""Explain refusals whose cause is the card or the patron's account."""

from __future__ import annotations

from kiosk.views import VisitTask
from kiosk.words.localizer import Explanation, Localizer
from lending.model import Block, Reason


def of_card(speech: Localizer, block: Block, errand: VisitTask) -> Explanation | None:
    """Explain a block of the card or its account; None if the cause is the item or the library system."""
    match block.reason:
        case Reason.UNKNOWN_CARD:
            return _unknown_card(speech)
        case Reason.CARDS_PAUSED:
            return Explanation(
                speech.say("Please wait 1 minute."),
                speech.say("Several unknown cards were tried. Card reading is paused for a moment."),
                speech.say("Please place your card again in 1 minute, or ask staff."),
            )
        case Reason.CARD_BLOCKED | Reason.CARD_LOST | Reason.CARD_PROVISIONAL | Reason.CARD_EXPIRED:
            return _card(speech, block)
        case Reason.CARD_TAKEN:
            return Explanation(
                speech.say("This card is already in use."),
                speech.say("This card already belongs to someone. Please use another card."),
                speech.say("Place another blank card on the reader, or continue without one."),
            )
        case Reason.DATE_OVER:
            return Explanation(
                speech.say("Sign-up for this is closed."),
                speech.say("It has started, or the library cancelled it."),
                speech.say("Please choose another date."),
            )
        case Reason.FEES:
            return _fees(speech, block, errand)
        case Reason.LIMIT | Reason.TYPE_LIMIT | Reason.OFFLINE_CAP:
            return _limit(speech, block)
        case Reason.PIN_WRONG | Reason.PIN_LOCKED | Reason.CODE_WRONG | Reason.NO_PROOF:
            return _pin(speech, block)
        case _:
            return None


def _unknown_card(speech: Localizer) -> Explanation:
    return Explanation(
        speech.say("This card is not registered."),
        speech.say("It may be from another library, or not activated yet."),
        speech.say("Try your library card, or ask staff to activate this one."),
    )


def _card(speech: Localizer, block: Block) -> Explanation:
    match block.reason:
        case Reason.CARD_BLOCKED:
            return Explanation(
                speech.say("Your card is suspended."),
                speech.say("There is a note on this card."),
                speech.say("Please talk to staff. You can still return books."),
            )
        case Reason.CARD_LOST:
            return Explanation(
                speech.say("This card was reported lost."),
                speech.say("It is blocked so that nobody else can use it."),
                speech.say("Please take it to the service desk. If it is yours, staff can unblock it."),
            )
        case Reason.CARD_PROVISIONAL:
            return Explanation(
                speech.say("Your card is provisional until staff check your ID."),
                speech.say("You registered yourself, so staff must check your ID card once."),
                speech.say("Please take it to the service desk. You can already find and return books."),
            )
        case _:
            return Explanation(
                speech.say("Your card expired on {date}.", date=speech.day_and_year(block.on))
                if block.on
                else speech.say("Your card has expired."),
                speech.say("Cards expire so that we can check your contact details."),
                speech.say("Please take your ID card to the service desk. It takes about 2 minutes."),
            )


def _fees(speech: Localizer, block: Block, errand: VisitTask) -> Explanation:
    owed = ""
    if block.amount is not None:
        owed = speech.say("You owe {amount} in fees.", amount=speech.money(block.amount, block.currency))
    stopped = (
        speech.say("You can renew again after you pay your fees.")
        if errand in (VisitTask.RENEW, VisitTask.ACCOUNT)
        else speech.say("You can borrow again after you pay your fees.")
    )
    return Explanation(
        owed or speech.say("You have unpaid fees."),
        stopped,
        speech.say("Pay at the service desk. After that you can borrow again."),
    )


def _limit(speech: Localizer, block: Block) -> Explanation:
    match block.reason:
        case Reason.TYPE_LIMIT:
            what = speech.say("You have reached your limit for this type of item.")
            why = _limit_text(speech, block.count)
            next_ = speech.say("Return one of these to borrow this item.")
        case Reason.OFFLINE_CAP:
            what = speech.say("You cannot borrow more for now.")
            why = speech.say("The library system is offline. For now, each card can borrow only a few books.")
            next_ = speech.say("Please try again a little later, or ask staff.")
        case _:
            what = speech.say("Loan limit reached.")
            why = _limit_text(speech, block.count)
            next_ = speech.say("Return one item to borrow again.")
    return Explanation(what, why, next_)


def _limit_text(speech: Localizer, count: int | None) -> str:
    if count is None:
        return speech.say("You have reached your loan limit.")
    return speech.say_n("Your card allows one at a time.", "Your card allows {n} at a time.", count)


def _pin(speech: Localizer, block: Block) -> Explanation:
    if block.reason is Reason.PIN_LOCKED:
        return Explanation(
            speech.say("PIN entry is locked for now."),
            speech.say("Too many wrong PINs. We locked PIN entry to protect your card."),
            speech.say("Please try again later, or ask staff for a new PIN."),
        )
    if block.reason is Reason.CODE_WRONG:
        return Explanation(
            speech.say("Wrong code."),
            speech.say("Use the newest code. It is valid for 10 minutes."),
            speech.say("Please check it and enter it again."),
        )
    if block.reason is Reason.NO_PROOF:
        return Explanation(
            speech.say("We cannot verify here that this card is yours."),
            speech.say("Your card has no PIN and no confirmed phone or email to send a code to."),
            speech.say("Please take your ID card to the service desk. Staff can set up a PIN."),
        )
    return Explanation(
        speech.say("Wrong PIN."),
        speech.say("It is not on this card."),
        speech.say("Please enter it again. Staff can give you a new one."),
    )
