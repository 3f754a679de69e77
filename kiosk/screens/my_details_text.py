"""Provide the headings and explanations of each page of a patron's record."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kiosk.screens.draw_context import DrawContext
from kiosk.views import Details, LineState, RecordPage, key_of
from lending.languages import text_for
from lending.patron_record import Consent
from lending.responses import MessageTest, PatronResponse, RecordErasure, RecordExport


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
        RecordPage.PHONE: scene.say("On my phone"),
        RecordPage.HAD: scene.say("My reading history"),
        RecordPage.FRIEND: scene.say("Recommend it"),
    }[RecordPage(room)]


def heading(view: Details, scene: DrawContext) -> str:
    match view.room:
        case RecordPage.CONTACTS if view.mine is None or view.mine.contacts:
            return scene.say("Are these still correct?")
        case RecordPage.WHY:
            return consent_name(view, scene)
        case RecordPage.SUBJECTS:
            return scene.say("What interests you?")
        case RecordPage.LOOK:
            return scene.say("Screen settings")
        case RecordPage.QUIET:
            return scene.say("Quiet hours")
        case RecordPage.ERASE:
            return scene.say("Erase my data")
        case RecordPage.PHONE:
            return scene.say("Continue on your phone")
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
    return capital(in_language(found.name, scene)) if found else ""


def in_language(words: Mapping[str, str], scene: DrawContext) -> str:
    """Return the library's text in the patron's language, else in English, else ""."""
    return text_for(words, scene.words.language) or words.get("en", "")


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def about_room(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return the sentences about a page, the most important first."""
    child = view.mine is not None and view.mine.child
    match view.room:
        case RecordPage.ALL:
            ending = scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest.last4 else ""
            shown = scene.say("Only you can see this. It closes when your visit ends.")
            return tuple(filter(None, (ending, shown)))
        case RecordPage.CONTACTS | RecordPage.WAYS | RecordPage.CONSENTS | RecordPage.WHY if child:
            return (scene.say("Messages go to the guardian. Change this together at the desk."),)
        case RecordPage.CONTACTS if view.mine and not view.mine.contacts:
            return (scene.say("You can add one on your phone, or at the desk."),)
        case RecordPage.CONTACTS:
            return (scene.say("Partly hidden. Add a new address on your phone or at the desk."),)
        case RecordPage.WAYS:
            return (scene.say("We try the first way, and the next one if it fails."),)
        case RecordPage.QUIET:
            return (scene.say("You still receive codes and replies that you are waiting for."),)
        case RecordPage.CONSENTS:
            return (scene.say("Choose each one separately. None is required to borrow. You can withdraw at any time."),)
        case RecordPage.WHY:
            return _consent_lines(view, scene)
        case RecordPage.INTERESTS | RecordPage.SUBJECTS:
            return (scene.say("Used only to recommend books to you."),)
        case RecordPage.LETTERS:
            return (scene.say("Messages from the library to you."),)
        case RecordPage.LOOK:
            return (
                scene.say("All our kiosks use these settings with your card. They say only how you like the screen."),
                scene.say("Later changes with the buttons at the top are remembered too."),
            )
        case RecordPage.DATA:
            return (scene.say("You can see and delete the data we keep about you."),)
        case RecordPage.ERASE:
            return () if became(view, scene, RecordErasure) else (scene.say("Nothing happens until you confirm here."),)
        case RecordPage.HAD if view.mine is not None and not view.mine.remembers:
            return (scene.say("We keep your reading history only if you agree."),)
        case RecordPage.HAD:
            return (
                scene.say("Staff see it only with your card at the desk, or to make a copy for you."),
                scene.say("We keep as many titles as you chose on your phone."),
            )
        case RecordPage.FRIEND:
            return (scene.say("A friend can scan this code to see the book in our catalogue. Your name is not shown."),)
        case RecordPage.PHONE:
            return (
                scene.say("Scan the code with your phone to open your settings. It works once."),
                scene.say("There you can add an address, link WeChat and change other settings."),
            )


def _consent_lines(view: Details, scene: DrawContext) -> tuple[str, ...]:
    found = consent_of(view)
    if found is None:
        return ()
    return (scene.say("You currently agree to this.") if found.given else scene.say("You have not agreed to this."),)


def to_read(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return the text that must be shown before the patron agrees or erases."""
    match view.room:
        case RecordPage.WHY:
            found = consent_of(view)
            return sentences(in_language(found.words, scene)) if found else ()
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
        return (scene.say("To erase a child's record, come to the desk with a guardian."),)
    goes = scene.say("Permanently deleted: name, addresses, consents, interests, history, messages and your card.")
    after = scene.say("After 3 days. You can cancel until then.")
    anonymous = scene.say("Past loans and fees remain as anonymous statistics.")
    if not mine.stays:
        return after, goes, anonymous
    kept = {"open_loans": scene.say("books on loan"), "fees": scene.say("open fees")}
    why = scene.say(", ").join(kept[each] for each in mine.stays if each in kept)
    waits = scene.say("Name, card and addresses stay until these are settled: {why}.", why=why)
    return after, waits, goes, anonymous


def became(
    view: Details, scene: DrawContext, kind: type[PatronResponse], about: str = ""
) -> tuple[LineState, str] | None:
    """Return the result of a change with its text; None if it was not requested."""
    state = view.changes.get(key_of(kind, about))
    if state is None:
        return None
    return state, {
        LineState.CHECKING: scene.say("Checking"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not completed. Please ask staff."),
    }.get(state, _done_text(kind, scene))


def _done_text(kind: type[PatronResponse], scene: DrawContext) -> str:
    if kind is MessageTest:
        return scene.say("A test message is on its way.")
    if kind is RecordExport:
        return scene.say("We will message you when it is ready.")
    if kind is RecordErasure:
        return scene.say("It is erased after 3 days.")
    return scene.say("Saved")
