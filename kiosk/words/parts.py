"""Says how the kiosk's parts are and what a technician does about it; knows reason codes and no driver."""

from __future__ import annotations

from typing import assert_never

from kiosk.health import Condition, PartName, PartState
from kiosk.words.speech import Explanation, Speech


def name(speech: Speech, part: PartName) -> str:
    match part:
        case PartName.CARD_READER:
            return speech.say("Card reader")
        case PartName.BARCODE_SCANNER:
            return speech.say("Camera")
        case PartName.RECEIPT_PRINTER:
            return speech.say("Receipt printer")
        case PartName.LIGHTS:
            return speech.say("Lights")
        case PartName.CENTRAL:
            return speech.say("Library system")
        case PartName.JOURNAL:
            return speech.say("Journal")
        case PartName.SNAPSHOT:
            return speech.say("Offline data")
        case _:
            assert_never(part)


def condition(speech: Speech, state: PartState) -> str:
    match state.condition:
        case Condition.ABSENT:
            return speech.say("Not fitted")
        case Condition.READY | Condition.FAULTY if state.reason:
            return _reason(speech, state.reason)
        case Condition.READY:
            return speech.say("Ready")
        case Condition.FAULTY:
            return speech.say("Does not work")
        case _:
            assert_never(state.condition)


def _reason(speech: Speech, reason: str) -> str:
    """The words of a reason code; a code without words is shown as it is, for the technician to look up."""
    return {
        "away": speech.say("Away"),
        "cover_open": speech.say("Cover open"),
        "damaged": speech.say("Damaged"),
        "driver_error": speech.say("Driver error"),
        "full": speech.say("Disk full"),
        "in_use": speech.say("In use by another program"),
        "missing": speech.say("Missing"),
        "near_end": speech.say("Paper nearly out"),
        "none": speech.say("None yet"),
        "old": speech.say("Out of date"),
        "out_of_paper": speech.say("Out of paper"),
        "starting": speech.say("Starting"),
        "token_refused": speech.say("Token refused"),
        "unplugged": speech.say("Unplugged"),
        "unwritable": speech.say("Cannot be written"),
        "wrong_version": speech.say("Made by another version"),
    }.get(reason, reason)


def mending(speech: Speech, part: PartName, state: PartState) -> str:
    match state.reason:
        case "out_of_paper" | "near_end":
            return speech.say("Put in a new roll, print side up, and close the cover.")
        case "cover_open":
            return speech.say("Press the cover down until it clicks.")
        case "unplugged":
            return speech.say("Check the cable and the plug. It comes back by itself.")
        case "token_refused":
            return speech.say("Give this kiosk a new token, in [central] of kiosk.toml.")
        case "away":
            return speech.say("Check the network. Loans are kept here and handed over later.")
        case "full":
            return speech.say("Make room on the disk, then start the kiosk again.")
        case "" if state.condition is not Condition.FAULTY:
            return ""
        case _ if part is PartName.JOURNAL:
            return speech.say("Run the command that is shown, then start the kiosk again.")
        case _ if state.condition is Condition.FAULTY:
            return speech.say("Take the plug out, wait five seconds, put it in. If that does not help: read the log.")
        case _:
            return ""


def out_of_order(speech: Speech, why: str) -> Explanation:
    """What a patron reads when nothing can be promised; `why` is a reason code of the journal."""
    return Explanation(
        speech.say("This kiosk is out of order."),
        speech.say("It cannot write anything down ({reason}), so it promises nothing.", reason=_reason(speech, why)),
        speech.say("Please go to the service desk. Your loans are as they were."),
    )


def receipt_problem(speech: Speech, why: str) -> str:
    match why:
        case "out_of_paper":
            return speech.say("The printer is out of paper.")
        case "cover_open":
            return speech.say("The printer's cover is open.")
        case _:
            return speech.say("The printer does not answer.")
