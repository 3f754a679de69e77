"""Build the rows of each page of a patron's record: what is stored, and the buttons that change it."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.screens.components.buttons import Button
from kiosk.screens.components.entries import ListEntry
from kiosk.screens.components.states import State
from kiosk.screens.draw_context import DrawContext
from kiosk.screens.my_details_text import became, capital, in_language, open_words
from kiosk.screens.visit_rows import state_of
from kiosk.views import Details, RecordPage
from kiosk.views.my_details import ON, QUIET_HOURS, addable, first_of_each
from kiosk.words.channels import channel, field
from kiosk.words.display_preferences import look
from kiosk.words.post_visit import wish
from lending.display_preferences import OFF
from lending.patron_record import (
    HISTORY,
    NEVER_QUIET,
    REMINDERS,
    REMOVED,
    STATED,
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

Told = tuple[State, str] | None


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


def _outcome(view: Details, scene: DrawContext, kind: type[PatronResponse], about: str = "") -> Told:
    found = became(view, scene, kind, about)
    state = state_of(found[0]) if found else None
    return (state, found[1]) if found and state else None


def _buttons(scene: DrawContext, *named: tuple[str, str, str]) -> tuple[Button, ...]:
    """Return buttons from action name, choice and label; actions that the view does not have are left out."""
    found = ((scene.action(name, choice=choice or None), words) for name, choice, words in named)
    return tuple(Button(action, words) for action, words in found if action is not None)


def _phone(scene: DrawContext, words: str) -> Iterator[ListEntry]:
    buttons = _buttons(scene, ("open", RecordPage.PHONE, open_words(RecordPage.PHONE, scene)))
    if buttons:
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
    yield from _phone(scene, scene.say("Add or change one"))


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
    open_quiet = _buttons(scene, ("open", RecordPage.QUIET, open_words(RecordPage.QUIET, scene)))
    yield ListEntry(scene.say("Quiet hours"), hours(mine.quiet, scene), _outcome(view, scene, QuietHours), open_quiet)
    yield from _phone(scene, scene.say("Link WeChat or add an address"))


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
        yield ListEntry(
            words, buttons=_buttons(scene, ("open", RecordPage.CONSENTS, open_words(RecordPage.CONSENTS, scene)))
        )
        return
    for each in mine.interests:
        outcome = _outcome(view, scene, InterestChange, each.code)
        remove = ("remove", each.code, scene.say("Remove"))
        restore = ("restore", each.code, scene.say("Allow again"))
        yield ListEntry(_name(each, scene), _source(each, scene), outcome, _buttons(scene, remove, restore))
    if not mine.interests:
        yield ListEntry(scene.say("None yet."))
    yield from _more(scene)
    now = scene.say("Your loans are not used to find your interests.")
    if mine.infers:
        now = scene.say("Your loans are used to find your interests.")
    off, on = ("infer", "off", scene.say("Switch off")), ("infer", "on", scene.say("Switch on"))
    yield ListEntry(now, "", _outcome(view, scene, InferenceChange), _buttons(scene, off, on))


def _more(scene: DrawContext) -> Iterator[ListEntry]:
    buttons = _buttons(scene, ("open", RecordPage.SUBJECTS, open_words(RecordPage.SUBJECTS, scene)))
    if buttons:
        yield ListEntry(scene.say("Something else"), buttons=buttons)


def _subject(each: Interest, scene: DrawContext) -> ListEntry:
    return ListEntry(_name(each, scene), buttons=_buttons(scene, ("add", each.code, scene.say("Add"))))


def _name(each: Interest, scene: DrawContext) -> str:
    return in_language(each.name, scene) or each.code


def _source(each: Interest, scene: DrawContext) -> str:
    match each.source:
        case "stated" if each.source == STATED:
            return scene.say("Added by you")
        case "removed" if each.source == REMOVED:
            return scene.say("Removed by you")
        case _:
            return scene.say("From your loans")


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
            _buttons(scene, ("open", RecordPage.CONSENTS, open_words(RecordPage.CONSENTS, scene))),
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


def _removal_result(view: Details, scene: DrawContext) -> Told:
    """Return the result of removing a title from the history, for the last one removed."""
    prefix = f"{HistoryErasure.ask} "
    said = [key.removeprefix(prefix) for key in view.changes if key.startswith(prefix)]
    return _outcome(view, scene, HistoryErasure, said[-1]) if said else None


def _data(view: Details, mine: PatronRecord, scene: DrawContext) -> Iterator[ListEntry]:
    spoken = {"zh": "中文", "en": "English"}
    now = spoken.get(mine.language, scene.say("Same as at registration"))
    speak = [("speak", each, spoken[each]) for each in spoken]
    yield ListEntry(
        scene.say("Language of our messages"), now, _outcome(view, scene, MessageLanguage), _buttons(scene, *speak)
    )
    screen = _buttons(scene, ("open", RecordPage.LOOK, open_words(RecordPage.LOOK, scene)))
    yield ListEntry(scene.say("Screen settings"), _remembered_text(mine, scene), None, screen)
    forget = _buttons(scene, ("forget_visit", "", scene.say("Do not keep")))
    outcome = _outcome(view, scene, VisitErasure)
    if forget or outcome:
        words = scene.say("Today's loans and returns are not added to your history.")
        yield ListEntry(scene.say("This visit"), words, outcome, forget)
    export = scene.say("We will message you when it is ready. Collect it at the desk.")
    ask = _buttons(scene, ("export", "", scene.say("Request it")))
    yield ListEntry(scene.say("Get a copy of my data"), export, _outcome(view, scene, RecordExport), ask)
    erase = _buttons(scene, ("open", RecordPage.ERASE, open_words(RecordPage.ERASE, scene)))
    yield ListEntry(
        scene.say("Erase my data"), scene.say("First we show you what is deleted and what is kept."), None, erase
    )
