"""Name the loan rule that prevents a renewal, in the few words that fit a row of the loan list."""

from __future__ import annotations

from kiosk.words.localizer import Localizer
from lending.model import Block, Reason


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
