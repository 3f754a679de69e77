"""Provide the headings and explanations of each page of a patron's record."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kiosk.screens.draw_context import DrawContext
from kiosk.views import Details, LineState, RecordPage, key_of
from lending.languages import own
from lending.patron_record import ERASE, EXPORT, Consent


def open_words(room: str, scene: DrawContext) -> str:
    """Return the label of the button that opens a page."""
    return {
        RecordPage.ALL: scene.say("My details"),
        RecordPage.CONTACTS: scene.say("Addresses"),
        RecordPage.WAYS: scene.say("Channels"),
        RecordPage.CONSENTS: scene.say("Consents"),
        RecordPage.WHY: scene.say("Why"),
        RecordPage.INTERESTS: scene.say("Interests"),
        RecordPage.SUBJECTS: scene.say("Add one"),
        RecordPage.LETTERS: scene.say("Messages"),
        RecordPage.LOOK: scene.say("Change"),
        RecordPage.QUIET: scene.say("Change"),
        RecordPage.DATA: scene.say("Your data"),
        RecordPage.ERASE: scene.say("Erase"),
        RecordPage.PHONE: scene.say("By phone"),
        RecordPage.HAD: scene.say("What I have read"),
        RecordPage.FRIEND: scene.say("Recommend it"),
    }[RecordPage(room)]


def heading(view: Details, scene: DrawContext) -> str:
    match view.room:
        case RecordPage.CONTACTS if view.mine is None or view.mine.contacts:
            return scene.say("Are these still right?")
        case RecordPage.WHY:
            return consent_name(view, scene)
        case RecordPage.SUBJECTS:
            return scene.say("What interests you?")
        case RecordPage.LOOK:
            return scene.say("How I like the screen")
        case RecordPage.QUIET:
            return scene.say("Quiet hours")
        case RecordPage.ERASE:
            return scene.say("Erase everything")
        case RecordPage.PHONE:
            return scene.say("Go on with your phone")
        case RecordPage.FRIEND:
            return next((each.title for each in view.had if each.key == view.about), "")
        case RecordPage.ALL if view.guest.name:
            return view.guest.name
        case room:
            return open_words(room, scene)


def friends_link(view: Details) -> str:
    """Return the link with which a friend's phone finds the title; "" if there is none."""
    return next((each.link for each in view.had if each.key == view.about), "")


def consent_of(view: Details) -> Consent | None:
    """Return the consent that the page is about; None on other pages."""
    consents = view.mine.consents if view.mine else ()
    return next((each for each in consents if each.purpose == view.about), None)


def consent_name(view: Details, scene: DrawContext) -> str:
    found = consent_of(view)
    return capital(localized(found.name, scene)) if found else ""


def localized(words: Mapping[str, str], scene: DrawContext) -> str:
    """Return the library's text in the patron's language, else in English, else ""."""
    return own(words, scene.words.language) or words.get("en", "")


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def about_room(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return the sentences about a page, the most important first."""
    child = view.mine is not None and view.mine.child
    match view.room:
        case RecordPage.ALL:
            ending = scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest.last4 else ""
            shown = scene.say("Only you see this: it opened with your PIN or a code, and closes with your visit.")
            return tuple(filter(None, (ending, shown)))
        case RecordPage.CONTACTS | RecordPage.WAYS | RecordPage.CONSENTS | RecordPage.WHY if child:
            return (scene.say("What the library sends goes to the guardian. Change it at the desk, together."),)
        case RecordPage.CONTACTS if view.mine and not view.mine.contacts:
            return (scene.say("You can add one on your phone, or at the desk."),)
        case RecordPage.CONTACTS:
            return (scene.say("Shown in part only. A new address is typed on your phone, or at the desk."),)
        case RecordPage.WAYS:
            return (scene.say("We try the first way, and the next one if it fails."),)
        case RecordPage.QUIET:
            return (scene.say("Codes and answers that you wait for come all the same."),)
        case RecordPage.CONSENTS:
            return (scene.say("Each by itself; none is needed to borrow. You can take back each one at any time."),)
        case RecordPage.WHY:
            return _given(view, scene)
        case RecordPage.INTERESTS | RecordPage.SUBJECTS:
            return (scene.say("They tell what we recommend to you, and nothing else."),)
        case RecordPage.LETTERS:
            return (scene.say("What somebody at the library wrote to you."),)
        case RecordPage.LOOK:
            return (
                scene.say("Your card sets the screen so at each of our kiosks. It tells how you read, and no more."),
                scene.say("What you change later with the buttons at the top is remembered too."),
            )
        case RecordPage.DATA:
            return (scene.say("What is kept of you is yours to see and to end."),)
        case RecordPage.ERASE:
            return () if became(view, scene, ERASE) else (scene.say("Nothing is done before you say so here."),)
        case RecordPage.HAD if view.mine is not None and not view.mine.remembers:
            return (scene.say("The library keeps what you have read only if you agree to it."),)
        case RecordPage.HAD:
            return (
                scene.say("Staff see it only with your card at the desk, or to make you a copy."),
                scene.say("As many titles are kept as you chose on your phone."),
            )
        case RecordPage.FRIEND:
            return (scene.say("A friend's phone opens this book in our catalogue by the code, without your name."),)
        case RecordPage.PHONE:
            return (
                scene.say("Hold your phone's camera over the code. It opens your settings there, once."),
                scene.say("There you add an address, bind WeChat, and find everything else."),
            )


def _given(view: Details, scene: DrawContext) -> tuple[str, ...]:
    found = consent_of(view)
    if found is None:
        return ()
    return (scene.say("You agree to this now.") if found.given else scene.say("You have not agreed to this."),)


def to_read(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return the text that must be shown before the patron agrees or erases."""
    match view.room:
        case RecordPage.WHY:
            found = consent_of(view)
            return sentences(localized(found.words, scene)) if found else ()
        case RecordPage.ERASE:
            return _erase(view, scene)
        case _:
            return ()


def sentences(words: str) -> tuple[str, ...]:
    """Split a text into sentences, so that a small screen can page through them."""
    return tuple(each.strip() for each in re.split(r"(?<=。)|(?<=\.) ", words) if each.strip())


def _erase(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return what is erased, what is kept and why, before anything is done."""
    mine = view.mine
    if mine is None:
        return ()
    if mine.child:
        return (scene.say("A child's record is erased at the desk, together with the guardian."),)
    goes = scene.say("Gone for good: name, addresses, consents, interests, history, messages, and your card.")
    after = scene.say("After three days. You can call it off.")
    nobody = scene.say("Past loans and fees stay as numbers that are nobody's.")
    if not mine.stays:
        return after, goes, nobody
    kept = {"open_loans": scene.say("books on loan"), "fees": scene.say("open fees")}
    why = scene.say(", ").join(kept[each] for each in mine.stays if each in kept)
    waits = scene.say("Name, card and addresses stay until these are settled: {why}.", why=why)
    return after, waits, goes, nobody


def became(view: Details, scene: DrawContext, ask: str, about: str = "") -> tuple[LineState, str] | None:
    """Return the result of a change with its text; None if it was not requested."""
    state = view.said.get(key_of(ask, about))
    if state is None:
        return None
    return state, {
        LineState.CHECKING: scene.say("Checking"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not done. Please ask staff."),
    }.get(state, _done(ask, scene))


def _done(ask: str, scene: DrawContext) -> str:
    match ask:
        case "test":
            return scene.say("A test message is on its way.")
        case "export" if ask == EXPORT:
            return scene.say("A librarian writes to you when it is ready.")
        case "erase" if ask == ERASE:
            return scene.say("It is erased after three days.")
        case _:
            return scene.say("Noted")
