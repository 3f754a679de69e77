"""Explain every refusal: what happened, why, and what to do next."""

from __future__ import annotations

import unicodedata
from typing import assert_never

from kiosk.views import VisitTask
from kiosk.words.cards import of_card
from kiosk.words.items import of_item
from kiosk.words.localizer import Explanation, Localizer
from lending.model import Block, Reason

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
