"""Explain to patrons why the kiosk or its printer cannot be used, and to installers what is missing."""

from __future__ import annotations

from kiosk.views import NOT_SET_UP
from kiosk.words.localizer import Explanation, Localizer
from kiosk.words.parts import reason


def out_of_order(speech: Localizer, why: str) -> Explanation:
    """Explain why the kiosk is out of order; `why` is a reason code of the journal or `out_of_service`."""
    if why in NOT_SET_UP:
        return _not_set_up(speech, why)
    if why == "revoked":
        return Explanation(
            speech.say("This kiosk is out of service."),
            speech.say("The library system no longer accepts data from it."),
            speech.say("Please go to the service desk. Your loans are unchanged."),
        )
    if why == "out_of_service":
        return Explanation(
            speech.say("This kiosk is out of service."),
            "",
            speech.say("Please go to the service desk. Your loans are unchanged."),
        )
    return Explanation(
        speech.say("This kiosk is out of order."),
        speech.say("It cannot save records ({reason}), so it accepts no loans or returns.", reason=reason(speech, why)),
        speech.say("Please go to the service desk. Your loans are unchanged."),
    )


def _not_set_up(speech: Localizer, why: str) -> Explanation:
    what = speech.say("This machine is not a kiosk yet.")
    match why:
        case "no_config":
            return Explanation(
                what,
                speech.say("It has no kiosk.toml, so it does not know its library."),
                speech.say("Enter this command on it, or put a kiosk.toml on its boot partition and restart it."),
            )
        case "bad_config":
            return Explanation(
                what,
                speech.say("Its kiosk.toml cannot be used."),
                speech.say(
                    "This command lists every fault in it. Correct them, and the kiosk continues automatically."
                ),
            )
        case _:
            return Explanation(
                what,
                speech.say("It is not registered at the library's hub."),
                speech.say("Get a code from the Kiosks page of the hub, then enter this command."),
            )


def file_refused(speech: Localizer) -> Explanation:
    """Return the text around the refusal of a kiosk.toml on the boot partition."""
    return Explanation(
        speech.say("The kiosk.toml on the boot partition was refused."),
        "",
        speech.say("Correct it on a laptop and restart, or enter:"),
    )


def receipt_problem(speech: Localizer, why: str, half: bool = False) -> str:
    """Explain why no receipt was printed; `half`: a part of it was."""
    problem = _receipt_problem(speech, why)
    return speech.say("{problem} This is not a valid receipt.", problem=problem) if half else problem


def _receipt_problem(speech: Localizer, why: str) -> str:
    match why:
        case "out_of_paper":
            return speech.say("The printer is out of paper.")
        case "cover_open":
            return speech.say("The printer's cover is open.")
        case "cutter_error":
            return speech.say("The printer's cutter is stuck.")
        case "unplugged":
            return speech.say("The printer is not connected.")
        case "offline" | "printer_error":
            return speech.say("The printer is not ready.")
        case _:
            return speech.say("The printer does not answer.")
