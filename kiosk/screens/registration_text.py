"""Provide the texts of registration: questions, purposes, faults, answers."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.entries import ListEntry
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.my_details_text import capital, in_language, sentences
from kiosk.views import LineState, Registering
from kiosk.views.registration import WRITTEN, RegistrationStep
from kiosk.views.registration_actions import NO, YES
from lending.languages import languages
from lending.model import Reason
from lending.registration import InputFault


def question(view: Registering, scene: DrawContext) -> str:
    child = view.is_child
    match view.step:
        case RegistrationStep.WAY:
            return scene.say("Where would you like to register?")
        case RegistrationStep.NAME:
            return scene.say("What is your name?")
        case RegistrationStep.BORN:
            return scene.say("What is your year of birth?")
        case RegistrationStep.GUARDIAN:
            return scene.say("What is your guardian's name?")
        case RegistrationStep.CONTACT if child:
            return scene.say("Guardian's mobile number or email address")
        case RegistrationStep.CONTACT:
            return scene.say("Your mobile number or email address")
        case RegistrationStep.GROUP:
            return scene.say("Which group are you in?")
        case RegistrationStep.LANGUAGE:
            return scene.say("Which language should our messages use?")
        case RegistrationStep.CONSENT:
            return capital(in_language(view.asked_for.name, scene)) if view.asked_for else ""
        case RegistrationStep.CHECK:
            return scene.say("Check your details")
        case RegistrationStep.CARD:
            return scene.say("Place a blank card on the reader.")
        case _:
            return _became(view, scene)


def purpose_text(view: Registering, scene: DrawContext) -> str:
    """Return the purpose of a question, so that a person can leave it out or go to the service desk."""
    match view.step:
        case RegistrationStep.NAME:
            return scene.say("For your card. Staff check it against your ID card once.")
        case RegistrationStep.BORN:
            return scene.say("Children under 14 need a guardian. We ask only for the year.")
        case RegistrationStep.GUARDIAN:
            return scene.say("A parent or guardian must agree and come to the desk with you once.")
        case RegistrationStep.CONTACT if view.is_child:
            return scene.say("Used only so that staff can contact your guardian.")
        case RegistrationStep.CONTACT if view.needs_address:
            return scene.say("Used only for due dates and holds, unless you agree to more.")
        case RegistrationStep.CONTACT:
            return scene.say("Used only for due dates and holds, unless you agree to more. Optional.")
        case RegistrationStep.GROUP:
            return scene.say("It sets how much you can borrow and for how long.")
        case RegistrationStep.LANGUAGE:
            return scene.say("Our messages use it. You can change it at any time.")
        case RegistrationStep.CONSENT:
            return scene.say("You can borrow without agreeing, and withdraw at any time.")
        case RegistrationStep.CHECK:
            return scene.say("Nothing is sent until you confirm. If you leave, your entries are deleted.")
        case RegistrationStep.CARD:
            return scene.say("No blank cards here? Continue without one. Staff will give you a card.")
        case _:
            return ""


def ways(scene: DrawContext) -> tuple[str, ...]:
    """Return what to expect of either way."""
    return (
        scene.say("It takes about 2 minutes. Each question explains its purpose."),
        scene.say("We ask about everything else separately. Nothing is ticked in advance."),
        scene.say("Show your ID card to staff once. Then you can borrow."),
    )


def fault(view: Registering, scene: DrawContext) -> str:
    """Return what is wrong with the answer, and what a valid one looks like."""
    match view.fault:
        case None:
            return ""
        case InputFault.NO_YEAR:
            return scene.say("Enter a four-digit year of birth, such as 1990.")
        case InputFault.NO_ADDRESS:
            return scene.say("Enter 11 digits, + and the country code, or name@example.org.")
        case InputFault.MISSING if view.step is RegistrationStep.CONTACT:
            return scene.say("Enter a contact for you or your guardian.")
        case InputFault.MISSING:
            return scene.say("Please enter something here.")


def hint(view: Registering, scene: DrawContext) -> str:
    """Return what an answer looks like, shown while the field is empty."""
    match view.step:
        case RegistrationStep.BORN:
            return scene.say("Four digits, such as 1990")
        case RegistrationStep.CONTACT:
            return scene.say("13900000000 or name@example.org")
        case _:
            return scene.say("As shown on your ID card")


def marks(view: Registering, scene: DrawContext) -> dict[str, tuple[str, bool]]:
    """Return label and selection of each answer; no answer is preselected."""
    match view.step:
        case RegistrationStep.GROUP:
            groups = view.form.groups if view.form else {}
            return {
                code: (in_language(name, scene) or code, view.entered.group == code) for code, name in groups.items()
            }
        case RegistrationStep.LANGUAGE:
            return {each: (languages()[each].name, view.entered.language == each) for each in WRITTEN}
        case _:
            said = view.answers.get(view.asked_for.code) if view.asked_for else None
            return {YES: (scene.say("I agree"), said is True), NO: (scene.say("Decline"), said is False)}


def to_read(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return the library's text about the purpose, sentence by sentence."""
    return sentences(in_language(view.asked_for.words, scene)) if view.asked_for else ()


def entries(view: Registering, scene: DrawContext) -> list[ListEntry]:
    """Return all data that will be sent, each with a button to change it."""
    return [_entry(view, step, purpose, scene) for step, purpose in view.pages[:-1]]


def _entry(view: Registering, step: RegistrationStep, purpose: int, scene: DrawContext) -> ListEntry:
    purposes = view.form.purposes if view.form else ()
    answers, choice = view.entered, step.value
    match step:
        case RegistrationStep.NAME:
            small, words = scene.say("Name"), answers.name
        case RegistrationStep.BORN:
            small, words = scene.say("Year of birth"), answers.born
        case RegistrationStep.GUARDIAN:
            small, words = scene.say("Guardian"), answers.guardian
        case RegistrationStep.CONTACT:
            small = scene.say("Guardian's number or address") if view.is_child else scene.say("Number or address")
            words = answers.contact or scene.say("None")
        case RegistrationStep.GROUP:
            name = view.form.groups.get(answers.group, {}) if view.form else {}
            small, words = scene.say("Group"), in_language(name, scene) or answers.group
        case RegistrationStep.LANGUAGE:
            small, words = scene.say("Language of our messages"), languages()[answers.language].name
        case _:
            asked = purposes[purpose]
            choice = asked.code
            small = scene.say("I agree") if view.answers.get(asked.code) else scene.say("Decline")
            words = capital(in_language(asked.name, scene))
    action = scene.action("change", choice=choice)
    return ListEntry(words, small, buttons=(Button(action, scene.say("Change")),) if action else (), most=2)


def _became(view: Registering, scene: DrawContext) -> str:
    match view.state:
        case LineState.CHECKING:
            return scene.say("One moment")
        case LineState.DONE:
            return scene.say("You are registered.")
        case LineState.SAVED:
            return scene.say("Saved. We send it when the network is back.")
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            return scene.words.explain(view.block).what
        case _:
            return scene.say("This could not be completed here.")


def next_steps(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return what the person does now."""
    match view.state:
        case LineState.CHECKING:
            return ()
        case LineState.DONE | LineState.SAVED:
            child = scene.say("Come to the desk with your guardian and show this number.")
            adult = scene.say("Show this number and your ID card at the desk.")
            card = scene.say("Your card works once staff have checked your ID. Please take it with you.")
            return (child if view.child else adult, *((card,) if view.card else ()))
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            explanation = scene.words.explain(view.block)
            return (explanation.why, explanation.next)
        case _:
            return (scene.say("Nothing was saved. You can register at the desk."),)
