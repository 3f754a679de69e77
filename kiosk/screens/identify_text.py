"""Provide the texts of Identify: the question, the ways to answer it, and what was wrong."""

from __future__ import annotations

from kiosk.screens.draw_context import DrawContext
from kiosk.system.health import Condition
from kiosk.views import CardInputs, Identify, OneTimeCode
from kiosk.words.channels import channel


def question(view: Identify, scene: DrawContext) -> str:
    if view.notice:
        return scene.words.notice(view.notice)
    match view:
        case Identify(code=OneTimeCode(failed=True)):
            return scene.say("We cannot send a code right now. Please ask staff.")
        case Identify(code=OneTimeCode(sent=True)):
            return scene.say("Enter the code we sent you")
        case Identify(code=OneTimeCode(only=True, by=by)):
            return scene.say("We send you a code: {channel}", channel=channel(scene.words, by))
        case Identify(pin=True):
            return scene.say("Enter your PIN")
        case Identify(ways=CardInputs(pad=Condition.READY)):
            return scene.say("Place your card on the reader")
        case Identify(ways=CardInputs(camera=Condition.READY)):
            return scene.say("Scan your card's barcode")
        case _:
            return scene.say("Enter your card number")


def tries(left: int, scene: DrawContext) -> str:
    return scene.words.say_n("One try left.", "{n} tries left.", left)


def other_way(view: Identify, scene: DrawContext) -> str:
    """Return the other way to show a card, or which way is not available now."""
    match view.ways:
        case CardInputs(pad=Condition.READY, camera=Condition.READY):
            return scene.say("Or scan its barcode")
        case CardInputs(pad=Condition.ABSENT, camera=Condition.READY):
            return scene.say("Show it to the camera.")
        case CardInputs(camera=Condition.READY):
            return scene.say("The card reader is not working.")
        case CardInputs(pad=Condition.READY, camera=Condition.ABSENT):
            return scene.say("The number is printed on your card.")
        case CardInputs(pad=Condition.READY):
            return scene.say("The camera is not working.")
        case _:
            return scene.say("Card reader and camera are not working.")


def waiting_words(view: Identify, scene: DrawContext) -> str:
    return scene.words.say_n("One book waits for your card.", "{n} books wait for your card.", len(view.lines))


def typed_caption(view: Identify, scene: DrawContext) -> str:
    """Return the caption of the empty input field."""
    if view.code and (view.code.sent or view.code.only):
        return scene.say("Verification code")
    if view.pin:
        return scene.say("Your PIN")
    nothing_else = Condition.READY not in (view.ways.pad, view.ways.camera)
    return scene.say("Number") if nothing_else else scene.say("Or enter its number")


def ending(scene: DrawContext, view: Identify) -> str:
    """Return the last digits of the known card; "" if unknown."""
    return scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest and view.guest.last4 else ""
