"""Provide the texts of registration: questions, purposes, faults, answers."""

from __future__ import annotations

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.entries import Entry
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.my_details_text import capital, localized, sentences
from kiosk.views import LineState, Registering
from kiosk.views.registration import WRITTEN, Step
from kiosk.views.registration_actions import NO, YES
from lending.languages import languages
from lending.model import Reason
from lending.registration import InputFault


def question(view: Registering, scene: DrawContext) -> str:
    child = view.is_child
    match view.step:
        case Step.WAY:
            return scene.say("Where would you like to register?")
        case Step.NAME:
            return scene.say("What is your name?")
        case Step.BORN:
            return scene.say("In which year were you born?")
        case Step.GUARDIAN:
            return scene.say("What is your guardian's name?")
        case Step.CONTACT if child:
            return scene.say("Where do we reach your guardian? Mobile number or e-mail")
        case Step.CONTACT:
            return scene.say("Where do we reach you? Mobile number or e-mail")
        case Step.GROUP:
            return scene.say("Which of these are you?")
        case Step.LANGUAGE:
            return scene.say("In which language shall we write to you?")
        case Step.CONSENT:
            return capital(localized(view.asked_for.name, scene)) if view.asked_for else ""
        case Step.CHECK:
            return scene.say("Is all of this right?")
        case Step.CARD:
            return scene.say("Hold a blank card to the reader.")
        case _:
            return _became(view, scene)


def why(view: Registering, scene: DrawContext) -> str:
    """Return the purpose of a question, so that a person can leave it out or go to the service desk."""
    match view.step:
        case Step.NAME:
            return scene.say("For your card. Staff compare it with your identity card, once.")
        case Step.BORN:
            return scene.say("Children under 14 register with a guardian. The year is enough.")
        case Step.GUARDIAN:
            return scene.say("A grown-up agrees for you, and comes to the desk with you once.")
        case Step.CONTACT if view.is_child:
            return scene.say("So that staff can talk to your guardian. It is used for nothing else.")
        case Step.CONTACT if view.needs_address:
            return scene.say("For due dates and holds. It is used for nothing else unless you say so.")
        case Step.CONTACT:
            return scene.say("For due dates and holds, and for nothing else unless you say so. You may leave it empty.")
        case Step.GROUP:
            return scene.say("It says how much you may borrow, and for how long.")
        case Step.LANGUAGE:
            return scene.say("Messages come in it. You can change it at any time.")
        case Step.CONSENT:
            return scene.say("You borrow just the same without it, and can take it back at any time.")
        case Step.CHECK:
            return scene.say("Nothing is sent before you say so. Whoever walks away leaves nothing here.")
        case Step.CARD:
            return scene.say("Are there none here? Go on without one: staff give you a card.")
        case _:
            return ""


def ways(scene: DrawContext) -> tuple[str, ...]:
    """Return what to expect of either way."""
    return (
        scene.say("It takes about two minutes. Each question says what it is for."),
        scene.say("Everything else is asked one by one, and nothing is ticked before."),
        scene.say("Staff see your identity card once; then you may borrow."),
    )


def fault(view: Registering, scene: DrawContext) -> str:
    """Return what is wrong with the answer, and what a valid one looks like."""
    match view.fault:
        case None:
            return ""
        case InputFault.NO_YEAR:
            return scene.say("This is no year of birth: four digits, such as 1990.")
        case InputFault.NO_ADDRESS:
            return scene.say("This is neither: 11 digits, or + and the country's code, or name@example.org.")
        case InputFault.MISSING if view.step is Step.CONTACT:
            return scene.say("We need one way to reach you or your guardian.")
        case InputFault.MISSING:
            return scene.say("Please type something here.")


def hint(view: Registering, scene: DrawContext) -> str:
    """Return what an answer looks like, shown while the field is empty."""
    match view.step:
        case Step.BORN:
            return scene.say("Four digits, such as 1990")
        case Step.CONTACT:
            return scene.say("13900000000 or name@example.org")
        case _:
            return scene.say("As it stands on the identity card")


def marks(view: Registering, scene: DrawContext) -> dict[str, tuple[str, bool]]:
    """Return label and selection of each answer; no answer is preselected."""
    match view.step:
        case Step.GROUP:
            groups = view.form.groups if view.form else {}
            return {code: (localized(name, scene) or code, view.told.group == code) for code, name in groups.items()}
        case Step.LANGUAGE:
            return {each: (languages()[each].name, view.told.language == each) for each in WRITTEN}
        case _:
            said = view.answers.get(view.asked_for.code) if view.asked_for else None
            return {YES: (scene.say("I agree"), said is True), NO: (scene.say("No, thank you"), said is False)}


def to_read(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return the library's text about the purpose, sentence by sentence."""
    return sentences(localized(view.asked_for.words, scene)) if view.asked_for else ()


def entries(view: Registering, scene: DrawContext) -> list[Entry]:
    """Return all data that will be sent, each with a button to change it."""
    return [_entry(view, step, purpose, scene) for step, purpose in view.pages[:-1]]


def _entry(view: Registering, step: Step, purpose: int, scene: DrawContext) -> Entry:
    purposes = view.form.purposes if view.form else ()
    answers, choice = view.told, step.value
    match step:
        case Step.NAME:
            small, words = scene.say("Name"), answers.name
        case Step.BORN:
            small, words = scene.say("Year of birth"), answers.born
        case Step.GUARDIAN:
            small, words = scene.say("Guardian"), answers.guardian
        case Step.CONTACT:
            small = scene.say("Guardian's number or address") if view.is_child else scene.say("Number or address")
            words = answers.contact or scene.say("None")
        case Step.GROUP:
            name = view.form.groups.get(answers.group, {}) if view.form else {}
            small, words = scene.say("Group"), localized(name, scene) or answers.group
        case Step.LANGUAGE:
            small, words = scene.say("Language of our messages"), languages()[answers.language].name
        case _:
            asked = purposes[purpose]
            choice = asked.code
            small = scene.say("I agree") if view.answers.get(asked.code) else scene.say("No, thank you")
            words = capital(localized(asked.name, scene))
    action = scene.action("change", choice=choice)
    return Entry(words, small, buttons=(Button(action, scene.say("Change")),) if action else (), most=2)


def _became(view: Registering, scene: DrawContext) -> str:
    match view.state:
        case LineState.CHECKING:
            return scene.say("One moment")
        case LineState.DONE:
            return scene.say("You are registered.")
        case LineState.SAVED:
            return scene.say("Saved. The library hears of it when the network is back.")
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            return scene.words.explain(view.block).what
        case _:
            return scene.say("That could not be taken here.")


def next_steps(view: Registering, scene: DrawContext) -> tuple[str, ...]:
    """Return what the person does now."""
    match view.state:
        case LineState.CHECKING:
            return ()
        case LineState.DONE | LineState.SAVED:
            child = scene.say("Come to the desk together with your guardian, and show this number.")
            adult = scene.say("Show this number and your identity card at the desk.")
            card = scene.say("Your card opens when staff have seen you. Please take it with you.")
            return (child if view.child else adult, *((card,) if view.card else ()))
        case _ if view.block is not None and view.block.reason is Reason.CARD_TAKEN:
            explanation = scene.words.explain(view.block)
            return (explanation.why, explanation.next)
        case _:
            return (scene.say("Nothing was kept. Staff at the desk register you in a minute."),)
