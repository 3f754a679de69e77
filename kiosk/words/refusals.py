"""Explain every refusal: what happened, why, and what to do next."""

from __future__ import annotations

import unicodedata
from typing import assert_never

from kiosk.views import VisitTask
from kiosk.words.localizer import Explanation, Localizer
from lending.model import Block, FeeKind, Reason

LONGEST_TITLE = 36
"""Maximum width of a title inside a sentence, in columns; a Chinese character takes two."""


def explain(speech: Localizer, block: Block, title: str, done: int, errand: VisitTask) -> Explanation:
    """Explain a block; `done` other items of the visit succeeded."""
    found = of_card(speech, block, errand) or of_item(speech, block, _item_name(speech, title), errand)
    if not done:
        return found
    return Explanation(found.what, _then(speech, found.why, _other_items_text(speech, done, errand)), found.next)


def _item_name(speech: Localizer, title: str) -> str:
    if not title:
        return speech.say("This book")
    return speech.say("“{title}”", title=_shorten(title))


def _shorten(title: str) -> str:
    columns = 0
    for at, character in enumerate(title):
        columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns > LONGEST_TITLE:
            return title[:at].rstrip(" ,;:/") + "…"
    return title


def _then(speech: Localizer, first: str, second: str) -> str:
    return speech.say("{first} {second}", first=first, second=second) if first else second


def _other_items_text(speech: Localizer, done: int, errand: VisitTask) -> str:
    match errand:
        case VisitTask.BORROW:
            return speech.say_n("Your other book is borrowed.", "Your {n} other books are borrowed.", done)
        case VisitTask.RETURN:
            return speech.say_n("Your other book is returned.", "Your {n} other books are returned.", done)
        case VisitTask.RENEW | VisitTask.ACCOUNT | VisitTask.HOLD | VisitTask.FIND:
            return speech.say_n("Your other loan is renewed.", "Your {n} other loans are renewed.", done)
        case _:
            assert_never(errand)


def no_hold(speech: Localizer, block: Block | None) -> str:
    """Explain why a hold was refused, and what the patron can do."""
    match block.reason if block else None:
        case Reason.ALREADY_YOURS:
            return speech.say("You already have it, or have a hold on it.")
        case Reason.LIMIT:
            return speech.say("You have reached your hold limit. Cancel one on your phone, or ask staff.")
        case Reason.NEEDS_CENTRAL:
            return speech.say("Your PIN cannot be checked right now. Please ask staff.")
        case Reason.UNKNOWN_ITEM:
            return speech.say("The library no longer has it.")
        case _:
            return speech.say("Please ask staff. They can see why.")


def no_place(speech: Localizer, block: Block | None) -> str:
    """Explain why an event place was refused, and what the patron can do."""
    match block.reason if block else None:
        case Reason.DATE_OVER:
            return speech.say("It has started or was cancelled. Please choose another date.")
        case Reason.NEEDS_CENTRAL:
            return speech.say("Your PIN cannot be checked right now. Please ask staff.")
        case _:
            return speech.say("Please ask staff. They can see why.")


def no_renewal(speech: Localizer, block: Block) -> str:
    """Return the short reason; "" if no loan rule is the reason."""
    match block.reason:
        case Reason.SOMEONE_WAITS:
            return speech.say("Has a hold")
        case Reason.NO_RENEWALS_LEFT if block.count:
            return speech.say_n("Renewed once: limit reached", "Renewed {n} times: limit reached", block.count)
        case Reason.NO_RENEWALS_LEFT:
            return speech.say("Cannot be renewed")
        case Reason.TOO_EARLY if block.on:
            return speech.say("Can be renewed from {day}", day=speech.day(block.on))
        case Reason.TOO_EARLY:
            return speech.say("Too early to renew")
        case Reason.FEES:
            return speech.say("Pay your fees first")
        case Reason.CARD_EXPIRED:
            return speech.say("Card expired")
        case _:
            return ""


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
                speech.say("It is blocked so that no one else can use it."),
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
        speech.say("It does not match this card."),
        speech.say("Please enter it again. Staff can give you a new one."),
    )


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
            raise ValueError(f"No explanation for {block.reason}: add one to kiosk.words.refusals")


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
            _fee_reason(speech, block, speech.say("There is a fee for this loan.")),
            speech.say("Pay later at the service desk."),
        )
    return Explanation(
        speech.say("{book} costs {amount} to renew.", book=book, amount=amount),
        _fee_reason(speech, block, speech.say("There is a fee for this renewal.")),
        speech.say("Please ask staff if you want it."),
    )


def _fee_reason(speech: Localizer, block: Block, plain: str) -> str:
    """Return what the fee is for if it is not simply for the loan, else the plain sentence."""
    if block.fee in (None, FeeKind.LOAN, FeeKind.OTHER):
        return plain
    return speech.say("What the fee is for: {fee}.", fee=fee_name(speech, block.fee))


def fee_name(speech: Localizer, kind: FeeKind) -> str:
    """Return what a fee is for."""
    return {
        FeeKind.OVERDUE: speech.say("Returned late"),
        FeeKind.LOST: speech.say("Lost item"),
        FeeKind.DAMAGE: speech.say("Damage"),
        FeeKind.MEMBERSHIP: speech.say("Membership fee"),
        FeeKind.NOT_COLLECTED: speech.say("Hold not collected"),
        FeeKind.LOAN: speech.say("Loan fee"),
        FeeKind.HOLD: speech.say("Hold fee"),
        FeeKind.PROCESSING: speech.say("Processing fee"),
        FeeKind.ADMINISTRATIVE: speech.say("Administrative fee"),
        FeeKind.COMPUTER: speech.say("Computer use"),
        FeeKind.OTHER: speech.say("Other fee"),
    }[kind]


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
