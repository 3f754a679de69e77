"""Draw My details: the patron's own record page by page, with purposes and possible changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kiosk.screens.components.buttons import Button, draw_answer
from kiosk.screens.components.cards import draw_code
from kiosk.screens.components.choices import draw_choices
from kiosk.screens.components.entries import ListEntry, draw_entries
from kiosk.screens.components.shelf import draw_bare_shelf
from kiosk.screens.components.states import State, draw_state
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.overflow import draw_more, more_width
from kiosk.screens.rendering.display_list import Box
from kiosk.screens.rendering.text_layout import is_chinese
from kiosk.screens.rendering.theme import Type
from kiosk.screens.visit_list import state_of
from kiosk.views import Action, Details, LineState, RecordPage, Status, key_of, preferences_of
from kiosk.views.my_details import ON, QUIET_HOURS, addable, first_of_each
from kiosk.words.channels import channel, field
from kiosk.words.localizer import Localizer
from kiosk.words.post_visit import wish
from lending.display_preferences import OFF
from lending.languages import language_name, languages
from lending.patron_record import (
    HISTORY,
    NEVER_QUIET,
    REMINDERS,
    REMOVED,
    STATED,
    Consent,
    Contact,
    Interest,
    PatronRecord,
)
from lending.responses import (
    AddressUse,
    ConsentChange,
    ContactCheck,
    HistoryErasure,
    InferenceChange,
    InterestChange,
    MessageLanguage,
    MessageTest,
    PatronResponse,
    PreferredChannel,
    QuietHours,
    RecordErasure,
    RecordExport,
    StoredPreferences,
    VisitErasure,
)

ICONS = {
    RecordPage.CONTACTS: "id-card",
    RecordPage.WAYS: "message-square",
    RecordPage.CONSENTS: "check",
    RecordPage.INTERESTS: "bookmark",
    RecordPage.LETTERS: "bell",
    RecordPage.DATA: "receipt-text",
}
BARE = {RecordPage.CONTACTS: "id-card", RecordPage.LETTERS: "bell", RecordPage.HAD: "book-up"}
"""Icon of the empty-list drawing, by page."""
LOWEST = 0.4
"""Maximum share of the height for the text above a list."""


def draw(view: Details, scene: DrawContext) -> None:
    frame = scene.frame
    scene.head()
    area = frame.right
    if frame.single:
        share = 0.0 if scene.page.theme.compact else LOWEST
        y = _draw_about(view, scene, Box(area.x, area.y, area.w, area.h * share))
        area = Box(area.x, y, area.w, area.bottom - y)
    else:
        y = _draw_about(view, scene, frame.left)
        if view.room is RecordPage.LETTERS and view.record is not None and view.record.letters:
            draw_bare_shelf(scene.page, Box(frame.left.x, y, frame.left.w, frame.left.bottom - y))
    answer = _answer(view, scene)
    if answer and not scene.page.theme.compact:
        area = draw_answer(scene.page, area, answer)
        answer = None
    hidden, total = _room(view, scene, area)
    room = scene.foot(("back",), ("finish",), more_width(scene, hidden), answer=answer)
    draw_more(scene, room, hidden, total)


def _answer(view: Details, scene: DrawContext) -> Button | None:
    """Return the one answer that the page asks for.

    On a small screen it is in the footer, to leave room for the text.
    """
    if view.room not in (RecordPage.WHY, RecordPage.ERASE):
        return None
    words = {
        "give": (scene.say("I agree"), ""),
        "withdraw": (scene.say("Withdraw consent"), scene.say("Withdraw")),
        "erase_all": (scene.say("Erase my data"), scene.say("Erase")),
    }
    found = ((each, *words[each.name]) for each in scene.actions if each.name in words)
    return next((Button(action, label, short=short) for action, label, short in found), None)


def _draw_about(view: Details, scene: DrawContext, area: Box) -> float:
    """Draw what the page is for; less important sentences are left out if room is short."""
    page = scene.page
    title = heading(view, scene)
    steps = (Type.BODY,) if page.theme.compact or page.theme.large else (Type.TITLE, Type.BODY)
    lines = 1 if is_chinese(title) else 2
    y = page.words(area, title, page.step_for(title, area.w, page.leading(Type.TITLE) * lines, steps)) + page.u(1)
    for words in about_room(view, scene):
        high = page.count_lines(words, Type.CAP, area.w) * page.leading(Type.CAP)
        if y + high > area.bottom:
            break
        y = page.words(Box(area.x, y, area.w, area.h), words, Type.CAP, page.colours.ink2) + page.u(1)
    return y + page.u(1)


def _room(view: Details, scene: DrawContext, area: Box) -> tuple[int, int]:
    """Draw the content of the page.

    Returns:
        Number of rows out of sight, and number of all rows.
    """
    page = scene.page
    if view.record is None:
        _waits(view, scene, area)
        return 0, 0
    if view.room is RecordPage.ALL:
        doors = [each for each in scene.actions if each.name == "open"]
        draw_choices(page, area, [_door(each, len(view.record.letters), scene) for each in doors])
        return 0, 0
    if view.room in (RecordPage.PHONE, RecordPage.FRIEND):
        _phone(view.link or friends_link(view), scene, area)
        return 0, 0
    if _is_bare(view.room, view.record):
        _bare(scene, area, BARE[view.room])
    consent = to_read(view, scene)
    rows = [*(ListEntry(each, plain=True) for each in consent), *entries(view, view.record, scene)]
    return draw_entries(page, area, rows, scene.first), len(rows)


def _is_bare(room: RecordPage, mine: PatronRecord) -> bool:
    match room:
        case RecordPage.CONTACTS:
            return not mine.contacts
        case RecordPage.LETTERS:
            return not mine.letters
        case RecordPage.HAD:
            return mine.remembers and not mine.had
        case _:
            return False


def _door(action: Action, letters: int, scene: DrawContext) -> Button:
    words = open_words(action.choice or "", scene)
    if action.choice == RecordPage.LETTERS and letters:
        words = scene.words.say_n("{n} message", "{n} messages", letters)
    return Button(action, words, ICONS[RecordPage(action.choice or "")])


def _waits(view: Details, scene: DrawContext, area: Box) -> None:
    page = scene.page
    box = Box(area.x, area.y + page.u(2), area.w, page.leading(Type.BODY))
    if view.missing:
        words = scene.say("This is not available right now. Try again soon, or ask staff.")
        page.words(box, words, page.step_for(words, area.w, area.h - page.u(4), (Type.BODY, Type.CAP)))
        _bare(scene, area, "cloud-off")
    else:
        draw_state(page, box, State.CHECKING, scene.say("One moment"), Type.BODY)


def _bare(scene: DrawContext, area: Box, icon: str) -> None:
    """Draw the empty shelf under a short text."""
    draw_bare_shelf(scene.page, Box(area.x, area.y + area.h / 2, area.w, area.h / 2), icon)


def _phone(link: str, scene: DrawContext, area: Box) -> None:
    page = scene.page
    if not link:
        draw_state(page, Box(area.x, area.y + page.u(2), area.w, page.leading(Type.BODY)), State.CHECKING,
                   scene.say("One moment"), Type.BODY)  # fmt: skip
        return
    draw_code(page, Box(area.x, area.y, area.w, area.h - page.u(2)), scene.code(link, "l", boost=False))


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
        case RecordPage.CONTACTS if view.record is None or view.record.contacts:
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
    consents = view.record.consents if view.record else ()
    return next((each for each in consents if each.purpose == view.about), None)


def consent_name(view: Details, scene: DrawContext) -> str:
    found = consent_of(view)
    return capital(in_language(found.name, scene)) if found else ""


def in_language(words: Mapping[str, str], scene: DrawContext) -> str:
    """Return the library's text in the patron's language, else in its first, else ""."""
    return scene.words.pick(words)


def capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def about_room(view: Details, scene: DrawContext) -> tuple[str, ...]:
    """Return the sentences about a page, the most important first."""
    child = view.record is not None and view.record.child
    match view.room:
        case RecordPage.ALL:
            ending = scene.say("Card ending {last4}", last4=view.guest.last4) if view.guest.last4 else ""
            shown = scene.say("Only you can see this. It closes when your visit ends.")
            return tuple(filter(None, (ending, shown)))
        case RecordPage.CONTACTS | RecordPage.WAYS | RecordPage.CONSENTS | RecordPage.WHY if child:
            return (scene.say("Messages go to the guardian. Change this together at the desk."),)
        case RecordPage.CONTACTS if view.record and not view.record.contacts:
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
            asked = key_of(RecordErasure) in view.changes
            return () if asked else (scene.say("Nothing happens until you confirm here."),)
        case RecordPage.HAD if view.record is not None and not view.record.remembers:
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
    mine = view.record
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


def _done_text(kind: type[PatronResponse], scene: DrawContext) -> str:
    if kind is MessageTest:
        return scene.say("A test message is on its way.")
    if kind is RecordExport:
        return scene.say("We will message you when it is ready.")
    if kind is RecordErasure:
        return scene.say("It is erased after 3 days.")
    return scene.say("Saved")


StateWords = tuple[State, str] | None


def entries(view: Details, mine: PatronRecord, scene: DrawContext) -> list[ListEntry]:
    """Return the rows of the current page."""
    match view.room:
        case RecordPage.CONTACTS:
            return list(_contacts(view, mine, scene))
        case RecordPage.WAYS:
            return list(_ways(view, mine, scene))
        case RecordPage.QUIET:
            return list(_quiet(view, mine, scene))
        case RecordPage.CONSENTS:
            return list(_consents(view, mine, scene))
        case RecordPage.WHY:
            outcome = _outcome(view, scene, ConsentChange, view.about)
            return [ListEntry("", state=outcome)] if outcome else []
        case RecordPage.INTERESTS:
            return list(_interests(view, mine, scene))
        case RecordPage.SUBJECTS:
            return [_subject(each, scene) for each in mine.classes if each.code in addable(mine)]
        case RecordPage.LETTERS:
            return list(_letters(mine, scene))
        case RecordPage.LOOK:
            return list(_look(view, mine, scene))
        case RecordPage.DATA:
            return list(_data(view, mine, scene))
        case RecordPage.ERASE:
            outcome = _outcome(view, scene, RecordErasure)
            return [ListEntry("", state=outcome)] if outcome else []
        case RecordPage.HAD:
            return list(_had(view, mine, scene))
        case RecordPage.ALL | RecordPage.PHONE | RecordPage.FRIEND:
            return []


def _outcome(view: Details, scene: DrawContext, kind: type[PatronResponse], about: str = "") -> StateWords:
    """Return the result of a change with its text; None if it was not requested."""
    found = view.changes.get(key_of(kind, about))
    state = state_of(found) if found else None
    if found is None or state is None:
        return None
    words = {
        LineState.CHECKING: scene.say("Checking"),
        LineState.SAVED: scene.say("Saved, not yet confirmed"),
        LineState.REFUSED: scene.say("Not completed. Please ask staff."),
    }
    return state, words.get(found, _done_text(kind, scene))


def _buttons(scene: DrawContext, *named: tuple[str, str, str]) -> tuple[Button, ...]:
    """Return buttons from action name, choice and label; actions that the view does not have are left out."""
    found = ((scene.action(name, choice=choice or None), words) for name, choice, words in named)
    return tuple(Button(action, words) for action, words in found if action is not None)


def _open(page: RecordPage, scene: DrawContext) -> tuple[Button, ...]:
    return _buttons(scene, ("open", page, open_words(page, scene)))


def _entry_to(page: RecordPage, words: str, scene: DrawContext) -> Iterator[ListEntry]:
    """Yield a row with a button that opens the page, if the view has it."""
    if buttons := _open(page, scene):
        yield ListEntry(words, buttons=buttons)


def _contacts(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    for each in mine.contacts:
        small = field(scene.words, each.channel)
        if each.bounced:
            small = scene.say("{way}: the last message was returned", way=small)
        elif not each.sure:
            small = scene.say("{way}: not confirmed for a long time", way=small)
        right = ("right", each.number, scene.say("Still correct"))
        wrong = ("wrong", each.number, scene.say("No longer correct") if each.address else scene.say("Remove"))
        yield ListEntry(
            each.shown, small, _outcome(view, scene, ContactCheck, each.number), _buttons(scene, right, wrong)
        )
        if each in first_of_each(mine):
            yield from _usage_entries(view, mine, each, scene)
    if not mine.contacts and not mine.child:
        yield ListEntry(scene.say("We have no contact details for you."))
    yield from _entry_to(RecordPage.PHONE, scene.say("Add or change one"), scene)


def _usage_entries(view: Details, mine: PatronRecord, each: Contact, scene: DrawContext) -> Iterator[ListEntry]:
    """Yield what an address is used for, if the patron consented to more than service notices."""
    off = ("no_news", each.channel, scene.say("Stop news here"))
    on = ("news", each.channel, scene.say("Allow news here"))
    outcome, buttons = _outcome(view, scene, AddressUse, each.channel), _buttons(scene, off, on)
    if not (outcome or buttons):
        return
    names = [in_language(one.name, scene) for one in mine.consents if one.purpose in each.serves]
    words = scene.say("For your loans, and: {news}", news=scene.say(", ").join(names))
    small = field(scene.words, each.channel)
    yield ListEntry(words if names else scene.say("For loans only"), small, outcome, buttons, most=3)


def _ways(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    for place, each in enumerate(mine.ways):
        test = ("send_test", each.channel, scene.say("Send a test"))
        first = ("first", each.channel, scene.say("Use first"))
        words = scene.say("First: {channel}", channel=channel(scene.words, each.channel)) if place == 0 else ""
        outcome = _outcome(view, scene, MessageTest, each.channel) or (
            _outcome(view, scene, PreferredChannel) if place == 0 else None
        )
        yield ListEntry(words or channel(scene.words, each.channel), each.shown, outcome, _buttons(scene, test, first))
    for one in (each for each in mine.consents if each.purpose == REMINDERS):
        when = scene.say("when you usually return") if one.given else scene.say("some days before they are due")
        change = _buttons(scene, ("why", REMINDERS, scene.say("Change")))
        yield ListEntry(scene.say("Reminders"), capital(when), _outcome(view, scene, ConsentChange, REMINDERS), change)
    open_quiet = _open(RecordPage.QUIET, scene)
    yield ListEntry(scene.say("Quiet hours"), hours(mine.quiet, scene), _outcome(view, scene, QuietHours), open_quiet)
    yield from _entry_to(RecordPage.PHONE, scene.say("Link WeChat or add an address"), scene)


def hours(quiet: str, scene: DrawContext) -> str:
    return scene.say("Library default") if quiet == NEVER_QUIET else quiet.replace("-", "–")


def _quiet(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    yield ListEntry(hours(mine.quiet, scene), scene.say("Current setting"), _outcome(view, scene, QuietHours))
    for each in QUIET_HOURS:
        if each != mine.quiet:
            yield ListEntry(hours(each, scene), buttons=_buttons(scene, ("quiet", each, scene.say("Choose"))))


def _consents(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    for each in mine.consents:
        given = (State.DONE, scene.say("You agree")) if each.given else None
        small = "" if each.given else scene.say("You do not agree")
        why = ("why", each.purpose, scene.say("Why"))
        off = ("withdraw", each.purpose, scene.say("Withdraw"))
        name = capital(in_language(each.name, scene))
        outcome = _outcome(view, scene, ConsentChange, each.purpose)
        yield ListEntry(name, small, outcome or given, _buttons(scene, why, off))


def _interests(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    if not mine.reads:
        words = scene.say("Interests need two consents: reading history and recommendations.")
        yield ListEntry(words, buttons=_open(RecordPage.CONSENTS, scene))
        return
    for each in mine.interests:
        outcome = _outcome(view, scene, InterestChange, each.code)
        remove = ("remove", each.code, scene.say("Remove"))
        restore = ("restore", each.code, scene.say("Allow again"))
        yield ListEntry(_name(each, scene), _source(each, scene), outcome, _buttons(scene, remove, restore))
    if not mine.interests:
        yield ListEntry(scene.say("None yet."))
    yield from _entry_to(RecordPage.SUBJECTS, scene.say("Something else"), scene)
    now = scene.say("Your loans are not used to find your interests.")
    if mine.infers:
        now = scene.say("Your loans are used to find your interests.")
    off, on = ("infer", "off", scene.say("Switch off")), ("infer", "on", scene.say("Switch on"))
    yield ListEntry(now, "", _outcome(view, scene, InferenceChange), _buttons(scene, off, on))


def _subject(each: Interest, scene: DrawContext) -> ListEntry:
    return ListEntry(_name(each, scene), buttons=_buttons(scene, ("add", each.code, scene.say("Add"))))


def _name(each: Interest, scene: DrawContext) -> str:
    return in_language(each.name, scene) or each.code


def _source(each: Interest, scene: DrawContext) -> str:
    named = {STATED: scene.say("Added by you"), REMOVED: scene.say("Removed by you")}
    return named.get(each.source, scene.say("From your loans"))


def _letters(mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    for each in mine.letters:
        small = " ".join(filter(None, (each.about, wish(scene.words, each.state) if each.state else "")))
        seen = _buttons(scene, ("seen", each.key, scene.say("Mark as read")))
        yield ListEntry(each.words or each.about, small if each.words else "", None, seen, most=4)
    if not mine.letters:
        yield ListEntry(scene.say("Nothing new."))


def _look(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    """Yield whether display preferences are remembered, and the current ones, which would be stored."""
    keep = ("keep_look", ON, scene.say("Remember it"))
    forget = ("keep_look", OFF, scene.say("Stop remembering"))
    yield ListEntry(
        _remembered_text(mine, scene), "", _outcome(view, scene, StoredPreferences), _buttons(scene, keep, forget)
    )
    yield ListEntry(look(scene.words, scene.status), plain=True)


def _remembered_text(mine: PatronRecord, scene: DrawContext) -> str:
    return scene.say("Remembered for your card") if mine.look else scene.say("Not remembered")


def _had(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    """Yield the reading history, the newest first, then how to end it."""
    if not mine.remembers:
        outcome = _outcome(view, scene, ConsentChange, HISTORY)
        words = scene.say("We keep no list of what you read.")
        small = scene.say("Returned titles stay with your name only for disputes.")
        yield ListEntry(
            words,
            small,
            outcome,
            _open(RecordPage.CONSENTS, scene),
        )
        return
    for each in mine.had:
        day = scene.words.day_and_year(each.day) if each.day else ""
        small = _author_and_day(each.author, day)
        shorter = (_author_and_day(each.author, scene.words.day(each.day)), day) if each.day else ()
        friend = ("recommend", each.key, open_words(RecordPage.FRIEND, scene))
        drop = ("drop", each.key, scene.say("Remove"))
        yield ListEntry(each.title, small, None, _buttons(scene, friend, drop), most=2, shorter=shorter)
    if not mine.had:
        yield ListEntry(scene.say("Nothing yet. What you borrow from now on appears here."))
    off = _buttons(scene, ("withdraw", HISTORY, scene.say("Switch off")))
    yield ListEntry(scene.say("Switching off deletes all of it at once."), "", _removal_result(view, scene), off)


def _author_and_day(author: str, day: str) -> str:
    return " · ".join(filter(None, (author, day)))


def _removal_result(view: Details, scene: DrawContext) -> StateWords:
    """Return the result of removing a title from the history, for the last one removed."""
    prefix = f"{HistoryErasure.ask} "
    said = [key.removeprefix(prefix) for key in view.changes if key.startswith(prefix)]
    return _outcome(view, scene, HistoryErasure, said[-1]) if said else None


def _data(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    now = language_name(mine.language) if mine.language else scene.say("Same as at registration")
    speak = [("speak", each, language_name(each)) for each in mine.languages]
    yield ListEntry(
        scene.say("Language of our messages"), now, _outcome(view, scene, MessageLanguage), _buttons(scene, *speak)
    )
    screen = _open(RecordPage.LOOK, scene)
    yield ListEntry(scene.say("Screen settings"), _remembered_text(mine, scene), None, screen)
    forget = _buttons(scene, ("forget_visit", "", scene.say("Do not keep")))
    outcome = _outcome(view, scene, VisitErasure)
    if forget or outcome:
        words = scene.say("Today's loans and returns are not added to your history.")
        yield ListEntry(scene.say("This visit"), words, outcome, forget)
    export = scene.say("We will message you when it is ready. Collect it at the desk.")
    ask = _buttons(scene, ("export", "", scene.say("Request it")))
    yield ListEntry(scene.say("Get a copy of my data"), export, _outcome(view, scene, RecordExport), ask)
    erase = _open(RecordPage.ERASE, scene)
    yield ListEntry(
        scene.say("Erase my data"), scene.say("First we show you what is deleted and what is kept."), None, erase
    )


def look(speech: Localizer, status: Status) -> str:
    """Return, for example, `English, larger text, titles hidden`."""
    say = speech.say
    names = {
        "large_text": say("larger text"),
        "contrast": say("high contrast"),
        "lower": say("lower buttons"),
        "still": say("reduced motion"),
        "voice": say("read aloud"),
        "hide_titles": say("titles hidden"),
        "upright": say("vertical script"),
    }
    name, on = languages()[status.language].names_beside(status.languages)[0], preferences_of(status).on
    return say(", ").join((name, *(words for name, words in names.items() if name in on)))
