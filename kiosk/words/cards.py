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
                speech.say("Please wait a minute."),
                speech.say("Several unknown cards were shown here just now, so no card is looked up for a moment."),
                speech.say("Please show your card again in a minute, or ask staff."),
            )
        case Reason.CARD_BLOCKED | Reason.CARD_LOST | Reason.CARD_PROVISIONAL | Reason.CARD_EXPIRED:
            return _card(speech, block)
        case Reason.CARD_TAKEN:
            return Explanation(
                speech.say("This card is somebody's already."),
                speech.say("A card belongs to one person, so nobody else can register with it."),
                speech.say("Hold another blank card to the reader, or go on without one."),
            )
        case Reason.DATE_OVER:
            return Explanation(
                speech.say("There is no place in this any more."),
                speech.say("It has begun, or the library has cancelled it."),
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
        speech.say("We do not know this card."),
        speech.say("It may be a card of another library, or not yet set up."),
        speech.say("Try your library card, or ask staff: they can set it up in a minute."),
    )


def _card(speech: Localizer, block: Block) -> Explanation:
    match block.reason:
        case Reason.CARD_BLOCKED:
            return Explanation(
                speech.say("Your card is on pause."),
                speech.say("The library has put a note on it."),
                speech.say("Please talk to staff. Returning books still works."),
            )
        case Reason.CARD_LOST:
            return Explanation(
                speech.say("This card was reported lost."),
                speech.say("It is stopped, so that nobody else can use it."),
                speech.say("Please take it to the service desk. If it is yours, staff open it again."),
            )
        case Reason.CARD_PROVISIONAL:
            return Explanation(
                speech.say("Your card is provisional until staff have seen you."),
                speech.say("You registered by yourself, so somebody looks at your identity card once."),
                speech.say("Please take it to the service desk. Finding and returning books works already."),
            )
        case _:
            return Explanation(
                speech.say("Your card ended on {date}.", date=speech.day_and_year(block.on))
                if block.on
                else speech.say("Your card has ended."),
                speech.say("Cards are renewed from time to time, to keep addresses right."),
                speech.say("Please take an identity card to the service desk. It takes about two minutes."),
            )


def _fees(speech: Localizer, block: Block, errand: VisitTask) -> Explanation:
    owed = ""
    if block.amount is not None:
        owed = speech.say("You owe {amount}.", amount=speech.money(block.amount, block.currency))
    stopped = (
        speech.say("Renewing is on pause while fees are open.")
        if errand in (VisitTask.RENEW, VisitTask.ACCOUNT)
        else speech.say("Borrowing is on pause while fees are open.")
    )
    return Explanation(
        owed or speech.say("There are open fees on your card."),
        stopped,
        speech.say("Fees are paid at the service desk, not here. After that everything works again."),
    )


def _limit(speech: Localizer, block: Block) -> Explanation:
    match block.reason:
        case Reason.TYPE_LIMIT:
            what = speech.say("You have all the items of this kind that your card allows.")
            why = _allowed(speech, block.count)
            next_ = speech.say("Bring one of them back, and you can take this one.")
        case Reason.OFFLINE_CAP:
            what = speech.say("No more books for the moment.")
            why = speech.say("The library's system is away. Until it is back, each card can take only a few books.")
            next_ = speech.say("Please try again a little later, or ask staff.")
        case _:
            what = speech.say("Your shelf is full.")
            why = _allowed(speech, block.count)
            next_ = speech.say("Bring one back and you can borrow again.")
    return Explanation(what, why, next_)


def _allowed(speech: Localizer, count: int | None) -> str:
    if count is None:
        return speech.say("Your card allows no more at one time.")
    return speech.say_n("Your card allows one at a time.", "Your card allows {n} at a time.", count)


def _pin(speech: Localizer, block: Block) -> Explanation:
    if block.reason is Reason.PIN_LOCKED:
        return Explanation(
            speech.say("PIN entry is locked for now."),
            speech.say("The PIN was wrong several times, so we protect the card."),
            speech.say("Please try again later, or ask staff for a new PIN."),
        )
    if block.reason is Reason.CODE_WRONG:
        return Explanation(
            speech.say("That code is not right."),
            speech.say("It is the newest one that counts, for ten minutes."),
            speech.say("Please look again and type it once more."),
        )
    if block.reason is Reason.NO_PROOF:
        return Explanation(
            speech.say("We cannot tell here that this card is yours."),
            speech.say("Your card has no PIN, and no phone or e-mail is confirmed to which a code could go."),
            speech.say("Please go to the service desk with an identity card. Staff set up a PIN in a minute."),
        )
    return Explanation(
        speech.say("That PIN is not right."),
        speech.say("It does not belong to this card."),
        speech.say("Please type it again. Staff can give you a new one."),
    )
