"""Says why something was not done: what happened, why, and what to do next; knows every reason and no screen."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import assert_never

from kiosk.domain.model import Block, Reason
from kiosk.views import Errand
from kiosk.words.speech import Speech

LONGEST_TITLE = 36
"""Columns of a title inside a sentence; a Chinese character takes two."""


@dataclass(frozen=True, slots=True)
class Explanation:
    what: str
    why: str
    next: str


def explain(speech: Speech, block: Block, title: str, done: int, errand: Errand) -> Explanation:
    told = _of_card(speech, block, errand) or _of_item(speech, block, _named(speech, title), errand)
    if not done:
        return told
    return Explanation(told.what, _then(speech, told.why, _others(speech, done, errand)), told.next)


def _named(speech: Speech, title: str) -> str:
    if not title:
        return speech.say("This book")
    return speech.say("{title}", title=_shortened(title))


def _shortened(title: str) -> str:
    columns = 0
    for at, character in enumerate(title):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > LONGEST_TITLE:
            return title[:at].rstrip(" ,;:/") + "…"
    return title


def _then(speech: Speech, first: str, second: str) -> str:
    return speech.say("{first} {second}", first=first, second=second) if first else second


def _others(speech: Speech, done: int, errand: Errand) -> str:
    match errand:
        case Errand.BORROW:
            return speech.say_n("Your other book is borrowed.", "Your {n} other books are borrowed.", done)
        case Errand.RETURN:
            return speech.say_n("Your other book is handed in.", "Your {n} other books are handed in.", done)
        case Errand.RENEW | Errand.ACCOUNT:
            return speech.say_n("Your other loan is renewed.", "Your {n} other loans are renewed.", done)
        case _:
            assert_never(errand)


def _of_card(speech: Speech, block: Block, errand: Errand) -> Explanation | None:
    """What is wrong with the card or its account; None for the reasons that lie with the item or the system."""
    match block.reason:
        case Reason.UNKNOWN_CARD:
            return _unknown_card(speech)
        case Reason.CARD_BLOCKED | Reason.CARD_LOST | Reason.CARD_EXPIRED:
            return _card(speech, block)
        case Reason.FEES:
            return _fees(speech, block, errand)
        case Reason.LIMIT | Reason.TYPE_LIMIT | Reason.OFFLINE_CAP:
            return _limit(speech, block)
        case Reason.PIN_WRONG | Reason.PIN_LOCKED:
            return _pin(speech, block)
        case _:
            return None


def _unknown_card(speech: Speech) -> Explanation:
    return Explanation(
        speech.say("We do not know this card."),
        speech.say("It may be a card of another library, or not yet set up."),
        speech.say("Try your library card, or ask staff: they can set it up in a minute."),
    )


def _card(speech: Speech, block: Block) -> Explanation:
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
        case _:
            return Explanation(
                speech.say("Your card ended on {date}.", date=speech.day_and_year(block.on))
                if block.on
                else speech.say("Your card has ended."),
                speech.say("Cards are renewed from time to time, to keep addresses right."),
                speech.say("Please take an identity card to the service desk. It takes about two minutes."),
            )


def _fees(speech: Speech, block: Block, errand: Errand) -> Explanation:
    owed = speech.say("You owe {amount}.", amount=speech.money(block.amount)) if block.amount is not None else ""
    stopped = (
        speech.say("Renewing is on pause while fees are open.")
        if errand in (Errand.RENEW, Errand.ACCOUNT)
        else speech.say("Borrowing is on pause while fees are open.")
    )
    return Explanation(
        owed or speech.say("There are open fees on your card."),
        stopped,
        speech.say("Fees are paid at the service desk, not here. After that everything works again."),
    )


def _limit(speech: Speech, block: Block) -> Explanation:
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
            next_ = speech.say("Bring a book back, and you can take this one.")
    return Explanation(what, why, next_)


def _allowed(speech: Speech, count: int | None) -> str:
    if count is None:
        return speech.say("Your card allows no more at one time.")
    return speech.say_n("Your card allows one at a time.", "Your card allows {n} at a time.", count)


def _pin(speech: Speech, block: Block) -> Explanation:
    if block.reason is Reason.PIN_LOCKED:
        return Explanation(
            speech.say("PIN entry is locked for now."),
            speech.say("The PIN was wrong several times, so we protect the card."),
            speech.say("Please try again later, or ask staff for a new PIN."),
        )
    return Explanation(
        speech.say("That PIN is not right."),
        speech.say("It does not belong to this card."),
        speech.say("Please type it again. Staff can give you a new one."),
    )


def _of_item(speech: Speech, block: Block, book: str, errand: Errand) -> Explanation:
    match block.reason:
        case Reason.UNKNOWN_ITEM | Reason.UNREADABLE:
            return _unknown(speech, block.reason)
        case Reason.ITEM_LOST | Reason.READING_ROOM | Reason.NO_RULE:
            return _stays(speech, block.reason, book)
        case Reason.HELD_FOR_OTHER | Reason.ON_LOAN_TO_OTHER | Reason.SOMEONE_WAITS:
            return _wanted(speech, block.reason, book)
        case Reason.ALREADY_YOURS | Reason.NOT_ON_LOAN | Reason.NOT_YOURS:
            return _elsewhere(speech, block, book, errand)
        case Reason.NO_RENEWALS_LEFT:
            return _no_renewals(speech, block, book)
        case Reason.NEEDS_CENTRAL | Reason.CENTRAL_REFUSED | Reason.NOTHING_TO_UNDO:
            return _system(speech, block.reason, book, errand)
        case _:
            raise ValueError(f"{block.reason} is no reason of an item: its words are missing in _of_card")


def _unknown(speech: Speech, reason: Reason) -> Explanation:
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


def _stays(speech: Speech, reason: Reason, book: str) -> Explanation:
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


def _wanted(speech: Speech, reason: Reason, book: str) -> Explanation:
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


def _elsewhere(speech: Speech, block: Block, book: str, errand: Errand) -> Explanation:
    match block.reason:
        case Reason.ALREADY_YOURS:
            return Explanation(
                speech.say("You have {book} already.", book=book),
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
        case _ if errand is Errand.RETURN:
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


def _no_renewals(speech: Speech, block: Block, book: str) -> Explanation:
    return Explanation(
        speech.say("{book} cannot be renewed again.", book=book),
        speech.say_n(
            "It was renewed once, as often as allowed.", "It was renewed {n} times, as often as allowed.", block.count
        )
        if block.count
        else speech.say("This kind of item cannot be renewed."),
        speech.say("Please bring it back by its due date."),
    )


def _system(speech: Speech, reason: Reason, book: str, errand: Errand) -> Explanation:
    match reason:
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
        case _:
            return Explanation(
                _not_done(speech, book, errand),
                speech.say("The library's system said no, and gave no reason that we know."),
                speech.say("Please ask staff: they can see why."),
            )


def _not_done(speech: Speech, book: str, errand: Errand) -> str:
    match errand:
        case Errand.BORROW:
            return speech.say("{book} was not borrowed.", book=book)
        case Errand.RETURN:
            return speech.say("{book} was not taken back.", book=book)
        case Errand.RENEW | Errand.ACCOUNT:
            return speech.say("{book} was not renewed.", book=book)
        case _:
            assert_never(errand)
